"""Search snapshots for leaks between their splits: ``manage.py leak_report home`` or ``manage.py leak_report home 3``."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labeling.catalog.selectors import vertical_named
from labeling.common.errors import ApplicationError
from labeling.datasets.models import Snapshot
from labeling.datasets.selectors import snapshot_verify
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
            snapshot = _snapshot(Snapshot.objects.filter(vertical=vertical), options)
            snapshot_verify(snapshot=snapshot)
        except ApplicationError as error:
            raise CommandError(error.message) from error
        report = leaks_report(snapshot=snapshot)
        for line in report_lines(report):
            self.stdout.write(line)
        if not report.is_clean:
            raise CommandError(f"{snapshot} leaks. Withdraw what is named above, and freeze another.")


def _snapshot(snapshots: Any, options: dict[str, Any]) -> Snapshot:
    numbered = snapshots.filter(number=options["number"]) if options["number"] is not None else snapshots
    found = numbered.order_by("-number").first()
    if found is None:
        known = ", ".join(str(n) for n in snapshots.order_by("number").values_list("number", flat=True)) or "none yet"
        raise CommandError(f"{options['vertical']} has no such snapshot. Known: {known}.")
    return Snapshot.objects.get(pk=found.pk)
