"""How quickly is a look served, and how many a second, among N scenes?

    .venv/bin/python benchmarks/looks.py [--quick] [--json] [--seed N] [--scenes N] [--keep DIR]

The production web server, PostgreSQL and the load generator share the machine. Scenes are asked for at random, all alike, so
that no cache helps; each look has five tags of which each has a proposal, a slate and a product of its own, re-ranked by the
live ranking, an experiment running, one place in a hundred claimed by an owner who bars a shop. First 100 looks a second, due
whatever the server does and waits counted from when they were due; then as many as 16 connections get. The baseline is the
first version: rows of the ORM, one look at a time in this process, and ours beside it. ``--keep`` leaves the world in a folder.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
from _load import Outcome, closed_loop, open_loop, request
from _looks_world import LooksWorld, looks_world
from _report import arguments, installation, report
from _web import Web

RATE, LINES = 100, 16


def main() -> None:
    """Measure and print."""
    parser = arguments("Looks a second.")
    parser.add_argument("--scenes", type=int, default=0, help="how many; 1,000,000 unless --quick")
    parser.add_argument("--keep", type=Path, help="a folder in which the world stays")
    options = parser.parse_args()
    scenes = options.scenes or (10_000 if options.quick else 1_000_000)
    steady, full = (8.0, 6.0) if options.quick else (60.0, 30.0)
    with installation(options.keep) as folder:
        start = time.perf_counter()
        world = looks_world(scenes)
        filled = time.perf_counter() - start
        figures = measure(world, steady, full, random.Random(options.seed), folder)
    report(
        options, question="How quickly is a look served, and how many a second?", n=world.scenes, tags=world.tags,
        fill_seconds=round(filled, 1), **figures,
    )  # fmt: skip


def measure(world: LooksWorld, steady: float, full: float, chance: random.Random, folder: Path) -> dict[str, object]:
    """The figures."""
    server = Web(folder / "web.log", DATABASE_URL=os.environ["DATABASE_URL"], REDIS_URL=os.environ["REDIS_URL"])
    try:
        closed_loop(server.port, asked(world, chance), lines=LINES, seconds=3.0)
        even = loaded(server, lambda: open_loop(server.port, asked(world, chance), rate=RATE, seconds=steady))
        most = loaded(server, lambda: closed_loop(server.port, asked(world, chance), lines=LINES, seconds=full))
        rss = sum(each.memory_info().rss for each in processes(server)) / 1e6
    finally:
        server.stop()
    outcome, cores = even
    saturated, spent = most
    wrong = {
        status: n for each in (outcome, saturated) for status, n in each.statuses.items() if status not in (200, 304)
    }
    return {
        "rate": RATE,
        "p50_ms": outcome.percentile(50),
        "p95_ms": outcome.percentile(95),
        "p99_ms": outcome.percentile(99),
        "answers": len(outcome.waits),
        "cores_at_rate": cores,
        "saturation_rps": round(saturated.rate, 1),
        "saturation_p95_ms": saturated.percentile(95),
        "cores_saturated": spent,
        "rss_mb": round(rss, 1),
        "wrong_answers": wrong,
        **beside_the_orm(world, chance),
    }


def asked(world: LooksWorld, chance: random.Random) -> Iterator[bytes]:
    """Looks at random scenes, each by a visitor of its own."""
    while True:
        scene = world.first + chance.randrange(world.scenes)
        yield request(f"/api/looks/{scene}/?visitor={chance.getrandbits(128):032x}")


def loaded(server: Web, drive: Callable[[], Outcome]) -> tuple[Outcome, dict[str, float]]:
    """What came of a load, and how many cores its parts took meanwhile."""
    before = server.cpu_seconds(), database_seconds()
    outcome = drive()
    took = server.cpu_seconds() - before[0], database_seconds() - before[1], outcome.generator_cpu
    return outcome, {
        name: round(spent / outcome.seconds, 3)
        for name, spent in zip(("web", "database", "generator"), took, strict=True)
    }


def processes(server: Web) -> list[psutil.Process]:
    """Master and workers."""
    master = psutil.Process(server.process.pid)
    return [master, *master.children(recursive=True)]


def database_seconds() -> float:
    """Processor time of PostgreSQL and the backends that it has now."""
    from labeling.embedded import var

    master = psutil.Process(int((var() / "postgres" / "postmaster.pid").read_text().splitlines()[0]))
    spent = 0.0
    for each in (master, *master.children(recursive=True)):
        try:
            times = each.cpu_times()
        except psutil.NoSuchProcess:
            continue
        spent += times.user + times.system
    return spent


def beside_the_orm(world: LooksWorld, chance: random.Random, looks: int = 200) -> dict[str, float]:
    """Median milliseconds of a look in this process, without the web: rows of the ORM, and ours, in turn."""
    from labeling.serving.services import look_serve

    spent: dict[str, list[float]] = {"orm": [], "ours": []}
    for _ in range(looks):
        scene = world.first + chance.randrange(world.scenes)
        for name, call in (
            ("orm", lambda s=scene: by_the_orm(s)),
            ("ours", lambda s=scene: look_serve(scene=s, visitor="v")),
        ):
            start = time.perf_counter()
            call()  # type: ignore[operator]
            spent[name].append((time.perf_counter() - start) * 1000)
    orm, ours = (statistics.median(each) for each in spent.values())
    return {"orm_ms": round(orm, 2), "ours_ms": round(ours, 2), "times_quicker": round(orm / ours, 1)}


def by_the_orm(scene_id: int) -> list[Any]:
    """The first version of a look, up to what the re-ranker is given: rows with all that hangs on them."""
    from django.db.models import Prefetch

    from labeling.catalog.models import Scene
    from labeling.inference.models import Candidate
    from labeling.serving.models import Experiment, RankerState
    from labeling.tags.selectors import tags_live

    scene = Scene.objects.select_related("vertical").get(pk=scene_id)
    slate = Prefetch("proposal__candidates", queryset=Candidate.objects.order_by("rank"))
    tags = tags_live(scene=scene).select_related("proposal").prefetch_related(slate).order_by("-confidence", "id")
    found = list(tags)
    RankerState.objects.filter(vertical=scene.vertical, live=True).first()
    Experiment.objects.filter(vertical=scene.vertical, running=True).first()
    return found


if __name__ == "__main__":
    main()
