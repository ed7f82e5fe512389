"""Do many people who race for one campaign over HTTP lose or double anything, while clients and servers are killed?

    .venv/bin/python benchmarks/race.py [--quick] [--json] [--seed N] [--clients N]

Every client is a process of its own that knows nothing but the HTTP interface: it lends three, submits the first, and so on as
fast as gunicorn (as in the Procfile) answers, each submit twice with the same UUID, trying again whatever got no answer. A reaper
kills clients at random with SIGKILL, in the middle of whatever they do, and starts others for the same people; now and then it
kills the whole web server in the same way and starts it again on its port. At the end the leases of the dead run out and the last
clients finish the work. A client notes a UUID once the server has acknowledged it.

Counted: seats lent to two people while no lease had run out, scenes lent to more people than the overlap, scenes judged by more
or fewer, objects judged twice by one person, acknowledged submissions that are not there, UUIDs that are there twice. All must
be 0.
"""

from __future__ import annotations

import random
import signal
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from _report import arguments, installation, report
from _web import Web, annotator, sessions

OVERLAP, PROPOSALS = 2, 5
PATIENCE_S = 900
SERVER_KILLED_EVERY = 25
"""Clients die so many times for each time that the server does."""


def main() -> None:
    """Race, kill, count."""
    parser = arguments("Many clients, one campaign, some killed, and the server too.")
    parser.add_argument("--clients", type=int, default=0, help="how many at once; 50 unless --quick")
    options = parser.parse_args()
    clients = options.clients or (8 if options.quick else 50)
    scenes = clients * (6 if options.quick else 20)
    with installation() as folder, tempfile.TemporaryDirectory() as notes:
        campaign, people = furnish(scenes, clients)
        early, late = Path(notes, "early"), Path(notes, "late")
        race = Race(Web(folder / "web.log"), campaign, people, random.Random(options.seed))
        try:
            started = time.perf_counter()
            race.run(early, killing=True)
            race.leases_end()
            race.run(late, killing=False)
            wall = time.perf_counter() - started
        finally:
            race.web.stop()
        figures = handed(early) | count(campaign, [early, late])
    report(
        options, question="Does a race of many clients lose or double anything?", n=clients, scenes=scenes,
        overlap=OVERLAP, clients_killed=race.clients_killed, servers_killed=race.servers_killed, seconds=round(wall, 1),
        **figures,
    )  # fmt: skip


def furnish(scenes: int, people: int) -> tuple[int, list[Any]]:
    """A campaign of scenes and bursts, and its annotators."""
    from labeling.accounts.models import User
    from labeling.annotation.models import Kind
    from labeling.annotation.services import campaign_create, campaign_fill
    from labeling.catalog.models import Category, Product, Scene, Vertical
    from labeling.inference.models import Candidate, ModelVersion, Proposal, Scan

    vertical = Vertical.objects.create(slug="race", name="Race")
    category = Category.objects.create(vertical=vertical, slug="sofa", name="Sofa")
    product = Product.objects.create(vertical=vertical, category=category, external_id="sofa", title="Sofa")
    detector, embedder = (
        ModelVersion.objects.create(vertical=vertical, kind=kind, number=1, path=kind, fingerprint=kind, live=True)
        for kind in ModelVersion.Kind.values
    )
    rooms = Scene.objects.bulk_create(
        Scene(vertical=vertical, external_id=str(n), image="x", sha256=str(n), width=100, height=100)
        for n in range(scenes)
    )
    scans = Scan.objects.bulk_create(
        Scan(scene=scene, detector=detector, embedder=embedder, state=Scan.State.DONE) for scene in rooms
    )
    proposals = Proposal.objects.bulk_create(
        Proposal(
            scan=scan, scene=scan.scene, position=position, category=category, detector_class="sofa", score=0.9,
            left=0.1 * position, top=0.1, right=0.1 * position + 0.1, bottom=0.9,
        )
        for scan in scans for position in range(PROPOSALS)
    )  # fmt: skip
    # Every other scene is unsure, and judged as a whole.
    Candidate.objects.bulk_create(
        Candidate(proposal=each, product=product, rank=1, score=0.9 if each.scene_id % 2 else 0.2) for each in proposals
    )
    campaign = campaign_create(vertical=vertical, name="Race", kinds=[Kind.SCENE, Kind.MATCH_BURST], overlap=OVERLAP)
    campaign_fill(campaign=campaign, scenes=Scene.objects.order_by("pk"))
    return campaign.pk, [User.objects.create(username=f"racer-{n}") for n in range(people)]


