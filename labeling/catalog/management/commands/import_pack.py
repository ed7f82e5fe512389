"""``manage.py import_pack DIR [--vertical NAME]``: bring a folder of products and scenes in; 1 if a row was left out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from labeling.catalog.importers import ImportReport, PackError, pack_import

SHOWN = 50


class Command(BaseCommand):
    """Reads the pack format of ``docs/formats.md``."""

    help = "Import a pack: good rows go in, bad ones are told by line, a second run adds what was missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--vertical", default="", metavar="NAME", help="where to; by default the folder's name")

    def handle(self, *args: Any, folder: Path, vertical: str, **options: Any) -> None:
        console = Console(stderr=True)
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        with Progress(*columns, console=console) as bars:
            tasks = {stage: bars.add_task(stage, total=None, visible=False) for stage in ("products", "scenes")}

            def show(stage: str, done: int, total: int) -> None:
                bars.update(tasks[stage], completed=done, total=total, visible=True)

            try:
                report = pack_import(folder=folder, vertical=vertical, on_progress=show)
            except PackError as error:
                raise CommandError(error.message) from error
        self._tell(report)
        if report.problems.count:
            sys.exit(1)

    def _tell(self, report: ImportReport) -> None:
        for message in report.notes.kept[:SHOWN]:
            self.stdout.write(f"note: {message}")
        for message in report.problems.kept[:SHOWN]:
            self.stderr.write(message)
        if report.problems.count > SHOWN:
            self.stderr.write(f"... and {report.problems.count - SHOWN} more. Mend these and import again.")
        self.stdout.write(
            f"{report.vertical.slug}: products {report.products_added} added, {report.products_there} there; "
            f"scenes {report.scenes_added} added, {report.scenes_there} there, {report.scenes_same} same picture; "
            f"truth of {report.truths_changed} scenes changed; {report.problems.count} rows left out."
        )
