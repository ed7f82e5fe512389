"""Search snapshots for leaks between their splits: ``manage.py leak_report home`` or ``manage.py leak_report home 3``."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labeling.catalog.selectors import vertical_named
from labeling.common.errors import ApplicationError
from labeling.datasets.selectors import snapshot_meant, snapshot_verify
from labeling.datasets.services import leaks_report, report_lines


class Command(BaseCommand):
    """Verifies the rows against their hash first. Ends with 1 where a snapshot leaks or was changed."""

    help = "Prove that nothing stands, or looks alike, in two splits of a snapshot."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("vertical", help="the slug of a vertical")
        parser.add_argument("number", type=int, nargs="?", help="of the snapshot; the newest where it is left out")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            vertical = vertical_named(options["vertical"])
            snapshot = snapshot_meant(vertical=vertical, number=options["number"])
            snapshot_verify(snapshot=snapshot)
        except ApplicationError as error:
            raise CommandError(error.message) from error
        report = leaks_report(snapshot=snapshot)
        for line in report_lines(report):
            self.stdout.write(line)
        if not report.is_clean:
            raise CommandError(f"{snapshot} leaks. Withdraw what is named above, and freeze another.")
