"""``manage.py evaluate_proposals [--vertical NAME] [--split test] [--json]``: stored proposals against the known truth."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labeling.catalog.selectors import vertical_meant
from labeling.common.errors import ApplicationError
from labeling.inference.figures import proposal_figures


class Command(BaseCommand):
    """Prints mAP at IoU 0.5 and how often the true product is among the nine candidates."""

    help = "Judge the stored proposals against the scenes' known boxes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--vertical", default="", metavar="NAME", help="by default the only one there is")
        parser.add_argument("--split", default="", help="only scenes of this split; by default all with known boxes")
        parser.add_argument("--json", action="store_true", help="one JSON line instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            vertical = vertical_meant(options["vertical"])
        except ApplicationError as error:
            raise CommandError(error.message) from error
        figures = proposal_figures(vertical, split=options["split"])
        if options["json"]:
            self.stdout.write(json.dumps(figures))
            return
        for name, row in figures["per_category"].items():
            self.stdout.write(
                f"{name:24} AP50 {row['ap50']:.3f}  R@9 {row['recall_at_9']:.3f}  {row['found']}/{row['objects']}"
            )
        total = (
            f"AP50 {figures['map50']:.3f}  R@9 {figures['recall_at_9']:.3f}  {figures['found']}/{figures['objects']}"
        )
        self.stdout.write(f"{'all':24} {total}")
