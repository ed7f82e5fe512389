"""Does a claim over many live tags hold at the very next look, and can people go on working while it is carried out?

    .venv/bin/python benchmarks/claim.py [--quick] [--json] [--seed N]

A place with ``tags`` live tags, four a scene, stands beside another where annotators lend and submit. Its owner's proof comes in.
Measured: whether the first looks after the commit obey, however far the job is; how long a real worker takes to bring the tags
and queues in line, and gives them back once the owner changes their mind; and the annotators' own times, without the job and
beside it. The baseline carries a policy out as the first version did: tag by tag, asking for the policy of each.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from _figures import tenth
from _report import ROOT, arguments, installation, report
from _web import die_with_starter

A_SCENE = 4
PLACE, ELSEWHERE = "claimed.example", "blog.example"


def main() -> None:
    """Measure and print."""
    options = arguments("A claim over many live tags.").parse_args()
    tags, looks, people, calm = (4_000, 25, 2, 3.0) if options.quick else (100_000, 100, 4, 20.0)
    with installation() as folder:
        figures = measure(tags, looks, people, calm, random.Random(options.seed), str(folder))
    report(options, question="Does a claim hold at the next look, and do people work on meanwhile?", n=tags, **figures)


def measure(tags: int, looks: int, people: int, calm: float, draw: random.Random, folder: str) -> dict[str, object]:
    """The figures, on ``tags`` live tags and with ``people`` at work; ``calm`` seconds of work go before the claim."""
    from labeling.brands.models import Policy
    from labeling.brands.services import claim_policy_set, claim_record
    from labeling.brands.verification import Finding
    from labeling.tags.models import Tag

    world = World(tags, people)
    baseline = tag_by_tag(world, min(tags // 10, 300))
    looked = draw.sample(world.scenes, looks)
    shown_before = [world.look(scene) for scene in looked]
    with worker(folder), at_work(world) as work:
        time.sleep(calm)
        start = time.perf_counter()
        claim = claim_record(claim=world.claim(), finding=Finding(True, "Found the file.", "file"))
        committed = time.perf_counter()
        first = world.look(looked[0])
        first_ms = (time.perf_counter() - committed) * 1000
        after = [first, *(world.look(scene) for scene in looked[1:])]
        waiting = Tag.objects.filter(state="live", scene__places__contains=[PLACE]).count()
        closing = carried_out(claim)
        finished = time.perf_counter()
        calmly, meanwhile = work.times(until=start), work.times(since=committed, until=finished)
        lent_after = work.closed_lent(since=finished)
        claim_policy_set(claim=claim, policy=Policy.OPEN, actor=world.owner)
        opening = carried_out(claim)
    hidden = Tag.objects.filter(state="hidden").count()
    return {
        "looks_with_tags_before": sum(tags > 0 for tags in shown_before),
        "looks_with_tags_after_the_commit": sum(tags > 0 for tags in after),
        "looks": len(looked),
        "first_look_ms": round(first_ms, 1),
        "tags_still_live_then": waiting,
        "closing": closing,
        "opening": opening,
        "hidden_after_opening": hidden,
        "closed_seats_lent_after_the_job": lent_after,
        "tag_by_tag_ms": round(baseline, 3),
        "times_faster_a_tag": round(baseline / (closing["seconds"] * 1000 / tags), 1),
        "annotators": people,
        "alone": calmly,
        "beside_the_job": meanwhile,
    }


class World:
    """Two places, their scenes with seats in one campaign, and live tags at one of them."""

    def __init__(self, tags: int, people: int) -> None:
        from django.db import connection

        from labeling.accounts.models import Role, User
        from labeling.annotation.models import Assignment, Campaign
        from labeling.catalog.models import Category, Product, Scene, Vertical
        from labeling.tags.models import Tag

        self.vertical = Vertical.objects.create(slug="bench", name="Bench")
        category = Category.objects.create(vertical=self.vertical, slug="sofa", name="Sofa")
        product = Product.objects.create(vertical=self.vertical, category=category, external_id="p", title="A sofa")
        self.owner = User.objects.create(username="owner", role=Role.BRAND_OWNER)
        self.people = [User.objects.create(username=f"person-{k}") for k in range(people)]
        self.campaign = Campaign.objects.create(vertical=self.vertical, name="bench", admit_pairs=False)
        # In turn, so that who lends meets scenes of both places.
        scenes = Scene.objects.bulk_create(
            [
                Scene(vertical=self.vertical, external_id=f"{k}", image="x", sha256=f"{k}", width=1, height=1,
                      source_url=f"https://www.{PLACE if k % 2 else ELSEWHERE}/rooms/{k}")
                for k in range(2 * tags // A_SCENE)
            ],
            batch_size=5000,
        )  # fmt: skip
        self.scenes = [scene.pk for scene in scenes if PLACE in scene.places]
        Assignment.objects.bulk_create(
            [Assignment(campaign=self.campaign, scene=scene) for scene in scenes], batch_size=5000
        )
        corners = [(0.1 + 0.2 * k, 0.2) for k in range(A_SCENE)]
        Tag.objects.bulk_create(
            [
                Tag(scene_id=scene, category=category, product=product, grade="exact", source="human", state="live",
                    reason="Confirmed by people.", left=left, top=top, right=left + 0.1, bottom=top + 0.1)
                for scene in self.scenes for left, top in corners
            ],
            batch_size=5000,
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def claim(self) -> Any:
        """The owner's claim, which waits for its proof."""
        from labeling.brands.services import claim_open

        return claim_open(owner=self.owner, place=PLACE)

    def look(self, scene: int) -> int:
        """How many tags the page of a scene is served, over the whole path of the API."""
        from django.test import Client

        return len(Client().get(f"/api/looks/{scene}/").json()["tags"])


