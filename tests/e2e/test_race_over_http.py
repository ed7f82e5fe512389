"""Many people race for one campaign over HTTP; clients and the server are killed: nothing is lent twice, lost or doubled."""

from __future__ import annotations

import random
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from benchmarks._web import Web, annotator
from labeling.accounts.models import Role, User
from labeling.annotation.models import Annotation, Assignment, Campaign, Kind
from labeling.datasets.tasks import settle_waiting
from labeling.inference.models import Proposal
from labeling.tags.models import Tag
from tests.e2e.browser import session_of
from tests.e2e.workers import wait_until
from tests.labeling.bursting import campaign_of
from tests.labeling.tagging import propose
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
PEOPLE, SCENES, OVERLAP = 6, 14, 2


class Crowd:
    """A client process for each person, each noting what the server told it."""

    def __init__(self, web: Web, campaign: Campaign, notes: Path) -> None:
        people = [User.objects.create(username=f"racer-{n}", role=Role.ANNOTATOR) for n in range(PEOPLE)]
        self.keys = {person.pk: session_of(person) for person in people}
        self.web, self.campaign, self.notes = web, campaign, notes
        self.running: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, person: int) -> None:
        """One more client of a person."""
        self.running[person] = annotator(
            base=self.web.base, session=self.keys[person], campaign=self.campaign.pk, twice=True, think=0.05,
            notes=str(self.notes / str(person)),
        )  # fmt: skip

    def all_start(self) -> None:
        """A client for everybody."""
        for person in self.keys:
            self.start(person)

    def all_end(self) -> None:
        """Wait until nothing is lent any more; no client may have met an answer it did not expect."""
        assert [client.wait(120) for client in self.running.values()] == [0] * len(self.running)

    def noted(self, what: str) -> list[tuple[str, ...]]:
        """Person and words of all notes of a kind."""
        lines = ((path.name.split("-")[0], *line.split()) for path in self.notes.iterdir() for line in path.open())
        return [(person, *words) for person, kind, *words in lines if kind == what]


def done() -> int:
    """How many submissions there are."""
    return Assignment.objects.filter(state="submitted").count()


def test_it_works(world: World, web: Web, tmp_path: Path) -> None:
    scenes = [propose(world, number, score=0.8).scene for number in range(SCENES)]
    campaign = campaign_of(world, Kind.SCENE, scenes=scenes, overlap=OVERLAP)
    notes = tmp_path / "notes"
    notes.mkdir()
    crowd, chance = Crowd(web, campaign, notes), random.Random(1)
    crowd.all_start()
    for round_ in range(1, 4):
        wait_until(lambda: done() >= 4 * round_, what="the work of the crowd")  # noqa: B023
        killed = chance.choice(list(crowd.keys))
        crowd.running[killed].kill()
        crowd.running[killed].wait()
        web.kill()
        web.start()
        crowd.start(killed)
    crowd.all_end()
    holders = Counter(seat for _, seat in {(person, seat) for person, seat, _ in crowd.noted("lent")})
    assert max(holders.values()) == 1, "a seat was lent to two people under one lease"
    crowds = Counter(scene for _, scene in {(person, scene) for person, _, scene in crowd.noted("lent")})
    assert max(crowds.values()) <= OVERLAP

    # Whoever was killed may hold work still; its lease runs out and others do it.
    Assignment.objects.filter(state="waiting").update(leased_until="2000-01-01T00:00:00Z")
    crowd.all_start()
    crowd.all_end()
    assert not campaign.assignments.filter(state="waiting").exists()
    kept = Counter(str(key) for key in campaign.assignments.values_list("client_uuid", flat=True))
    assert set(kept.values()) == {1}
    assert {words[1] for words in crowd.noted("kept")} <= kept.keys(), "an acknowledged submission was lost"
    judged = Counter(Annotation.objects.values_list("proposal", flat=True))
    assert judged == dict.fromkeys(Proposal.objects.filter(scene__in=scenes).values_list("pk", flat=True), OVERLAP)
    each_once = Counter(Annotation.objects.values_list("proposal", "annotator"))
    assert set(each_once.values()) == {1}, "one person judged an object twice"
    settle_waiting()
    assert Tag.objects.filter(state=Tag.State.LIVE).count() == SCENES
