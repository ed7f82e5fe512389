"""``manage.py import_labels FILE --format NAME [--vertical NAME] --as KIND``: others' labels; 1 if pictures were missing."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labeling.accounts.models import User
from labeling.catalog.selectors import vertical_meant
from labeling.common.errors import ApplicationError
from labeling.common.models import Job
from labeling.datasets.formats import FORMATS
from labeling.datasets.services import TakenAs, import_queue, import_run

SHOWN = 20
COUNTS = {
    "scenes_new": "scenes got labels",
    "scenes_there": "had them already",
    "boxes_new": "boxes",
    "scenes_added": "scenes added with their picture",
    "seats_new": "seats put before people",
    "decisions_new": "decisions",
    "gold_new": "gold objects",
}
TOLD = {
    "missing": "not in the catalogue: add the picture, then run this again",
    "twice": "named twice: the first was taken",
    "unknown_categories": "no category of that name: add it, or map it in category_map.json",
    "unknown_products": "no product of that id: its box was taken without one",
}


class Command(BaseCommand):
    """Reads the whole file before anything is written; run again, it brings in just what was missing."""

    help = "Import labels that others made as proposals, as decisions or as gold."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="a file, archive or folder")
        parser.add_argument("--format", choices=sorted(FORMATS), required=True)
        parser.add_argument("--vertical", default="", metavar="NAME", help="needed where there are several")
        parser.add_argument("--as", dest="taken_as", choices=[each.value for each in TakenAs], default="proposals")
        parser.add_argument("--by", required=True, metavar="USER", help="in whose name")
        parser.add_argument(
            "--campaign", default="", metavar="NAME", help="a new campaign that puts proposals before people"
        )
        parser.add_argument("--images", type=Path, metavar="DIR", help="where pictures lie that the catalogue lacks")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            job = self._job(**options)
        except ApplicationError as error:
            raise CommandError(error.message) from error
        import_run(job_id=job.pk)
        job.refresh_from_db()
        if job.state != Job.State.DONE:
            raise CommandError(job.message or f"The import was stopped ({job.state}). Run it again to go on.")
        for name, words in TOLD.items():
            for each in job.result.get(f"{name}_names", [])[:SHOWN]:
                self.stderr.write(f"{each}: {words}")
            if job.result.get(name, 0) > SHOWN:
                self.stderr.write(f"... {job.result[name]} in all: {words}")
        self.stdout.write(
            ", ".join(f"{job.result[name]} {words}" for name, words in COUNTS.items() if name in job.result)
        )
        if job.result.get("missing"):
            sys.exit(1)

    def _job(self, **options: Any) -> Job:
        person = User.objects.filter(username=options["by"]).first()
        if person is None:
            raise CommandError(f"There is nobody called “{options['by']}”. Name who stands for these labels.")
        asked = {
            "vertical": vertical_meant(options["vertical"]),
            "path": options["path"],
            "name": options["path"].name,
            "format_name": options["format"],
            "taken_as": TakenAs(options["taken_as"]),
            "campaign": options["campaign"],
            "pictures": options["images"],
        }
        return import_queue(**asked, actor=person)
