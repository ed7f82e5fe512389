"""Work that a curator gives back: first in its author's queue, with the reason, and counting no more until sent again."""

from __future__ import annotations

import json

import pytest

from labeling.annotation.models import Annotation, Assignment, Resolution
from labeling.annotation.selectors import assignments_shown
from labeling.annotation.services import assignment_lend, assignment_release, assignment_submit, leases_sweep
from labeling.common.errors import ApplicationError, ConflictError
from labeling.common.models import AuditEvent
from labeling.datasets.models import Pair
from labeling.datasets.services import work_return
from labeling.datasets.tasks import settle_waiting
from labeling.tags.models import Tag
from tests.labeling.bursting import lend_shown
from tests.labeling.trusting import gold_scene, measured, visit
from tests.world import World


def done(world: World) -> Assignment:
    """One scene that Ann has judged, in a campaign that holds more."""
    campaign = measured(world, scenes=3, gold_share=0.0)
    seat = visit(world.ann, campaign)
    settle_waiting()
    assert seat is not None
    return seat


def test_it_works(world: World) -> None:
    seat = done(world)
    work_return(assignment=seat, actor=world.cora, reason="The sofa is the blue one.")
    assert not Resolution.objects.exists()
    assert Tag.objects.get().state == "hidden" and Pair.objects.get().withdrawn_at is not None
    first, *others = lend_shown(world.ann, seat.campaign, want=3)
    assert (first["id"], first["returned"]) == (seat.pk, "The sofa is the blue one.")
    assert [each["returned"] for each in others] == ["", ""]
    again = visit(world.ann, seat.campaign, product=world.sofas[1].pk)
    assert again is not None and again.pk == seat.pk and again.returned_reason == ""
    settle_waiting()
    assert Resolution.objects.get().product == world.sofas[1]
    assert Pair.objects.get(withdrawn_at=None).product == world.sofas[1]
    assert Annotation.objects.filter(assignment=seat).count() == 2
    event = AuditEvent.objects.get(verb="work returned")
    assert (event.actor, event.detail["reason"]) == (world.cora, "The sofa is the blue one.")


def test_it_waits_for_its_author_alone(world: World) -> None:
    seat = done(world)
    work_return(assignment=seat, actor=world.cora, reason="Look again.")
    assert seat.pk not in [
        each.pk for each in assignment_lend(annotator=world.arif, campaign_id=seat.campaign_id, want=9)
    ]
    (held,) = assignment_lend(annotator=world.ann, campaign_id=seat.campaign_id, want=1)
    Assignment.objects.filter(pk=held.pk).update(leased_until="2000-01-01T00:00:00Z")
    leases_sweep()
    assert Assignment.objects.get(pk=seat.pk).annotator == world.ann
    # After a week of nothing it is anybody's, without the reason that was meant for its author.
    Assignment.objects.filter(pk=held.pk).update(reserved_until="2000-01-01T00:00:00Z")
    leases_sweep()
    lent = assignment_lend(annotator=world.arif, campaign_id=seat.campaign_id, want=9)
    assert seat.pk in [each.pk for each in lent]
    shown = [json.loads(each) for each in assignments_shown(seats=lent)]
    assert {each["returned"] for each in shown} == {""}


def test_released_it_stays_its_authors(world: World) -> None:
    seat = done(world)
    work_return(assignment=seat, actor=world.cora, reason="Look again.")
    assignment_lend(annotator=world.ann, campaign_id=seat.campaign_id, want=1)
    seat.refresh_from_db()
    assert seat.token is not None
    assignment_release(annotator=world.ann, assignment_id=seat.pk, token=seat.token)
    assert [each.pk for each in assignment_lend(annotator=world.ann, campaign_id=seat.campaign_id, want=1)] == [seat.pk]


def test_what_others_agreed_on_stands(world: World) -> None:
    campaign = measured(world, scenes=1, gold_share=0.0)
    Assignment.objects.create(campaign=campaign, scene=campaign.assignments.get().scene, slot=1)
    seat, _ = visit(world.ann, campaign), visit(world.arif, campaign)
    settle_waiting()
    assert seat is not None
    work_return(assignment=seat, actor=world.cora, reason="Look again.")
    assert Resolution.objects.count() == 1 and Tag.objects.get().state == "live"


def test_a_repeat_of_the_first_submit_is_no_second_answer(world: World) -> None:
    campaign = measured(world, scenes=1, gold_share=0.0)
    shown = lend_shown(world.ann, campaign)[0]
    seat = visit(world.ann, campaign)
    assert seat is not None and seat.client_uuid is not None and seat.token is not None
    work_return(assignment=seat, actor=world.cora, reason="Look again.")
    repeat = assignment_submit(
        annotator=world.ann, assignment_id=seat.pk, uuid=seat.client_uuid, token=seat.token, seconds=1.0, decisions=[]
    )
    assert repeat.repeated and Assignment.objects.get(pk=shown["id"]).state == "waiting"


def test_only_submitted_work_is_given_back_and_with_a_reason(world: World) -> None:
    gold_scene(world, "gold-0")
    campaign = measured(world, scenes=1, gold_share=0.5)
    waiting = campaign.assignments.get()
    with pytest.raises(ConflictError, match="submitted"):
        work_return(assignment=waiting, actor=world.cora, reason="Look again.")
    seat = visit(world.ann, campaign)
    settle_waiting()
    assert seat is not None
    with pytest.raises(ApplicationError, match="Say what"):
        work_return(assignment=seat, actor=world.cora, reason="  ")
    gold = visit(world.ann, campaign)
    assert gold is not None and gold.purpose == "gold"
    with pytest.raises(ConflictError, match="gold never"):
        work_return(assignment=gold, actor=world.cora, reason="Look again.")
