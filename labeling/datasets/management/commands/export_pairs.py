"""Stream the confirmed pairs into a file: ``manage.py export_pairs pairs.jsonl --format stl``."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labeling.catalog.models import Vertical
from labeling.datasets import selectors
from labeling.datasets.formats import WRITERS


class Command(BaseCommand):
    """Writes the file whole or not at all; ``-`` is not taken, since a broken pipe would look like a finished export."""

    help = "Export the admitted pairs with the ids of the packs they came from."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("out", type=Path)
        parser.add_argument("--format", choices=sorted(WRITERS), default="stl")
        parser.add_argument("--vertical", help="the slug of one vertical; all of them where it is left out")

    def handle(self, *args: Any, **options: Any) -> None:
        vertical = None
        if options["vertical"]:
            vertical = Vertical.objects.filter(slug=options["vertical"]).first()
            if vertical is None:
                known = ", ".join(Vertical.objects.values_list("slug", flat=True)) or "none yet"
                raise CommandError(f"There is no vertical “{options['vertical']}”. Known: {known}.")
        count = WRITERS[options["format"]](selectors.pair_rows(vertical=vertical), options["out"])
        self.stdout.write(f"{count} pairs written to {options['out']}")
