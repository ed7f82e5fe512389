"""The main job on the demo world, from an empty folder to tagged scenes: what ``make demo`` runs."""

from __future__ import annotations

import json
import os
import time
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from rich.console import Console
from rich.table import Table

from labeling.common.supervisor import supervised
from labeling.web.demo import ACCOUNTS, PASSWORD, VERTICAL, demo_campaign, demo_figures, demo_people

PACK = settings.BASE_DIR / "showroom" / "pack"
CHECKPOINTS = settings.BASE_DIR / "showroom" / "checkpoints"
WORKERS = ("worker", "fast", "live", "trainer", "beat")


class Command(BaseCommand):
    """Idempotent: what is there is used again."""

    help = "Load the demo world, propose boxes and matches for every scene, print what came of it, and serve."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--no-serve", action="store_true", help="print the summary as one JSON line, stop everything, exit"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(stderr=True)
        started = time.monotonic()
        console.print("[bold]Looktag demo[/bold]: database and world")
        call_command("migrate", verbosity=0)
        call_command("import_pack", str(PACK), vertical=VERTICAL)
        call_command("load_models", str(CHECKPOINTS), vertical=VERTICAL)
        demo_people()
        names = WORKERS if options["no_serve"] else ("web", *WORKERS)
        log = settings.VAR_DIR / "log" / "processes.log"
        with supervised(names, log=log) as processes:
            console.print(f"workers are running (their log: {log})")
            call_command("propose", vertical=VERTICAL, wait=True)
            demo_campaign()
            figures = demo_figures(seconds=round(time.monotonic() - started, 1))
            console.print(_table(figures), _accounts())
            if options["no_serve"]:
                self.stdout.write(json.dumps(figures))
                return
            console.print(f"Serving on http://127.0.0.1:{os.environ.get('PORT', '8000')}  (Ctrl+C stops everything)")
            with suppress(KeyboardInterrupt):
                processes.wait()


def _table(figures: dict[str, object]) -> Table:
    table = Table(title="What the models made of the demo world", show_header=False)
    words = {
        "scenes": "scenes proposed",
        "products": "products in the index",
        "proposals": "boxes proposed",
        "candidates": "candidates stored",
        "failed": "scenes failed",
        "map50": "detection: mAP@.5 on held-out scenes",
        "recall_at_9": "retrieval: true product among nine, of found objects",
        "seconds": "seconds",
    }
    for key, word in words.items():
        table.add_row(word, str(figures[key]))
    return table


def _accounts() -> Table:
    table = Table(title=f"Demo accounts (password: {PASSWORD})")
    for column in ("name", "role"):
        table.add_column(column)
    for name, role in ACCOUNTS.items():
        table.add_row(name, str(role.label))
    return table
