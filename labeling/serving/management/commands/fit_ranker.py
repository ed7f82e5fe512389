"""``manage.py fit_ranker [--vertical NAME] [--snapshot N]``: fit the ranking of looks to a snapshot, in this process."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labeling.catalog.selectors import vertical_meant
from labeling.common.errors import ApplicationError
from labeling.datasets.selectors import snapshot_meant
from labeling.serving.services import ranker_fit_frozen, version_refits


class Command(BaseCommand):
    """Say as JSON which version came of it, whether it serves, and that its lessons make it again."""

    help = "Fit the re-ranker to the pairs of a snapshot and to what shoppers had done when it was frozen."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--vertical", default="", metavar="NAME", help="needed where there are several")
        parser.add_argument("--snapshot", type=int, metavar="N", help="its number; by default the newest")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            vertical = vertical_meant(options["vertical"])
            made = ranker_fit_frozen(snapshot=snapshot_meant(vertical=vertical, number=options["snapshot"]))
        except ApplicationError as error:
            raise CommandError(error.message) from error
        record = {
            "version": made.number,
            "live": made.live,
            "reason": made.reason,
            "snapshot_hash": made.snapshot_hash,
            "lessons": made.lessons,
            "refits": version_refits(version=made),
            **{name: made.report[name] for name in ("items", "graded", "ndcg5", "usual_ndcg5", "test")},
        }
        self.stdout.write(json.dumps(record))
