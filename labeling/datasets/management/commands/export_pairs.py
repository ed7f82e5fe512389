"""``manage.py export_pairs OUT --format NAME [--vertical NAME] [--snapshot N] [--images]``: confirmed pairs for other tools."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from labeling.catalog.selectors import vertical_meant
from labeling.common.errors import ApplicationError
from labeling.datasets import selectors
from labeling.datasets.formats import FORMATS, FormatError, SceneRow, format_write, label_studio


class Command(BaseCommand):
    """Writes the file whole or not at all; ``-`` is not taken, since a broken pipe would look like a finished export."""

    help = "Export a snapshot, or the admitted pairs, with the ids of the packs they came from."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("out", type=Path, nargs="?", help="a file; of a format of many files also a new folder")
        parser.add_argument("--format", choices=sorted(FORMATS), default="stl")
        parser.add_argument("--vertical", default="", metavar="NAME", help="needed where there are several")
        parser.add_argument("--snapshot", type=int, metavar="N", help="the number of one; else all admitted pairs")
        parser.add_argument("--images", action="store_true", help="pictures travel along")
        parser.add_argument("--label-config", action="store_true", help="print the labeling interface for Label Studio")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            vertical = vertical_meant(options["vertical"])
            if options["label_config"]:
                self.stdout.write(label_studio.config(selectors.dataset_of(vertical=vertical).categories), ending="")
                return
            if options["out"] is None:
                raise CommandError("Say where to: a file, or a new folder.")
            number = options["snapshot"]
            snapshot = None if number is None else selectors.snapshot_meant(vertical=vertical, number=number)
            if options["images"] and not FORMATS[options["format"]].pictures:
                raise CommandError(f"{FORMATS[options['format']].title} is one file that holds no pictures.")
            dataset = selectors.dataset_of(vertical=vertical, snapshot=snapshot, pictures=options["images"])
            columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
            with Progress(*columns, console=Console(stderr=True)) as bars:
                bar = bars.add_task("pairs", total=selectors.pairs_count(vertical=vertical, snapshot=snapshot))

                def scenes() -> Iterator[SceneRow]:
                    for scene in dataset.scenes:
                        yield scene
                        bars.advance(bar, len(scene.objects))

                format_write(options["format"], replace(dataset, scenes=scenes()), options["out"])
                count = int(bars.tasks[0].completed)
        except (ApplicationError, FormatError) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"The file could not be written ({error}). Nothing of it was kept.") from error
        self.stdout.write(f"{count} pairs written to {options['out']}")
