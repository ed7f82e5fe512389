"""``manage.py propose [--vertical NAME] [--wait] [--timeout S] [--json]``: let the models look at scenes they have not seen."""

from __future__ import annotations

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from labeling.catalog.models import Vertical
from labeling.catalog.selectors import vertical_named
from labeling.common.errors import ApplicationError
from labeling.inference import runtime, selectors, services, tasks
from labeling.inference.workers import NO_WORKER, SCANS_QUEUE, worker_answers

QUEUE_CHUNK = 2000
LOOK_EVERY = 0.5
STILL_FOR = 20.0
"""Seconds without any progress after which the worker is asked whether it is there."""


class Command(BaseCommand):
    """Index, queue, and with ``--wait`` watch the workers."""

    help = "Bring the index up to date, queue every eligible scene without a current scan, and perhaps wait."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--vertical", default="", metavar="NAME", help="by default every vertical with live models")
        parser.add_argument("--wait", action="store_true", help="until every scan is done or failed")
        parser.add_argument(
            "--timeout", type=float, default=0.0, metavar="S", help="wait no longer; exit status 1 then"
        )
        parser.add_argument("--json", action="store_true", help="one JSON line at the end")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        console = Console(stderr=True)
        with Progress(*columns, console=console) as bars:
            verticals = self._verticals(options["vertical"])
            for vertical in verticals:
                self._index(vertical, bars)
                self._queue(vertical, bars)
            if options["wait"]:
                self._wait(verticals, bars, deadline=began + options["timeout"] if options["timeout"] else None)
            elif not worker_answers():
                console.print(NO_WORKER.format(queue=SCANS_QUEUE))
        self._report(verticals, time.monotonic() - began, as_json=options["json"])

    def _verticals(self, name: str) -> list[Vertical]:
        try:
            wanted = [vertical_named(name)] if name else list(Vertical.objects.order_by("slug"))
            if name:
                services.versions_needed(wanted[0])
        except ApplicationError as error:
            raise CommandError(error.message) from error
        ready = [vertical for vertical in wanted if selectors.live_versions(vertical)]
        if not ready:
            raise CommandError("No vertical has live models. Import a pack, then run manage.py load_models DIR.")
        return ready

    def _index(self, vertical: Vertical, bars: Progress) -> None:
        bar: TaskID | None = None

        def show(done: int, of: int) -> None:
            nonlocal bar
            if bar is None:
                bar = bars.add_task(f"{vertical.slug}: products into the index", total=of)
            bars.update(bar, completed=done)

        live = services.versions_needed(vertical)
        services.index_refresh(embedder=live.embedder, build=runtime.index_build, on_progress=show)

    def _queue(self, vertical: Vertical, bars: Progress) -> None:
        scenes = list(selectors.scenes_unscanned(vertical).only("pk"))
        for start in range(0, len(scenes), QUEUE_CHUNK):
            queued = services.scan_queue(vertical=vertical, scenes=scenes[start : start + QUEUE_CHUNK])
            for chunk in tasks.chunked(queued):
                tasks.propose_scenes.delay_on_commit(chunk)

    def _wait(self, verticals: list[Vertical], bars: Progress, *, deadline: float | None) -> None:
        bar = bars.add_task("scenes proposed", total=None)
        waiting, moved, warned = -1, time.monotonic(), False
        while waiting:
            counts = [selectors.scan_counts(vertical) for vertical in verticals]
            left = sum(count["waiting"] for count in counts)
            total = sum(sum(count.values()) for count in counts)
            bars.update(bar, completed=total - left, total=total)
            if left != waiting:
                waiting, moved = left, time.monotonic()
            elif time.monotonic() - moved > STILL_FOR:
                # The beat does this too, where one runs.
                tasks.sweep_scans()
                if not warned and not worker_answers():
                    bars.console.print(NO_WORKER.format(queue=SCANS_QUEUE))
                    warned = True
            if deadline is not None and left and time.monotonic() > deadline:
                raise CommandError(
                    f"{left} scenes still wait. See the worker's log, or allow more time with --timeout."
                )
            if left:
                time.sleep(LOOK_EVERY)

    def _report(self, verticals: list[Vertical], seconds: float, *, as_json: bool) -> None:
        parts = [selectors.scans_progress(vertical).record() for vertical in verticals]
        keys = ("scenes", "proposals", "candidates", "failed", "waiting")
        summary: dict[str, float] = {key: sum(part[key] for part in parts) for key in keys}
        summary["seconds"] = round(seconds, 1)
        if as_json:
            self.stdout.write(json.dumps(summary))
        else:
            self.stdout.write(", ".join(f"{key} {value}" for key, value in summary.items()))
