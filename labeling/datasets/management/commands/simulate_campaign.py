"""``manage.py simulate_campaign [--world FILE.json] [--pack DIR] [--seed N]``: do people measured together beat a majority?"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from labeling.datasets.management.commands._simulation import Simulation
from labeling.datasets.management.commands._verdict import verdict
from showroom.people import read_world

PACK = settings.BASE_DIR / "showroom" / "pack"


class Command(BaseCommand):
    """Runs simulated annotators of known skill through the real services, in a transaction that is rolled back."""

    help = "Simulate a campaign on a world of known truth and print as JSON what the consensus was worth."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--world", type=Path, metavar="FILE.json", help="parameters; what is left out is default")
        parser.add_argument("--pack", type=Path, default=PACK, metavar="DIR", help="where the truth comes from")
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        try:
            world = read_world(options["world"])
            with transaction.atomic():
                simulation = Simulation(world, options["pack"], options["seed"])
                simulation.run()
                figures = verdict(simulation)
                # It leaves nothing behind, whatever else lives in this database.
                transaction.set_rollback(True)
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        figures |= {"seed": options["seed"], "seconds": round(time.monotonic() - started, 1)}
        self.stdout.write(json.dumps(figures))
