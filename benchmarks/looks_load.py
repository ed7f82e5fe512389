"""Do looks, events and pictures never seen go on together at half of saturation, whatever is killed, and is no event lost?

    .venv/bin/python benchmarks/looks_load.py [--quick] [--json] [--seed N] [--scenes N] [--minutes M]

The production web server, a worker of each kind, beat, PostgreSQL and Redis on one machine, with the demo's models live and a
world of ``--scenes``. First it is measured how many looks a second the machine gives; then half as many requests come, due
whatever the server does: looks, the events that visitors of those looks would send, and every two seconds a picture that was
never seen. After six tenths of the time the web server, the worker that looks at pictures, Redis and PostgreSQL are killed in
turn (SIGKILL; PostgreSQL as a crash), each once, and started again. What is refused or gets no answer is sent again, as pages
do. At the end every event that was acknowledged must be in the table, once.

``errors`` are answers other than 200, 304, 429 and 503 (of which each must say when to come back); ``cut`` are requests without
an answer, which only the killing of the web server may bring. ``memory`` is the resident size of its processes in the calm part.
"""

from __future__ import annotations

import io
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from _load import closed_loop, open_loop, request
from _looks_world import LooksWorld, looks_world
from _report import ROOT, arguments, installation, report
from _web import Web, procfile_line

LINES, CALM, EVENTS_IN = 16, 0.6, 3
"""Connections to find saturation with; the share of the time before anything is killed; one request in so many sends events."""
FREE = {
    # All of it comes from one address, whose hands are quicker than any.
    "LOOKTAG_EVENTS_A_MINUTE": "1000000000", "LOOKTAG_DEEDS_AN_HOUR": "1000000000",
    "LOOKTAG_QUERIES_A_MINUTE": "1000000000", "LOOKTAG_HASTY_SECONDS": "0", "LOOKTAG_WORKERS": "1",
}  # fmt: skip


def main() -> None:
    """Set up, load, kill, count, print."""
    parser = arguments("Looks, events and queries mixed, and every server killed once.")
    parser.add_argument("--scenes", type=int, default=0, help="100,000 unless --quick")
    parser.add_argument("--minutes", type=float, default=0.0, help="10 unless --quick")
    options = parser.parse_args()
    os.environ.update(FREE)
    scenes = options.scenes or (2_000 if options.quick else 100_000)
    seconds = 60 * options.minutes or (16.0 if options.quick else 600.0)
    with installation() as folder, ExitStack() as running:
        world = looks_world(scenes)
        pictures = models_live(folder, products=80 if options.quick else 1040)
        web = Web(folder / "web.log", DATABASE_URL=os.environ["DATABASE_URL"], REDIS_URL=os.environ["REDIS_URL"])
        running.callback(web.stop)
        # Learning is part of the load; what else workers do is not.
        lines = {line: running.enter_context(Line(line, folder)) for line in ("fast", "live", "beat")}
        shoppers = Shoppers(world, pictures, random.Random(options.seed))
        shoppers.wait_for_models(web)
        most = closed_loop(web.port, shoppers.looks(), lines=LINES, seconds=4.0 if options.quick else 15.0)
        memory = Memory(web)
        over = threading.Event()
        trouble = threading.Thread(target=kill_each, args=(web, lines, seconds, over), daemon=True)
        trouble.start()
        memory.watch(seconds * CALM)
        outcome = open_loop(web.port, shoppers.requests(), rate=most.rate / 2, seconds=seconds, seen=shoppers.told)
        shoppers.drain(web)
        over.set()
        trouble.join()
        figures = shoppers.figures()
    report(
        options, question="Do looks, events and queries go on whatever is killed, and is no event lost?", n=world.scenes,
        seconds=seconds, saturation_rps=round(most.rate, 1), rate=round(most.rate / 2, 1),
        p50_ms=outcome.percentile(50), p95_ms=outcome.percentile(95), **figures, memory=memory.figures(),
    )  # fmt: skip


