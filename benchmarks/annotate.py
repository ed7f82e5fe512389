"""What does the loop of an annotator cost, next scene and submit, and does it grow with what waits? How does a peer do?

    .venv/bin/python benchmarks/annotate.py [--quick] [--json] [--seed N] [--sizes N ...] [--peer DIR]

One, four and eight annotators without thinking time lend and submit over HTTP as the page does (three scenes held, five
proposals a scene, 27 candidates a proposal) at gunicorn as in the Procfile, on the embedded PostgreSQL and Redis; below 10,000
scenes one alone, since several would be through too soon. Each annotator is a process of its own. Each size has a database and
a gunicorn of its own, so that sizes take turns and whatever else the machine does meets all alike; a million scenes are seated
by SQL, smaller sizes by ``campaign_fill``. No ANALYZE is run by hand beyond what that does, since nobody does so before work
begins; ``first_lend_ms`` is the first lend of all.

``loops_per_second``, ``cpu_ms_per_loop`` (of gunicorn's processes) and the two p95 are those of eight annotators at 10,000
scenes. ``sql_per_loop`` is counted in the log of PostgreSQL, without BEGIN and COMMIT. ``growth`` is the median loop of one
annotator at the largest size over that at the smallest, the median of several rounds. ``settle_cpu_ms_per_loop`` is what
workers spend afterwards on what the peer does within the request.

With ``--peer`` a folder that starts and measures Label Studio (``setup.sh``, ``bench.py``) runs the same loop with the same
number of tasks and annotators in turn with ours: ``loops_ratio`` is ours over theirs, ``cpu_ratio`` theirs over ours.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from _backlog import backlog, log_of
from _figures import percentile
from _peer import Peer, statements
from _report import arguments, installation, report, say
from _web import Web, annotator, sessions

USERS, ROUNDS = (1, 4, 8), 4
MAIN_SIZE = 10_000
BY_SQL = 200_000
SETTLED = 200
STARTING = 1.0


def main() -> None:
    """Load, measure, print."""
    parser = arguments("The annotator's loop over HTTP.")
    parser.add_argument("--sizes", type=int, nargs="+", help="scenes; 1,000 10,000 100,000 1,000,000 unless --quick")
    parser.add_argument("--peer", type=Path, help="a folder that starts and measures Label Studio")
    parser.add_argument("--seconds", type=float, help="of each part that is timed")
    options = parser.parse_args()
    sizes = options.sizes or ([1_000, MAIN_SIZE] if options.quick else [1_000, MAIN_SIZE, 100_000, 1_000_000])
    seconds = options.seconds or (2.0 if options.quick else 6.0)
    compared = MAIN_SIZE if MAIN_SIZE in sizes else sizes[-1]
    benches: dict[int, Bench] = {}
    with installation() as folder:
        try:
            for size in sizes:
                benches[size] = Bench(folder, size, whole=600 if options.quick else 6_000)
            alone = take_turns(benches, seconds / 2)
            asked = statements_per_loop(benches[compared], folder)
            # Several would empty a small backlog before the time is up.
            figures = {size: at_once(bench, seconds) if size >= compared else {} for size, bench in benches.items()}
            beside = against(options, benches[compared], compared, seconds)
        finally:
            for bench in benches.values():
                bench.web.stop()
        settling = settle_cpu_ms(benches[compared])
    for size, bench in benches.items():
        figures[size] = {"1": min(alone[size], key=loop_ms)} | figures[size] | {"load_seconds": bench.load_seconds}
    ours = figures[compared][str(USERS[-1])]
    report(
        options, question="What does an annotator's loop cost?", n=sizes[-1],
        loops_per_second=ours["loops_per_second"], cpu_ms_per_loop=ours["cpu_ms_per_loop"], sql_per_loop=asked,
        next_p95_ms=ours["next"]["p95_ms"], submit_p95_ms=ours["submit"]["p95_ms"],
        growth=growth(alone[sizes[0]], alone[sizes[-1]]), settle_cpu_ms_per_loop=settling, **beside, by_scenes=figures,
    )  # fmt: skip


class Bench:
    """A backlog of one size in a database of its own, so that sizes can take turns, with a web server in front of it."""

    def __init__(self, folder: Path, size: int, *, whole: int) -> None:
        from django.db import connection

        self.name = f"bench_{size}"
        address = urlsplit(os.environ["DATABASE_URL"])
        connection.close()
        connection.settings_dict["NAME"] = "template1"
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {self.name} TEMPLATE {address.path[1:]}")
        self.enter()
        started = time.perf_counter()
        self.campaign, people = backlog(size, whole=whole, seats_by_sql=size >= BY_SQL)
        self.load_seconds = round(time.perf_counter() - started, 1)
        self.keys = sessions(people)
        say(f"{size} scenes loaded in {self.load_seconds:.0f} s")
        self.web = Web(folder / f"{self.name}.log", DATABASE_URL=address._replace(path=f"/{self.name}").geturl())
        # The first loop comes right after filling, when a planner may still know nothing of the rows.
        self.first = run(self, 1, 0.01)

    def enter(self) -> None:
        """From here on this process works in this database."""
        from django.db import connection

        connection.close()
        connection.settings_dict["NAME"] = self.name


def take_turns(benches: dict[int, Bench], seconds: float) -> dict[int, list[dict[str, Any]]]:
    """One annotator at each size in turn, so that whatever else the machine does meets all sizes alike."""
    runs: dict[int, list[dict[str, Any]]] = {size: [] for size in benches}
    for _ in range(ROUNDS):
        for size, bench in benches.items():
            runs[size].append(run(bench, 1, seconds))
    return runs


def growth(small: list[dict[str, Any]], large: list[dict[str, Any]]) -> float:
    """How many times longer the loop is: the median of what each round says."""
    return round(statistics.median(loop_ms(b) / loop_ms(a) for a, b in zip(small, large, strict=True)), 2)


def loop_ms(figures: dict[str, Any]) -> float:
    """The median loop of a run."""
    return float(figures["loop_p50_ms"])


def at_once(bench: Bench, seconds: float) -> dict[str, Any]:
    """Several annotators together."""
    figures: dict[str, Any] = {str(users): run(bench, users, seconds) for users in USERS[1:]}
    return figures | {"first_lend_ms": bench.first["next"]["p50_ms"]}


def run(bench: Bench, users: int, seconds: float) -> dict[str, Any]:
    """So many annotators for so long: percentiles, loops a second, processor time of the web a loop."""
    with tempfile.TemporaryDirectory() as folder:
        before = bench.web.cpu_seconds()
        # They begin together once all have started, as people do who have signed in before.
        begin = time.monotonic() + STARTING
        same = {"base": bench.web.base, "campaign": bench.campaign, "seconds": seconds, "begin": begin}
        processes = [annotator(**same, session=key, notes=f"{folder}/{key}") for key in bench.keys[:users]]
        if any(process.wait() for process in processes):
            raise RuntimeError("an annotator failed; see above")
        spent = bench.web.cpu_seconds() - before
        lines = [path.read_text().split("\n") for path in Path(folder).iterdir()]
    lend, submit = ([ms for person in lines for ms in noted(person, what)] for what in ("lend", "submit"))
    loops = len(submit)
    return {
        "next": percentiles(lend),
        "submit": percentiles(submit),
        "loops": loops,
        "loops_per_second": round(loops / seconds, 1),
        "loop_p50_ms": round(statistics.median(lend) + statistics.median(submit), 2),
        "cpu_ms_per_loop": round(1000 * spent / loops, 2),
    }


def statements_per_loop(bench: Bench, folder: Path) -> float:
    """SQL statements a loop, as PostgreSQL logs them."""
    from django.db import connection

    def log(how: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER SYSTEM {how}")
            cursor.execute("SELECT pg_reload_conf()")
        time.sleep(0.5)

    log("SET log_statement = 'all'")
    start = log_of(folder).stat().st_size
    loops = run(bench, 1, 2.0)["loops"]
    said = statements(log_of(folder), start)
    log("RESET log_statement")
    return round(said / loops, 1)


def against(options: argparse.Namespace, bench: Bench, tasks: int, seconds: float) -> dict[str, Any]:
    """The peer with as many tasks and eight annotators, in turn with ours; empty, and said aloud, without one."""
    if options.peer is None or not (options.peer / "bench.py").exists():
        say(f"no peer is measured: {options.peer or '--peer'} is no folder with setup.sh and bench.py")
        return {}
    peer = Peer(options.peer, tasks)
    try:
        theirs, ours = [], []
        for _ in range(2):
            theirs.append(peer.loop(USERS[-1], seconds * 1.5))
            ours.append(run(bench, USERS[-1], seconds))
        asked = peer.statements_per_loop()
    finally:
        peer.stop()
    rates = [max(each["loops_per_second"] for each in ours), max(each["loops_per_s"] for each in theirs)]
    costs = [min(each["server_cpu_ms_per_loop"] for each in theirs), min(each["cpu_ms_per_loop"] for each in ours)]
    return {
        "loops_ratio": round(rates[0] / rates[1], 1),
        "cpu_ratio": round(costs[0] / costs[1], 1),
        "ours_in_turn": ours,
        "peer": {
            "name": "Label Studio", "tasks": tasks, "users": USERS[-1], "loops_per_second": rates[1], "cpu_ms_per_loop": costs[0],
            "sql_per_loop": asked, "next_p95_ms": theirs[0]["next"]["p95_ms"], "submit_p95_ms": theirs[0]["submit"]["p95_ms"],
            "handed_to_more_than_one": sum(each["handed_to_more_than_one"] for each in theirs),
        },
    }  # fmt: skip


def settle_cpu_ms(bench: Bench) -> float:
    """Processor time of a worker for one submission: resolution, tags and pairs."""
    from labeling.annotation.selectors import assignments_unsettled
    from labeling.datasets.services import assignment_settle

    bench.enter()
    waiting = assignments_unsettled(limit=SETTLED)
    start = time.process_time()
    for assignment_id in waiting:
        assignment_settle(assignment_id=assignment_id)
    return round((time.process_time() - start) * 1000 / len(waiting), 2)


def noted(lines: list[str], what: str) -> list[float]:
    """The milliseconds that an annotator noted."""
    return [float(line.split()[1]) for line in lines if line.startswith(f"{what} ")]


def percentiles(values: list[float]) -> dict[str, float]:
    """Median and tails in milliseconds."""
    return {f"p{share}_ms": round(percentile(values, share), 2) for share in (50, 95, 99)}


if __name__ == "__main__":
    main()