class Race:
    """Clients of all people at one campaign, a server that serves them, and what kills both."""

    def __init__(self, web: Web, campaign: int, people: list[Any], chance: random.Random) -> None:
        self.web, self.campaign, self.people, self.chance = web, campaign, people, chance
        self.keys = dict(zip((person.pk for person in people), sessions(people), strict=True))
        self.clients_killed = self.servers_killed = 0

    def run(self, notes: Path, *, killing: bool) -> None:
        """Until all clients are done; kills while more than a third of the work is left, then starts nobody any more."""
        notes.mkdir()
        whole, until = self.waiting(), time.monotonic() + PATIENCE_S
        running = {person: self.start(person, notes) for person in self.keys}
        while any(process.poll() is None for process in running.values()) and time.monotonic() < until:
            time.sleep(0.1)
            if not killing or self.waiting() <= whole // 3:
                continue
            person = self.chance.choice(list(self.keys))
            # Whoever is still starting up has nothing to lose yet.
            if running[person].poll() is None and (notes / f"{person}-{running[person].pid}").exists():
                running[person].send_signal(signal.SIGKILL)
                running[person].wait()
                self.clients_killed += 1
                running[person] = self.start(person, notes)
                if self.clients_killed % SERVER_KILLED_EVERY == 1:
                    self.web.kill()
                    self.web.start()
                    self.servers_killed += 1

    def start(self, person: int, notes: Path) -> subprocess.Popen[bytes]:
        """One client, which notes what it does in a file of its own."""
        return annotator(
            base=self.web.base,
            session=self.keys[person],
            campaign=self.campaign,
            notes=str(notes / str(person)),
            twice=True,
        )

    def waiting(self) -> int:
        """How many seats nobody has finished."""
        from labeling.annotation.models import Assignment

        return Assignment.objects.filter(campaign=self.campaign, state="waiting").count()

    def leases_end(self) -> None:
        """Whoever still holds work is dead by now."""
        from labeling.annotation.models import Assignment

        seats = Assignment.objects.filter(campaign=self.campaign, state="waiting")
        seats.update(leased_until="2000-01-01T00:00:00Z")


def handed(notes: Path) -> dict[str, int]:
    """Who was lent what, while every lease held."""
    of_seat, of_scene = defaultdict(set), defaultdict(set)
    for path in notes.iterdir():
        person = path.name.split("-")[0]
        for words in map(str.split, path.read_text().splitlines()):
            if words[0] == "lent":
                of_seat[words[1]].add(person)
                of_scene[words[2] if words[2] != "burst" else f"seat {words[1]}"].add(person)
    return {
        "seats_lent": len(of_seat),
        "seats_lent_to_two": sum(len(people) > 1 for people in of_seat.values()),
        "scenes_lent_beyond_overlap": sum(len(people) > OVERLAP for people in of_scene.values()),
    }


def count(campaign: int, notes: list[Path]) -> dict[str, int]:
    """What went wrong, by kind, and how much work was done."""
    from labeling.annotation.models import Annotation, Assignment
    from labeling.inference.models import Proposal

    seats = Assignment.objects.filter(campaign=campaign)
    said = Annotation.objects.filter(campaign=campaign)
    kept = Counter(str(key) for key in seats.exclude(client_uuid=None).values_list("client_uuid", flat=True))
    lines = [line.split() for folder in notes for path in folder.iterdir() for line in path.read_text().splitlines()]
    noted = {words[1] for words in lines if words[0] == "kept"}
    by_object = Counter(said.values_list("proposal", flat=True))
    by_person = Counter(said.values_list("proposal", "annotator"))
    return {
        "submissions": seats.filter(state="submitted").count(),
        "left_waiting": seats.filter(state="waiting").count(),
        "beyond_overlap": sum(times > OVERLAP for times in by_object.values()),
        "short_of_overlap": sum(by_object[key] < OVERLAP for key in Proposal.objects.values_list("pk", flat=True)),
        "twice_by_one_person": sum(times > 1 for times in by_person.values()),
        "acknowledged_but_lost": len(noted - kept.keys()),
        "doubled": sum(times > 1 for times in kept.values()),
    }


if __name__ == "__main__":
    main()
