"""``manage.py index_recall [--vertical NAME] [--json]``: what approximate search misses, as the workers have measured it."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labeling.catalog.models import Vertical
from labeling.catalog.selectors import vertical_named
from labeling.common.errors import ApplicationError
from labeling.inference.figures import IndexRecall, index_recall
from labeling.inference.models import IndexBuild


class Command(BaseCommand):
    """Reads the live indexes' recall, counted by category."""

    help = "Show the engine of each category's index and the recall measured beside its live searches."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--vertical", default="", metavar="NAME", help="one vertical; by default all")
        parser.add_argument("--json", action="store_true", help="one JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            verticals = [vertical_named(options["vertical"])] if options["vertical"] else list(Vertical.objects.all())
        except ApplicationError as error:
            raise CommandError(error.message) from error
        live = IndexBuild.objects.filter(vertical__in=verticals, live=True).select_related("vertical")
        try:
            rows = {index.vertical.slug: index_recall(index) for index in live.order_by("vertical__slug")}
        except FileNotFoundError as error:
            raise CommandError(
                f"{error.filename} is gone. Run manage.py propose, which builds the index anew."
            ) from error
        if options["json"]:
            self.stdout.write(json.dumps({slug: [_record(row) for row in parts] for slug, parts in rows.items()}))
            return
        for slug, parts in rows.items():
            for row in parts:
                self.stdout.write(f"{slug:16} {row.category:24} {row.engine:5} {_told(row)}")


def _record(row: IndexRecall) -> dict[str, object]:
    count = row.count
    return {
        "category": row.category,
        "engine": row.engine,
        "samples": count.samples,
        "recall": round(count.recall, 4) if count.samples else None,
    }


def _told(row: IndexRecall) -> str:
    if row.engine == "flat":
        return "exact"
    if not row.count.samples:
        return "not checked yet"
    return f"recall {row.count.recall:.3f} over {row.count.samples} searches"