def models_live(folder: Path, *, products: int) -> list[bytes]:
    """The demo's models, with so many products of its catalogue evenly chosen, in a vertical of their own; returns pictures of
    its rooms, which are not imported."""
    from django.core.management import call_command

    pack, part = ROOT / "showroom" / "pack", folder / "pack"
    part.mkdir()
    (part / "categories.json").write_bytes((pack / "categories.json").read_bytes())
    lines = (pack / "products.jsonl").read_text().splitlines(keepends=True)
    (part / "products.jsonl").write_text("".join(lines[:: max(len(lines) // products, 1)]))
    rooms = (pack / "scenes.jsonl").read_text().splitlines(keepends=True)[:20]
    (part / "scenes.jsonl").write_text(rooms[-1])
    for line in [*lines[:: max(len(lines) // products, 1)], rooms[-1]]:
        image = part / json.loads(line)["image"]
        image.parent.mkdir(parents=True, exist_ok=True)
        image.write_bytes((pack / json.loads(line)["image"]).read_bytes())
    call_command("import_pack", str(part), vertical="home", stdout=io.StringIO())
    call_command("load_models", str(ROOT / "showroom" / "checkpoints"), vertical="home", stdout=io.StringIO())
    return [(pack / json.loads(room)["image"]).read_bytes() for room in rooms[:-1]]


class Line:
    """A line of the Procfile, as :func:`_web.procfile_line` runs it."""

    def __init__(self, line: str, folder: Path) -> None:
        self.line, self.folder = line, folder

    def __enter__(self) -> Line:
        self._running = ExitStack()
        self._running.enter_context(procfile_line(self.line, self.folder))
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def restart(self) -> None:
        """Kill it as a power cut would, and start it again."""
        self._running.close()
        self.__enter__()


def kill_each(web: Web, lines: dict[str, Line], seconds: float, over: threading.Event) -> None:
    """Kill the four in turn, each once, in the last part of the time; what has started again has a while to settle.

    Whatever was started here dies with this thread, which therefore stays until all is ``over``.
    """
    begun, part = time.monotonic(), seconds * (1 - CALM) / 5
    deeds = (
        lambda: (web.kill(), web.start()),
        lines["fast"].restart,
        lambda: kill_server("redis", "REDIS_URL", signal.SIGKILL),
        lambda: kill_server("postgres", "DATABASE_URL", signal.SIGQUIT),
    )
    for number, deed in enumerate(deeds):
        time.sleep(max(begun + seconds * CALM + number * part - time.monotonic(), 0))
        deed()
    over.wait()


def kill_server(folder: str, name: str, sign: int) -> None:
    """End an embedded server at once and start it again, as whoever next needs it would."""
    from labeling.embedded import var

    pid_file = var() / folder / {"redis": "redis.pid", "postgres": "postmaster.pid"}[folder]
    server = psutil.Process(int(pid_file.read_text().splitlines()[0]))
    server.send_signal(sign)
    psutil.wait_procs([server], timeout=30)
    time.sleep(1)
    environment = {key: value for key, value in os.environ.items() if not key.endswith(name)}
    command = [sys.executable, "-c", "from labeling.embedded import ensure_up; ensure_up()"]
    subprocess.run(command, env=environment, cwd=ROOT, check=True)


@dataclass
class Memory:
    """Resident megabytes of the web server's processes while nothing is killed."""

    web: Web
    sizes: list[float] = field(default_factory=list)

    def watch(self, seconds: float) -> None:
        """Look every so often, in a thread of its own."""
        threading.Thread(target=self._look, args=(time.monotonic() + seconds - 2, seconds / 60), daemon=True).start()

    def _look(self, until: float, pause: float) -> None:
        while time.monotonic() < until:
            master = psutil.Process(self.web.process.pid)
            self.sizes.append(sum(each.memory_info().rss for each in (master, *master.children(recursive=True))) / 1e6)
            time.sleep(pause)

    def figures(self) -> dict[str, float]:
        """The medians of the second and the last sixth, in MB, and what came between them in per cent."""
        sixth = max(len(self.sizes) // 6, 1)
        early, late = statistics.median(self.sizes[sixth : 2 * sixth + 1]), statistics.median(self.sizes[-sixth:])
        return {
            "early_mb": round(early, 1),
            "late_mb": round(late, 1),
            "growth_percent": round(100 * (late / early - 1), 2),
        }


class Shoppers:
    """What they ask for, and what came of it. Each look leads to impressions of its tags and now and then to more."""

    def __init__(self, world: LooksWorld, pictures: list[bytes], chance: random.Random) -> None:
        self.world, self.pictures, self.chance = world, pictures, chance
        self.statuses: dict[str, Counter[int]] = {name: Counter() for name in ("look", "events", "query")}
        self.silent = 0
        self.beacons: deque[bytes] = deque()
        self.events: set[str] = set()
        self.acknowledged: set[str] = set()
        self._next_picture = time.monotonic()

    def looks(self) -> Iterator[bytes]:
        """Looks alone."""
        while True:
            yield self._look()

    def requests(self) -> Iterator[bytes]:
        """All of it mixed."""
        while True:
            if time.monotonic() >= self._next_picture:
                self._next_picture = time.monotonic() + 2
                yield request(
                    "/api/looks/query/?vertical=home", method="POST", body=self.chance.choice(self.pictures),
                    headers="Content-Type: image/jpeg\r\n",
                )  # fmt: skip
            elif self.beacons and self.chance.randrange(EVENTS_IN) == 0:
                yield self.beacons.popleft()
            else:
                yield self._look()

    def told(self, status: int, answer: bytes, asked: bytes) -> None:
        """An answer, or none, to what was asked."""
        head, _, body = answer.partition(b"\r\n\r\n")
        kind = "events" if b"/api/events/" in asked[:60] else "query" if b"/query/" in asked[:60] else "look"
        self.statuses[kind][status] += 1
        if status in (429, 503) and b"retry-after" not in head.lower():
            self.silent += 1
        if kind == "look" and status == 200:
            self._visit(body)
        elif kind == "events":
            if status == 200:
                self.acknowledged |= set(_uuids(asked))
            else:
                self.beacons.append(asked)

    def drain(self, web: Web) -> None:
        """Send what was refused until it is taken."""
        until = time.monotonic() + 60
        while self.beacons and time.monotonic() < until:
            waiting = [self.beacons.popleft() for _ in range(len(self.beacons))]
            for number in range(0, len(waiting), 200):
                part = iter(waiting[number : number + 200])
                rate = 100.0
                open_loop(
                    web.port,
                    part,
                    rate=rate,
                    seconds=len(waiting[number : number + 200]) / rate - 0.005,
                    seen=self.told,
                )
                self.beacons.extend(part)

    def wait_for_models(self, web: Web) -> None:
        """Until a picture is answered: workers read their models first."""
        until = time.monotonic() + 180
        while time.monotonic() < until:
            asked = request(
                "/api/looks/query/?vertical=home", method="POST", body=self.pictures[0],
                headers="Content-Type: image/jpeg\r\n",
            )  # fmt: skip
            outcome = open_loop(web.port, iter([asked]), rate=1.0, seconds=0.5)
            if outcome.statuses[200]:
                return
            time.sleep(1)
        raise TimeoutError("No worker answers pictures. Look into fast.log and web.log.")

    def figures(self) -> dict[str, object]:
        """What was answered how, and how the events that were acknowledged stand to those that were kept."""
        from django.db import connection

        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("SELECT client_uuid::text, count(*) FROM serving_engagementevent GROUP BY 1")
            kept = dict(cursor.fetchall())
        fine = {0, 200, 304, 429, 503}
        wrong = {kind: {s: n for s, n in counts.items() if s not in fine} for kind, counts in self.statuses.items()}
        return {
            "answers": {kind: dict(counts) for kind, counts in self.statuses.items()},
            "errors": sum(sum(counts.values()) for counts in wrong.values()),
            "cut": sum(counts[0] for counts in self.statuses.values()),
            "refusals_that_do_not_say_when": self.silent,
            "events_acknowledged": len(self.acknowledged),
            "events_lost": len(self.acknowledged - set(kept)),
            "events_doubled": sum(n > 1 for n in kept.values()),
            "events_never_taken": len(self.events - self.acknowledged),
        }

    def _look(self) -> bytes:
        scene = self.world.first + self.chance.randrange(self.world.scenes)
        return request(f"/api/looks/{scene}/?visitor={self.chance.getrandbits(128):032x}")

    def _visit(self, body: bytes) -> None:
        """Half of the visitors whose look arrived see it, and one in five of them opens something."""
        if len(self.beacons) > 2000 or self.chance.random() < 0.5:
            return
        look = json.loads(body)
        tags = [tag["tag"] for tag in look["tags"]]
        deeds = [("impression", tag) for tag in tags]
        if tags and self.chance.random() < 0.2:
            deeds += [("closeup", tags[0]), ("click", tags[0])]
        if not deeds:
            return
        events = [
            {"uuid": str(uuid.UUID(int=self.chance.getrandbits(128))), "kind": kind, "tag": tag} for kind, tag in deeds
        ]
        self.events |= {event["uuid"] for event in events}
        said = json.dumps({"token": look["token"], "events": events}).encode()
        self.beacons.append(request("/api/events/", method="POST", body=said, headers="Content-Type: text/plain\r\n"))


def _uuids(asked: bytes) -> list[str]:
    return re.findall(r'"uuid": "([0-9a-f-]{36})"', asked.decode())


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
