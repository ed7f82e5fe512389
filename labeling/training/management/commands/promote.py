"""``manage.py promote KIND [NUMBER] [--reason WHY] [--back] [--here]``: a version to the gate, or one step back."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labeling.catalog.selectors import vertical_meant
from labeling.common.errors import ApplicationError
from labeling.inference.models import ModelVersion
from labeling.inference.selectors import versions_recent
from labeling.training import services, tasks


class Command(BaseCommand):
    """Ask a worker to promote a version, or do it in this process."""

    help = "Make a version live if it beats the live one on the same held-out scenes beyond noise, or for a reason."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=ModelVersion.Kind.values)
        parser.add_argument("number", type=int, nargs="?", help="of the version")
        parser.add_argument("--vertical", default="", metavar="NAME", help="needed where there are several")
        parser.add_argument("--reason", default="", help="overrides the gate; stays in the audit log")
        parser.add_argument("--back", action="store_true", help="to the version that was live before")
        parser.add_argument("--here", action="store_true", help="do it in this process")

    def handle(self, *args: Any, **options: Any) -> None:
        if (options["number"] is None) != options["back"]:
            raise CommandError("Give the number of a version, or --back.")
        try:
            vertical = vertical_meant(options["vertical"])
            if options["back"]:
                promotion = services.version_step_back(vertical=vertical, kind=options["kind"])
            else:
                mine = versions_recent(vertical=vertical, kind=options["kind"])
                version = mine.filter(number=options["number"]).first()
                if version is None:
                    raise CommandError(f"{vertical.slug} has no {options['kind']} {options['number']}.")
                promotion = services.promotion_ask(version=version, reason=options["reason"])
        except ApplicationError as error:
            raise CommandError(error.message) from error
        if not options["here"]:
            tasks.conclude_promotion.delay_on_commit(promotion.pk)
            self.stdout.write(f"Asked for: {promotion}. Curate → Training tells what comes of it.")
            return
        tasks.conclude_promotion(promotion.pk)
        promotion.refresh_from_db()
        self.stdout.write(json.dumps({"accepted": promotion.accepted, "gate": promotion.gate}))
