"""Entering a campaign by a test, being paused by gold, and being reinstated by a curator."""

from __future__ import annotations

import pytest

from labeling.annotation.models import Assignment, Mark, Standing
from labeling.annotation.services import (
    assignment_lend,
    assignment_submit,
    campaign_quality_set,
    marks_write,
    standing_set,
    training_start,
)
from labeling.common.errors import ApplicationError, ConflictError
from labeling.common.models import AuditEvent
from labeling.datasets.tasks import settle_waiting
from tests.labeling.bursting import lend_shown
from tests.labeling.trusting import answer, gold_scene, measured, visit
from tests.world import World


def test_it_works(world: World) -> None:
    for n in range(4):
        gold_scene(world, f"gold-{n}")
    campaign = measured(world, pass_score=0.75, entry_test=3)
    assert assignment_lend(annotator=world.ann, campaign_id=campaign.pk) == []
    training_start(campaign=campaign, annotator=world.ann)
    seats = [visit(world.ann, campaign) for _ in range(3)]
    assert [seat.purpose for seat in seats if seat] == ["training"] * 3
    standing = Standing.objects.get()
    assert (standing.state, standing.reason) == ("admitted", "Passed the test: 3 of 3 right.")
    seat = visit(world.ann, campaign)
    assert seat is not None and seat.purpose == "work"


def test_who_fails_takes_another_test(world: World) -> None:
    for n in range(4):
        gold_scene(world, f"gold-{n}")
    campaign = measured(world, pass_score=0.75, entry_test=2)
    training_start(campaign=campaign, annotator=world.ann)
    for _ in range(2):
        visit(world.ann, campaign, accept=False)
    standing = Standing.objects.get()
    assert standing.state == "training" and standing.reason.startswith("0 of 2 right")
    assert visit(world.ann, campaign) is None
    training_start(campaign=campaign, annotator=world.ann)
    for _ in range(2):
        visit(world.ann, campaign)
    assert Standing.objects.get().state == "admitted"
    training_start(campaign=campaign, annotator=world.arif)


def test_no_test_without_gold_that_is_new_to_a_person(world: World) -> None:
    campaign = measured(world, pass_score=0.75, entry_test=2)
    with pytest.raises(ConflictError, match="no gold left"):
        training_start(campaign=campaign, annotator=world.ann)
    assert not Standing.objects.exists()


def test_a_test_is_asked_for_once(world: World) -> None:
    for n in range(4):
        gold_scene(world, f"gold-{n}")
    campaign = measured(world, pass_score=0.75, entry_test=2)
    for _ in range(3):
        training_start(campaign=campaign, annotator=world.ann)
    assert Assignment.objects.filter(campaign=campaign, purpose="training").count() == 2
    with pytest.raises(ApplicationError, match="asks for no test"):
        training_start(campaign=measured(world), annotator=world.ann)


def test_training_cannot_be_passed_by_mending_what_was_told(world: World) -> None:
    """What is amended after the feedback is kept, but the first answer counts."""
    gold_scene(world, "gold-0")
    campaign = measured(world, pass_score=0.75, entry_test=1)
    training_start(campaign=campaign, annotator=world.ann)
    shown = lend_shown(world.ann, campaign)[0]
    seat = visit(world.ann, campaign, accept=False)
    assert seat is not None and seat.token is not None and seat.client_uuid is not None
    assignment_submit(
        annotator=world.ann, assignment_id=seat.pk, uuid=seat.token, token=seat.token, seconds=1.0,
        decisions=[answer(each) for each in shown["objects"]], amends=seat.client_uuid,
    )  # fmt: skip
    settle_waiting()
    assert [mark.right for mark in Mark.objects.all()] == [False]
    assert Standing.objects.get().state == "training"


