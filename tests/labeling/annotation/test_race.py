"""Many people race for one campaign over several kinds of work, and some vanish: nothing is doubled, nothing lost."""

from __future__ import annotations

import json
import random
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from labeling.accounts.models import Role, User
from labeling.annotation.models import Annotation, Assignment, Campaign, Kind
from labeling.annotation.selectors import assignments_shown
from labeling.annotation.services import Decision, assignment_lend, assignment_submit
from labeling.datasets.tasks import settle_waiting
from labeling.tags.models import Tag
from tests.labeling.bursting import campaign_of, said
from tests.labeling.tagging import propose
from tests.world import World

PEOPLE, SCENES, OVERLAP = 12, 12, 2


@pytest.mark.parametrize("kinds", [(Kind.SCENE,), (Kind.MATCH_BURST, Kind.COVERAGE)])
@pytest.mark.django_db(transaction=True)
def test_it_works(world: World, kinds: tuple[Kind, ...]) -> None:
    scenes = [propose(world, number, score=0.8).scene for number in range(SCENES)]
    campaign = campaign_of(world, *kinds, scenes=scenes, overlap=OVERLAP, burst_size=4)
    people = [User.objects.create(username=f"racer-{n}", role=Role.ANNOTATOR) for n in range(PEOPLE)]
    sent: list[uuid.UUID] = []
    errors: list[BaseException] = []

    def race(person: User, seed: int) -> None:
        try:
            sent.extend(uuids_sent(person, campaign, random.Random(seed)))
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=race, args=(person, seed)) for seed, person in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    # Those who vanished held seats; their leases run out, and three patient people do what is left.
    Assignment.objects.filter(state="waiting").update(leased_until=timezone.now())
    for patient in people[:3]:
        sent.extend(uuids_sent(patient, campaign, None))
    assert not Assignment.objects.filter(campaign=campaign, state="waiting").exists()

    kept = Assignment.objects.filter(campaign=campaign, state="submitted")
    assert sorted(kept.values_list("client_uuid", flat=True)) == sorted(set(sent)), "a submit was lost or doubled"
    judged = Counter(Annotation.objects.values_list("proposal", flat=True))
    assert judged == dict.fromkeys(judged, OVERLAP) and len(judged) == SCENES
    each_once = Counter(Annotation.objects.values_list("proposal", "annotator"))
    assert set(each_once.values()) == {1}, "one person judged an object twice"
    settle_waiting()
    assert Tag.objects.filter(state=Tag.State.LIVE).count() == SCENES


def uuids_sent(person: User, campaign: Campaign, chance: random.Random | None) -> Iterator[uuid.UUID]:
    """Work until nothing is lent, each submit sent twice; with ``chance``, vanish now and then with work in hand."""
    for _ in range(4 * SCENES * OVERLAP):
        seats = assignment_lend(annotator=person, campaign_id=campaign.pk, want=3)
        if not seats:
            return
        if chance and chance.random() < 0.15:
            return
        shown = json.loads(assignments_shown(seats=seats[:1])[0])
        key, decisions = uuid.uuid4(), decide(shown)
        for _ in range(2):
            assignment_submit(
                annotator=person,
                assignment_id=shown["id"],
                uuid=key,
                token=uuid.UUID(shown["token"]),
                seconds=1.0,
                decisions=decisions,
            )
        yield key


def decide(shown: dict[str, Any]) -> list[Decision]:
    """Everything that is asked, confirmed."""
    return [] if shown["kind"] == Kind.COVERAGE else [said(thing) for thing in shown["objects"]]
