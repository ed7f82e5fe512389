"""Filling a campaign: overlap seats a scene, once."""

from __future__ import annotations

import pytest

from labeling.annotation.services import campaign_create, campaign_fill
from labeling.catalog.models import Vertical
from labeling.common.errors import ApplicationError
from labeling.common.models import AuditEvent
from tests.world import World, make_scene


def test_it_works(world: World) -> None:
    campaign = campaign_create(vertical=world.vertical, name="Second looks", actor=world.cora, overlap=2)
    assert campaign_fill(campaign=campaign, scenes=[world.scene, world.other_scene], priority=3.0) == 4
    seats = campaign.assignments.order_by("scene", "slot").values_list("scene", "slot", "priority")
    assert list(seats) == [(scene.pk, slot, 3.0) for scene in (world.scene, world.other_scene) for slot in (0, 1)]
    assert AuditEvent.objects.get().actor == world.cora


def test_filled_again_nothing_is_doubled(world: World) -> None:
    assert campaign_fill(campaign=world.campaign, scenes=[world.scene, world.other_scene]) == 1
    assert campaign_fill(campaign=world.campaign, scenes=[world.scene, world.other_scene]) == 0


def test_a_scene_of_another_vertical_is_refused_and_nothing_stays(world: World) -> None:
    stranger = make_scene(Vertical.objects.create(slug="fashion", name="Fashion"), "street-1")
    with pytest.raises(ApplicationError, match="street-1"):
        campaign_fill(campaign=world.campaign, scenes=[world.other_scene, stranger])
    assert world.campaign.assignments.count() == 1


def test_nobody_to_look_is_refused(world: World) -> None:
    with pytest.raises(ApplicationError, match="overlap"):
        campaign_create(vertical=world.vertical, name="Nobody", overlap=0)
