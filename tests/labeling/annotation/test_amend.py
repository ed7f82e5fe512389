"""Amending: a new version that counts instead of the old, which stays on record; tags and pairs follow."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from labeling.annotation.models import Annotation, Assignment, Kind, Resolution, SkipReason
from labeling.annotation.selectors import assignment_decided, assignments_finished, decisions_of
from labeling.annotation.services import Decision, assignment_skip
from labeling.common.errors import ConflictError, NotFoundError
from labeling.datasets.models import Pair
from labeling.datasets.tasks import settle_waiting
from labeling.tags.models import Tag
from models_ml.types import Box
from tests.labeling.bursting import campaign_of, lend_shown, said, send, work_through
from tests.labeling.deciding import add, all_confirmed, decide, reject
from tests.world import World

FIRST, SECOND = uuid.uuid4(), uuid.uuid4()


def confirm(world: World) -> dict[str, Any]:
    """Ann confirms everything, and it is settled."""
    (shown,) = lend_shown(world.ann, world.campaign)
    send(world.ann, shown, all_confirmed(world), uuid=FIRST)
    settle_waiting()
    return shown


def amend(world: World, shown: dict[str, Any], decisions: list[Decision]) -> Assignment:
    seat = send(world.ann, shown, decisions, uuid=SECOND, amends=FIRST)
    settle_waiting()
    return seat


def test_it_works(world: World) -> None:
    shown = confirm(world)
    amend(world, shown, [decide(world.proposals[0], product=world.sofas[2].pk), reject(world.proposals[1])])
    assert Annotation.objects.count() == 4
    resolved = Resolution.objects.order_by("proposal").values_list("accepted", "product")
    assert list(resolved) == [(True, world.sofas[2].pk), (False, None)]
    live = Tag.objects.filter(state=Tag.State.LIVE).values_list("product", flat=True)
    admitted = Pair.objects.filter(withdrawn_at=None).values_list("product", flat=True)
    assert list(live) == list(admitted) == [world.sofas[2].pk]


def test_what_is_left_as_it_was_keeps_its_tag(world: World) -> None:
    shown = confirm(world)
    before = Tag.objects.get(product=world.sofas[0])
    amend(world, shown, [decide(world.proposals[0], product=world.sofas[0].pk), reject(world.proposals[1])])
    assert Tag.objects.get(product=world.sofas[0], state=Tag.State.LIVE) == before
    standing = Resolution.objects.get(proposal=world.proposals[0])
    assert [said.version for said in standing.annotations.all()] == [1]


def test_a_box_added_before_is_gone_unless_it_is_said_again(world: World) -> None:
    (shown,) = lend_shown(world.ann, world.campaign)
    lamp = add(Box(0.0, 0.0, 0.2, 0.2), category="lamp", product=world.lamps[1].pk)
    send(world.ann, shown, [*all_confirmed(world), lamp], uuid=FIRST)
    settle_waiting()
    assert Resolution.objects.count() == 3
    amend(world, shown, all_confirmed(world))
    assert Resolution.objects.count() == 2
    assert not Tag.objects.filter(product=world.lamps[1], state=Tag.State.LIVE).exists()


def test_both_uuids_are_repeats_from_then_on(world: World) -> None:
    shown = confirm(world)
    seat = amend(world, shown, all_confirmed(world))
    for key in (FIRST, SECOND):
        assert send(world.ann, shown, all_confirmed(world), uuid=key) == seat
    assert Annotation.objects.count() == 4


def test_an_amendment_of_what_was_amended_is_told_what_counts(world: World) -> None:
    shown = confirm(world)
    seat = amend(world, shown, all_confirmed(world))
    with pytest.raises(ConflictError) as caught:
        send(world.ann, shown, all_confirmed(world), uuid=uuid.uuid4(), amends=FIRST)
    seat.refresh_from_db()
    assert caught.value.extra == {"submission": str(SECOND), "decisions": decisions_of(seat=seat)}
    assert json.dumps(caught.value.extra)


def test_an_unamended_second_submit_is_told_what_counts(world: World) -> None:
    shown = confirm(world)
    with pytest.raises(ConflictError) as caught:
        send(world.ann, shown, all_confirmed(world))
    assert caught.value.extra["submission"] == str(FIRST)


def test_a_skip_can_be_taken_back_and_put_in_place_of_a_submit(world: World) -> None:
    shown = confirm(world)
    skip = {"annotator": world.ann, "assignment_id": shown["id"], "token": uuid.UUID(shown["token"])}
    assignment_skip(**skip, uuid=SECOND, reason=SkipReason.BAD_IMAGE, amends=FIRST)
    settle_waiting()
    assert not Resolution.objects.exists() and not Tag.objects.filter(state=Tag.State.LIVE).exists()
    send(world.ann, shown, all_confirmed(world), amends=SECOND)
    settle_waiting()
    assert Resolution.objects.count() == 2


def test_a_burst_can_be_amended(world: World) -> None:
    campaign = campaign_of(world, Kind.MATCH_BURST, categories=[world.lamp])
    (shown,) = lend_shown(world.ann, campaign)
    send(world.ann, shown, [said(thing) for thing in shown["objects"]], uuid=FIRST)
    settle_waiting()
    amend(world, shown, [said(thing, product=None, grade="none") for thing in shown["objects"]])
    assert [each.grade for each in Resolution.objects.all()] == ["none"]


def test_history_is_ones_own_newest_first(world: World) -> None:
    confirm(world)
    campaign = campaign_of(world, Kind.MATCH_BURST)
    work_through(world.ann, campaign, lambda shown, thing: said(thing))
    seats = assignments_finished(annotator=world.ann, size=2)
    assert [vars(seat)["decided"] for seat in seats] == [1, 1]
    last = seats[-1]
    assert last.finished_at is not None
    rest = assignments_finished(annotator=world.ann, before=(last.finished_at, last.pk))
    assert [vars(seat)["decided"] for seat in rest] == [2]
    assert assignments_finished(annotator=world.arif) == []
    with pytest.raises(NotFoundError):
        assignment_decided(annotator=world.arif, assignment_id=last.pk)
