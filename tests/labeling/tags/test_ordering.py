"""Objects are offered to people once, in bursts, and what waits stands in the order of its worth."""

from __future__ import annotations

from labeling.annotation.models import Assignment, BurstItem, Campaign, Kind, PriorityRule
from labeling.annotation.services import campaign_create
from labeling.catalog.models import Vertical
from labeling.inference.models import Proposal
from labeling.tags.models import AutomationPolicy
from labeling.tags.services import objects_offer, objects_offer_best, work_order
from tests.labeling.bursting import said, work_through
from tests.labeling.tagging import as_sure_of_all, propose, tagged
from tests.labeling.verticals import make_vertical_like
from tests.world import World


def offering(world: World) -> tuple[Campaign, list[Proposal]]:
    """A campaign that lives by what work is worth, and ten scenes with a sofa each."""
    campaign = campaign_create(
        vertical=world.vertical, name="Worth", kinds=[Kind.MATCH_BURST], priority_rule=PriorityRule.WORTH, burst_size=4
    )
    return campaign, [propose(world, number, score=0.9) for number in range(10)]


def test_it_works(world: World) -> None:
    campaign, _ = offering(world)
    assert objects_offer(campaign=campaign, count=6) == 6
    asked = list(BurstItem.objects.select_related("proposal"))
    assert len({item.scene_id for item in asked}) == 6
    assert all(item.burst_id for item in asked)


def test_nothing_is_asked_twice_nor_what_is_tagged_or_decided(world: World) -> None:
    campaign, proposals = offering(world)
    tagged(world, proposal=proposals[0])
    total = sum(objects_offer(campaign=campaign, count=4) for _ in range(5))
    asked = set(BurstItem.objects.values_list("proposal", flat=True))
    assert total == len(asked)
    assert proposals[0].pk not in asked and {each.pk for each in proposals[1:]} <= asked
    work_through(world.ann, campaign, lambda shown, each: said(each))
    assert objects_offer(campaign=campaign, count=4) == 0


def test_what_waits_is_ordered_by_worth(world: World) -> None:
    campaign, _ = offering(world)
    AutomationPolicy.objects.create(vertical=world.vertical, calibration=as_sure_of_all())
    objects_offer(campaign=campaign, count=20)
    busy = BurstItem.objects.exclude(category=world.lamp).order_by("-pk")[0]
    traffic = {busy.scene_id: 5000.0}
    assert work_order(campaign=campaign, traffic=traffic) > 0
    first = Assignment.objects.filter(campaign=campaign).order_by("-priority", "pk")[0]
    assert first.burst_id == busy.burst_id
    assert work_order(campaign=campaign, traffic=traffic) == 0


def test_the_vertical_where_a_decision_gains_most_is_asked(world: World) -> None:
    campaign, _ = offering(world)
    fashion = Vertical.objects.create(slug="fashion", name="Fashion")
    empty = campaign_create(
        vertical=fashion, name="Worth", kinds=[Kind.MATCH_BURST], priority_rule=PriorityRule.WORTH, burst_size=4
    )
    assert objects_offer_best(campaigns=[empty, campaign], count=4) == campaign
    assert BurstItem.objects.filter(campaign=campaign).count() == 4
    while objects_offer_best(campaigns=[empty, campaign], count=4):
        pass
    assert set(BurstItem.objects.values_list("campaign", flat=True)) == {campaign.pk}


def test_of_two_verticals_the_one_that_finds_more_is_asked(world: World) -> None:
    campaign, _ = offering(world)
    policy = AutomationPolicy.objects.create(vertical=world.vertical, calibration=as_sure_of_all(2.0))
    other = make_vertical_like(world, score=0.9)
    AutomationPolicy.objects.create(vertical=other.vertical, calibration=as_sure_of_all(1.0))
    assert objects_offer_best(campaigns=[other, campaign], count=2) == campaign
    AutomationPolicy.objects.filter(pk=policy.pk).update(calibration=as_sure_of_all(-1.0))
    assert objects_offer_best(campaigns=[other, campaign], count=2) == other


def test_other_rules_are_left_alone(world: World) -> None:
    assert work_order(campaign=world.campaign) == 0
