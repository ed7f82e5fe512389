"""Do many people who race for one campaign, some of them killed, lose or double anything?

    .venv/bin/python benchmarks/race.py [--quick] [--json] [--clients N]

Every client is a process with a database connection of its own that lends, shows and submits as fast as it can, each submit
twice with the same UUID. A reaper kills clients at random with SIGKILL, in whatever statement they are, and starts others in
their place; at the end the leases of the dead run out and the last clients finish the work. A client notes a UUID once the
server has acknowledged it. Counted: scenes judged by more people than the overlap, objects judged twice by one person,
acknowledged submissions that are not there, and UUIDs that are there twice. All must be 0.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

from _report import arguments, installation, report

OVERLAP, PROPOSALS = 2, 5
PATIENCE_S = 900


def main() -> None:
    """Race, kill, count."""
    parser = arguments("Many clients, one campaign, some killed.")
    parser.add_argument("--clients", type=int, default=0, help="how many at once; 50 unless --quick")
    parser.add_argument("--client", nargs=4, metavar=("CAMPAIGN", "PERSON", "NOTES", "SEED"), help="be one of them")
    options = parser.parse_args()
    if options.client:
        client(*options.client)
        return
    clients = options.clients or (8 if options.quick else 50)
    scenes = clients * (6 if options.quick else 20)
    with installation(), tempfile.TemporaryDirectory() as notes:
        campaign, people = furnish(scenes, clients)
        started = time.perf_counter()
        killed = race(campaign, people, Path(notes), random.Random(options.seed))
        wall = time.perf_counter() - started
        figures = count(campaign, Path(notes))
    report(
        options, question="Does a race of many clients lose or double anything?", n=clients, scenes=scenes,
        overlap=OVERLAP, clients_killed=killed, seconds=round(wall, 1), **figures,
    )  # fmt: skip


def furnish(scenes: int, people: int) -> tuple[int, list[int]]:
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
    for number in range(scenes):
        scene = Scene.objects.create(
            vertical=vertical, external_id=str(number), image="x", sha256=str(number), width=100, height=100
        )
        scan = Scan.objects.create(scene=scene, detector=detector, embedder=embedder, state=Scan.State.DONE)
        for position in range(PROPOSALS):
            proposal = Proposal.objects.create(
                scan=scan, scene=scene, position=position, category=category, detector_class="sofa", score=0.9,
                left=0.1 * position, top=0.1, right=0.1 * position + 0.1, bottom=0.9,
            )  # fmt: skip
            # Every other scene is unsure, and judged as a whole.
            Candidate.objects.create(proposal=proposal, product=product, rank=1, score=0.9 if number % 2 else 0.2)
    campaign = campaign_create(vertical=vertical, name="Race", kinds=[Kind.SCENE, Kind.MATCH_BURST], overlap=OVERLAP)
    campaign_fill(campaign=campaign, scenes=Scene.objects.order_by("pk"))
    return campaign.pk, [User.objects.create(username=f"racer-{n}").pk for n in range(people)]


def race(campaign: int, people: list[int], notes: Path, chance: random.Random) -> int:
    """Run a client a person, kill some while more than a third of the work is left; returns how many were killed."""
    from labeling.annotation.models import Assignment

    seats = Assignment.objects.filter(campaign=campaign)
    whole, killed, until = seats.count(), 0, time.monotonic() + PATIENCE_S
    running = {person: start(campaign, person, notes, chance) for person in people}
    while seats.filter(state="waiting").exists() and time.monotonic() < until:
        time.sleep(0.2)
        person = chance.choice(people)
        if seats.filter(state="waiting").count() > whole // 3:
            # Whoever is still starting up has nothing to lose yet.
            if running[person].poll() is None and (notes / f"{person}-{running[person].pid}").exists():
                running[person].send_signal(signal.SIGKILL)
                running[person].wait()
                killed += 1
        elif all(process.poll() is not None for process in running.values()):
            # Whoever still holds work is dead: the leases run out.
            seats.filter(state="waiting").update(leased_until="2000-01-01T00:00:00Z")
        if running[person].poll() is not None:
            running[person] = start(campaign, person, notes, chance)
    for process in running.values():
        process.wait()
    return killed


def start(campaign: int, person: int, notes: Path, chance: random.Random) -> subprocess.Popen[bytes]:
    """One client, in a process of its own."""
    told = [str(campaign), str(person), str(notes / str(person)), str(chance.randrange(1 << 30))]
    return subprocess.Popen([sys.executable, __file__, "--client", *told])


def client(campaign: str, person: str, notes: str, seed: str) -> None:
    """Lend and submit until nothing is lent, noting each acknowledged UUID."""
    import django

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    django.setup()
    from labeling.accounts.models import User
    from labeling.annotation.selectors import assignments_shown
    from labeling.annotation.services import Decision, assignment_lend, assignment_submit
    from models_ml.types import Box

    user, chance = User.objects.get(pk=person), random.Random(int(seed))
    acknowledged = os.open(f"{notes}-{os.getpid()}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    while seats := assignment_lend(annotator=user, campaign_id=int(campaign), want=3):
        shown = json.loads(assignments_shown(seats=[chance.choice(seats)])[0])
        key = uuid.uuid4()
        decisions = [
            Decision(uuid.uuid4(), thing["proposal"], "confirmed", Box(*thing["box"]), thing["category"],  # type: ignore[arg-type]
                     thing["candidates"][0]["product"], "exact")
            for thing in shown["objects"]
        ]  # fmt: skip
        for _ in range(2):
            assignment_submit(
                annotator=user, assignment_id=shown["id"], uuid=key, token=uuid.UUID(shown["token"]), seconds=1.0,
                decisions=decisions,
            )  # fmt: skip
        os.write(acknowledged, f"{key}\n".encode())


def count(campaign: int, notes: Path) -> dict[str, int]:
    """What went wrong, by kind, and how much work was done."""
    from collections import Counter

    from labeling.annotation.models import Annotation, Assignment

    seats = Assignment.objects.filter(campaign=campaign)
    said = Annotation.objects.filter(campaign=campaign)
    kept = Counter(str(key) for key in seats.exclude(client_uuid=None).values_list("client_uuid", flat=True))
    noted = {line for path in notes.iterdir() for line in path.read_text().split()}
    by_object = Counter(said.values_list("proposal", flat=True))
    by_person = Counter(said.values_list("proposal", "annotator"))
    return {
        "submissions": seats.filter(state="submitted").count(),
        "left_waiting": seats.filter(state="waiting").count(),
        "beyond_overlap": sum(times > OVERLAP for times in by_object.values()),
        "short_of_overlap": sum(times < OVERLAP for times in by_object.values()),
        "twice_by_one_person": sum(times > 1 for times in by_person.values()),
        "acknowledged_but_lost": len(noted - kept.keys()),
        "doubled": sum(times > 1 for times in kept.values()),
    }


if __name__ == "__main__":
    main()
