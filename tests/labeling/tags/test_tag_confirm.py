"""What people confirm becomes a tag: live, held, or none."""

from __future__ import annotations

import pytest

from labeling.brands.models import Policy
from labeling.catalog.models import Scene
from labeling.tags.models import Tag
from labeling.tags.selectors import tags_live
from labeling.tags.services import tag_confirm, tags_withdraw_for_resolution
from tests.labeling.tagging import BOX, hold_place, resolve, tagged
from tests.world import World


def test_it_works(world: World) -> None:
    tag = tagged(world)
    assert (tag.state, tag.source, tag.product, tuple(tag.box)) == ("live", "human", world.sofas[0], BOX)
    assert list(tags_live(scene=world.scene)) == [tag]


def test_again_changes_nothing(world: World) -> None:
    resolution = resolve(world)
    first, second = tag_confirm(resolution=resolution), tag_confirm(resolution=resolution)
    assert first == second
    assert Tag.objects.count() == 1


def test_nothing_to_show(world: World) -> None:
    assert tag_confirm(resolution=resolve(world, grade="none")) is None
    assert tag_confirm(resolution=resolve(world, accepted=False)) is None
    assert not Tag.objects.exists()


def test_held_for_the_owner(world: World) -> None:
    hold_place(world, Policy.REVIEW_FIRST)
    tag = tagged(world, scene=world.other_scene)
    assert (tag.state, tag.reason) == ("held", "Waits for the owner of the place.")
    assert (tag.was_state, tag.was_reason) == ("live", "Confirmed by people.")
    assert not tags_live(scene=world.other_scene)


def test_none_in_a_closed_place(world: World) -> None:
    hold_place(world, Policy.CLOSED)
    assert tag_confirm(resolution=resolve(world, scene=world.other_scene)) is None


@pytest.mark.parametrize("change", [{"organic": False}, {"business_account": "acme"}])
def test_none_where_a_scene_is_eligible_no_more(change: dict[str, object], world: World) -> None:
    resolution = resolve(world)
    Scene.objects.filter(pk=world.scene.pk).update(**change)
    assert tag_confirm(resolution=resolution) is None


def test_automation_gives_way(world: World) -> None:
    proposal = world.proposals[0]
    automatic = Tag.objects.create(
        scene=world.scene, category=world.sofa, product=world.sofas[1], grade="exact", source="model", state="live",
        reason="sure", proposal=proposal, **proposal.box._asdict(),
    )  # fmt: skip
    tag_confirm(resolution=resolve(world, proposal=proposal, accepted=False))
    automatic.refresh_from_db()
    assert (automatic.state, automatic.reason) == ("hidden", "Replaced by what people decided.")


def test_people_change_their_mind(world: World) -> None:
    tag = tagged(world)
    assert tags_withdraw_for_resolution(resolutions=[tag.resolution]) == 1  # type: ignore[list-item]
    assert not tags_live(scene=world.scene)


def test_a_product_that_is_gone_is_not_shown(world: World) -> None:
    tag = tagged(world)
    tag.product.available = False
    tag.product.save()
    assert not tags_live(scene=world.scene)