def test_whoever_is_wrong_nearly_always_is_paused_after_a_handful(world: World) -> None:
    for n in range(12):
        gold_scene(world, f"gold-{n}")
    campaign = measured(world, scenes=20, gold_share=0.5, pass_score=0.7)
    seats = 0
    while visit(world.ann, campaign, accept=False) is not None:
        settle_waiting()
        seats += 1
    marks = Mark.objects.filter(annotator=world.ann).count()
    standing = Standing.objects.get()
    assert standing.state == "paused" and 2 <= marks <= 6 and seats < 14
    assert standing.reason == f"0 of the last {marks} gold objects right; the campaign asks for 70%."
    event = AuditEvent.objects.get(verb="annotator paused")
    assert event.actor is None and event.detail["annotator"] == world.ann.pk
    assert not Assignment.objects.filter(annotator=world.ann, state="waiting").exists()
    # The others go on, and nothing of the work is lost to them.
    assert visit(world.arif, campaign) is not None


def test_a_few_slips_pause_nobody(world: World) -> None:
    for n in range(10):
        gold_scene(world, f"gold-{n}")
    campaign = measured(world, scenes=20, gold_share=0.5, pass_score=0.8)
    for n in range(20):
        visit(world.ann, campaign, accept=n % 5 != 0)
        settle_waiting()
    assert Mark.objects.filter(right=False).exists()
    assert not Standing.objects.filter(state="paused").exists()


def test_a_curator_reinstates_and_old_marks_are_forgiven(world: World) -> None:
    for n in range(12):
        gold_scene(world, f"gold-{n}")
    campaign = measured(world, scenes=20, gold_share=0.5, pass_score=0.7)
    while visit(world.ann, campaign, accept=False) is not None:
        settle_waiting()
    standing_set(campaign=campaign, annotator=world.ann, state=Standing.State.ADMITTED, actor=world.cora)
    assert visit(world.ann, campaign) is not None
    settle_waiting()
    visit(world.ann, campaign)
    settle_waiting()
    assert Standing.objects.get().state == "admitted"
    assert AuditEvent.objects.filter(verb="annotator admitted", actor=world.cora).exists()


def test_what_a_paused_person_sends_late_is_kept(world: World) -> None:
    campaign = measured(world, scenes=2, gold_share=0.0)
    (lent,) = lend_shown(world.ann, campaign)
    seat = Assignment.objects.get(pk=lent["id"])
    assert seat.token is not None
    standing_set(
        campaign=campaign, annotator=world.ann, state=Standing.State.PAUSED, actor=world.cora, reason="Look again."
    )
    assert assignment_lend(annotator=world.ann, campaign_id=campaign.pk) == []
    kept = assignment_submit(
        annotator=world.ann, assignment_id=seat.pk, uuid=seat.token, token=seat.token, seconds=1.0,
        decisions=[answer(each) for each in lent["objects"]],
    )  # fmt: skip
    assert kept.annotations == 1


def test_marking_again_changes_nothing(world: World) -> None:
    gold_scene(world, "gold-0")
    campaign = measured(world, pass_score=0.75, entry_test=1)
    training_start(campaign=campaign, annotator=world.ann)
    seat = visit(world.ann, campaign)
    assert seat is not None
    assert marks_write(seat=seat) == []
    assert Mark.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"sure_at": 0.4}, {"sure_at": 1.0}, {"more_eyes": -1}, {"gold_share": 0.6}, {"trick_share": 1.2},
        {"pass_score": 0.0}, {"pass_score": None, "entry_test": 3},
    ],
)  # fmt: skip
def test_figures_out_of_range_are_named(world: World, wrong: dict[str, float]) -> None:
    right = {
        "sure_at": 0.7, "more_eyes": 3, "gold_share": 0.1, "trick_share": 0.5, "pass_score": 0.7, "entry_test": 3,
    }  # fmt: skip
    with pytest.raises(ApplicationError) as caught:
        campaign_quality_set(campaign=world.campaign, actor=world.cora, **(right | wrong))  # type: ignore[arg-type]
    assert set(caught.value.fields) == {list(wrong)[-1]}
    world.campaign.refresh_from_db()
    assert world.campaign.gold_share == 0.0
