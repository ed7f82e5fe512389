"""Campaigns that live by what work is worth are fed and ordered by a worker, and shoppers' traffic weighs."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.accounts.models import User
from labeling.annotation.models import Assignment, Burst, BurstItem, Campaign, Kind, PriorityRule
from labeling.annotation.selectors import campaigns_to_feed
from labeling.annotation.services import campaign_create, campaign_fill
from labeling.inference.models import Proposal
from labeling.serving import tasks
from labeling.serving.models import EngagementEvent
from labeling.serving.selectors import traffic_of
from labeling.serving.tasks import order_work
from labeling.tags.models import AutomationPolicy
from tests.labeling.bursting import said, work_through
from tests.labeling.tagging import as_sure_of_all, propose, tagged
from tests.labeling.verticals import make_vertical_like
from tests.world import World


def looked_at(world: World, tag_scene: int, times: int, kind: str = "impression") -> None:
    """So many looks at a scene."""
    tag = tagged(world)
    EngagementEvent.objects.bulk_create(
        [
            EngagementEvent(
                client_uuid=uuid.uuid4(), kind=kind, look=uuid.uuid4(), scene_id=tag_scene, tag=tag, product=tag.product,
                position=1, propensity=1.0, visitor="v",
            )
            for _ in range(times)
        ]
    )  # fmt: skip


def test_bursts_are_fed_when_they_run_out(world: World) -> None:
    for number in range(5):
        propose(world, number, score=0.9)
    campaign = campaign_create(
        vertical=world.vertical, name="Worth", kinds=[Kind.MATCH_BURST], priority_rule=PriorityRule.WORTH
    )
    order_work()
    asked = BurstItem.objects.filter(campaign=campaign).count()
    assert asked == 6
    order_work()
    assert BurstItem.objects.filter(campaign=campaign).count() == asked
    assert not BurstItem.objects.filter(campaign=world.campaign).exists()


def test_whole_scenes_come_in_the_order_of_their_worth(world: World) -> None:
    proposals = [propose(world, number, score=0.9) for number in range(4)]
    campaign = campaign_create(vertical=world.vertical, name="Scenes", priority_rule=PriorityRule.WORTH)
    campaign_fill(campaign=campaign, scenes=[proposal.scene for proposal in proposals])
    looked_at(world, proposals[2].scene_id, 50)
    order_work()
    first = Assignment.objects.filter(campaign=campaign).order_by("-priority")[0]
    assert first.scene == proposals[2].scene


def test_traffic_counts_looks_of_the_vertical(world: World) -> None:
    looked_at(world, world.scene.pk, 3)
    looked_at(world, world.other_scene.pk, 2, kind="click")
    assert traffic_of(vertical=world.vertical) == {world.scene.pk: 3.0}


def two_verticals(world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[Campaign, Campaign]:
    """A campaign of ten scenes in each of two verticals, fed by fours; the first is held to find more than the second."""
    monkeypatch.setattr(tasks, "OFFERED_AT_ONCE", 4)
    for number in range(10):
        propose(world, number, score=0.9)
    rule, kinds = PriorityRule.WORTH, [Kind.MATCH_BURST]
    one = campaign_create(vertical=world.vertical, name="Worth", kinds=kinds, priority_rule=rule, burst_size=4)
    other = make_vertical_like(world, score=0.9)
    for campaign, offset in ((one, 2.0), (other, 1.0)):
        AutomationPolicy.objects.create(vertical=campaign.vertical, calibration=as_sure_of_all(offset))
    return one, other


def asked(*campaigns: Campaign) -> list[int]:
    return [BurstItem.objects.filter(campaign=campaign).count() for campaign in campaigns]


def done_by(person: User, *campaigns: Campaign) -> None:
    for campaign in campaigns:
        work_through(person, campaign, lambda shown, each: said(each))


def test_a_new_campaign_waits_for_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    both = two_verticals(world, monkeypatch)
    order_work()
    assert asked(*both) == [4, 4]


def test_of_two_verticals_of_the_same_people_the_better_one_is_fed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = one, other = two_verticals(world, monkeypatch)
    order_work()
    done_by(world.ann, *both)
    order_work()
    assert asked(*both) == [8, 4]
    # While work waits there, nobody is sent elsewhere.
    order_work()
    assert asked(*both) == [8, 4]
    done_by(world.ann, one)
    AutomationPolicy.objects.filter(vertical=one.vertical).update(calibration=as_sure_of_all(-1.0))
    order_work()
    assert asked(*both) == [8, 8]
    # What has nothing left to ask leaves the budget to the other.
    done_by(world.ann, other)
    AutomationPolicy.objects.filter(vertical=one.vertical).update(calibration=as_sure_of_all(0.9))
    Proposal.objects.filter(scene__vertical=other.vertical).exclude(burst_items__campaign=other).delete()
    order_work()
    assert asked(*both) == [12, 8]


def test_verticals_of_other_people_do_not_wait_for_each_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    both = one, other = two_verticals(world, monkeypatch)
    order_work()
    done_by(world.ann, one)
    done_by(world.arif, other)
    order_work()
    assert asked(*both) == [8, 8]


def test_who_worked_long_ago_is_no_longer_of_a_campaign(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    both = one, _ = two_verticals(world, monkeypatch)
    order_work()
    done_by(world.ann, *both)
    Assignment.objects.filter(campaign=one).update(finished_at=timezone.now() - timedelta(days=8))
    order_work()
    assert asked(*both) == [8, 8]


def test_what_waits_for_further_eyes_keeps_nothing_from_being_fed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = one, _ = two_verticals(world, monkeypatch)
    order_work()
    done_by(world.ann, *both)
    tie = Assignment.objects.filter(campaign=one).first()
    assert tie is not None
    Assignment.objects.create(campaign=one, kind=tie.kind, burst=tie.burst, slot=one.overlap)
    order_work()
    assert asked(*both) == [8, 4]


@pytest.mark.parametrize(("seats", "guests", "together"), [(18, 2, True), (17, 3, False), (1, 19, False)])
def test_a_few_seats_of_a_guest_part_no_people(world: World, seats: int, guests: int, together: bool) -> None:
    one = campaign_create(
        vertical=world.vertical, name="One", kinds=[Kind.MATCH_BURST], priority_rule=PriorityRule.WORTH
    )
    other = make_vertical_like(world, score=0.9)
    for campaign, person, n in ((one, world.ann, seats), (one, world.arif, guests), (other, world.ann, 5)):
        for _ in range(n):
            burst = Burst.objects.create(campaign=campaign, kind=Kind.MATCH_BURST)
            Assignment.objects.create(
                campaign=campaign, kind=burst.kind, burst=burst, annotator=person, state=Assignment.State.SUBMITTED,
                finished_at=timezone.now(), settled=True,
            )  # fmt: skip
    assert campaigns_to_feed() == ([[one, other]] if together else [[one], [other]])