def tag_by_tag(world: World, number: int) -> float:
    """Milliseconds a tag of the first version: for each tag the policy of its scene, then a save. Undone at the end."""
    from django.db import transaction

    from labeling.brands.selectors import policy_for
    from labeling.tags.models import Tag

    with transaction.atomic():
        start = time.perf_counter()
        for tag in Tag.objects.select_related("scene")[:number].select_for_update(of=("self",)):
            policy_for(scene=tag.scene)
            tag.state, tag.reason = "hidden", "The owner of the place wants no tags."
            tag.save(update_fields=["state", "reason", "updated_at"])
        spent = time.perf_counter() - start
        transaction.set_rollback(True)
    return spent * 1000 / number


def carried_out(claim: Any) -> dict[str, float]:
    """Wake the worker for the latest choice at a place and wait until it is carried out."""
    from labeling.brands.selectors import policy_job_of
    from labeling.tags.tasks import sweep_policies

    start = time.perf_counter()
    sweep_policies.delay()
    while True:
        job = policy_job_of(claim=claim)
        assert job is not None and job.state != "failed", job.message if job else "no job"
        if job.state == "done":
            return {"seconds": round(time.perf_counter() - start, 2), "tags": job.done, **job.result}
        time.sleep(0.05)


@contextmanager
def worker(folder: str) -> Iterator[None]:
    """A real Celery worker on the scratch installation."""
    command = [sys.executable, "-m", "celery", "-A", "labeling", "worker", "-P", "solo", "-Q", "default", "-l", "INFO"]
    said = Path(folder) / "worker.log"
    with said.open("wb") as log:
        process = subprocess.Popen(
            [*command, "--without-gossip", "--without-mingle"], cwd=ROOT, stdout=log, stderr=log,
            preexec_fn=die_with_starter,
        )  # fmt: skip
        try:
            while b"ready." not in said.read_bytes():
                assert process.poll() is None, said.read_text()[-2000:]
                time.sleep(0.1)
            yield
        finally:
            process.terminate()
            process.wait(timeout=60)


class Work:
    """What annotators did: moments and milliseconds of their lends and submits, and which closed scenes they were lent."""

    def __init__(self, world: World) -> None:
        self.world, self.stop = world, threading.Event()
        self.done: list[tuple[float, float, float]] = []
        self.closed: list[float] = []
        self._threads = [threading.Thread(target=self._work, args=[person]) for person in world.people]

    def start(self) -> None:
        """Everybody begins."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Everybody ends with what they have in hand."""
        self.stop.set()
        for thread in self._threads:
            thread.join()

    def _work(self, person: Any) -> None:
        from django.db import connection

        from labeling.annotation.models import Assignment
        from labeling.annotation.services import assignment_lend, assignment_submit

        while not self.stop.is_set():
            begun = time.perf_counter()
            lent = assignment_lend(annotator=person, campaign_id=self.world.campaign.pk, want=1)
            got = time.perf_counter()
            if not lent:
                break
            seat = Assignment.objects.select_related("scene").get(pk=lent[0].pk)
            if PLACE in seat.scene.places:
                self.closed.append(begun)
            asked = time.perf_counter()
            assignment_submit(
                annotator=person, assignment_id=seat.pk, uuid=uuid.uuid4(), token=seat.token, seconds=1.0, decisions=[]
            )
            self.done.append((begun, (got - begun) * 1000, (time.perf_counter() - asked) * 1000))
            # A person decides in between; this one is quick.
            time.sleep(0.05)
        connection.close()

    def times(self, *, since: float = 0.0, until: float) -> dict[str, float]:
        """Median and 95th percentile of lends and submits begun in between, in milliseconds."""
        begun = [each for each in self.done if since <= each[0] < until]
        figures: dict[str, float] = {"n": len(begun)}
        for name, at in (("lend", 1), ("submit", 2)):
            spent = [each[at] for each in begun]
            if len(spent) > 1:
                figures[f"{name}_median_ms"] = tenth(spent, 50)
                figures[f"{name}_p95_ms"] = tenth(spent, 95)
        return figures

    def closed_lent(self, *, since: float) -> int:
        """How many scenes of the closed place were lent from a moment on."""
        return sum(moment >= since for moment in self.closed)


@contextmanager
def at_work(world: World) -> Iterator[Work]:
    """Annotators who lend and submit for as long as the block runs."""
    work = Work(world)
    work.start()
    try:
        yield work
    finally:
        work.end()


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
