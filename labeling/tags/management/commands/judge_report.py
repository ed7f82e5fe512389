"""``manage.py judge_report [--vertical NAME] [--seed N] [--draw COUNT] [--json]``: extremely-similar@1, judged blind."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labeling.catalog.selectors import vertical_meant
from labeling.common.errors import ApplicationError
from labeling.tags.judging import report_of
from labeling.tags.models import JudgeSet
from labeling.tags.services import judge_set_draw


class Command(BaseCommand):
    """Draw a set where asked to, and say what judges made of it so far."""

    help = "Say how often the first product is extremely similar, by version, and what a confirmed pair costs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--vertical", default="", metavar="NAME", help="by default the only one there is")
        parser.add_argument("--seed", type=int, default=0, help="which set: the same seed is the same set for ever")
        parser.add_argument(
            "--draw", type=int, default=0, metavar="COUNT", help="draw the set, or enter new versions in it"
        )
        parser.add_argument("--json", action="store_true", help="one JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            vertical = vertical_meant(options["vertical"])
            if options["draw"]:
                judge_set_draw(vertical=vertical, seed=options["seed"], count=options["draw"])
        except ApplicationError as error:
            raise CommandError(error.message) from error
        drawn = JudgeSet.objects.filter(vertical=vertical, seed=options["seed"]).select_related("vertical").first()
        if drawn is None:
            raise CommandError(f"{vertical.slug} has no set {options['seed']} yet. Draw one with --draw 200.")
        report = report_of(judge_set=drawn)
        if options["json"]:
            self.stdout.write(json.dumps(report))
            return
        for each in report["extremely_similar_at_1"]:
            found = (
                "nothing judged yet"
                if each["value"] is None
                else f"{each['value']:.1%} ({each['low']:.1%} to {each['high']:.1%})"
            )
            self.stdout.write(f"{each['maker']}: {found}, {each['judged']} of {each['boxes']} boxes")
        cost = report["cost"]
        self.stdout.write(f"{cost['decisions']} decisions for {cost['pairs']} confirmed pairs")
