"""Campaigns that live by what work is worth are fed and ordered by a worker, and shoppers' traffic weighs."""

from __future__ import annotations

import uuid

from labeling.annotation.models import Assignment, BurstItem, Kind, PriorityRule
from labeling.annotation.services import campaign_create, campaign_fill
from labeling.serving.models import EngagementEvent
from labeling.serving.selectors import traffic_of
from labeling.serving.tasks import order_work
from tests.labeling.tagging import propose, tagged
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
