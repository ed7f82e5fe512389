"""What is served, what comes back, and what the ranking learns of it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from labeling.brands.models import Policy
from labeling.catalog.models import Scene
from labeling.common.errors import NotFoundError
from labeling.serving.models import EngagementEvent, Experiment, RankerState, TagRecord
from labeling.serving.services import (
    Happening,
    Look,
    events_record,
    look_serve,
    looks_serve,
)
from labeling.tags.models import Tag
from labeling.tags.selectors import scenes_tagged, tag_counts
from tests.labeling.tagging import hold_place, tagged
from tests.world import World

KIND = EngagementEvent.Kind


def automatic(world: World, *, confidence: float, product: int, left: float = 0.1) -> Tag:
    return Tag.objects.create(
        scene=world.scene, category=world.sofa, product=world.sofas[product], grade="exact", source="model",
        state="live", reason="sure", confidence=confidence, left=left, top=0.1, right=left + 0.2, bottom=0.4,
    )  # fmt: skip


def serve(world: World, visitor: str = "v1") -> Look:
    return look_serve(scene=world.scene.pk, visitor=visitor)


def happen(look: Look, kind: KIND, *tags: int) -> int:
    return events_record(token=look.token, happenings=[Happening(uuid.uuid4(), kind, tag) for tag in tags])


def order(look: Look) -> list[int]:
    return [placed.offer.tag for placed in look.tags]


def test_it_works(world: World) -> None:
    low, high = automatic(world, confidence=0.7, product=0), automatic(world, confidence=0.9, product=1)
    look = serve(world)
    assert order(look) == [high.pk, low.pk]
    assert [placed.position for placed in look.tags] == [1, 2]
    assert (look.ranker, look.arm) == (None, "")
    assert happen(look, KIND.IMPRESSION, high.pk, low.pk) == 2
    event = EngagementEvent.objects.get(tag=low)
    assert (event.position, event.propensity, event.visitor, event.product) == (2, 0.5, "v1", world.sofas[0])


def test_a_closed_place_is_empty_at_once(world: World) -> None:
    tagged(world, scene=world.other_scene)
    assert len(look_serve(scene=world.other_scene.pk, visitor="v").tags) == 1
    hold_place(world, Policy.CLOSED)
    assert look_serve(scene=world.other_scene.pk, visitor="v").tags == []


@pytest.mark.parametrize("change", [{"organic": False}, {"business_account": "acme"}])
@pytest.mark.parametrize("claimed", [False, True])
def test_a_scene_that_is_eligible_no_more_is_empty_at_once(
    claimed: bool, change: dict[str, object], world: World
) -> None:
    tagged(world, scene=world.other_scene)
    if claimed:
        hold_place(world, Policy.OPEN)
    scenes = Scene.objects.filter(pk=world.other_scene.pk)
    assert len(look_serve(scene=world.other_scene.pk, visitor="v").tags) == 1
    scenes.update(**change)
    assert look_serve(scene=world.other_scene.pk, visitor="v").tags == []
    assert tag_counts(scenes=list(scenes)) == {} and scenes_tagged(before=None, size=5) == []
    scenes.update(organic=True, business_account="")
    assert len(look_serve(scene=world.other_scene.pk, visitor="v").tags) == 1
    assert tag_counts(scenes=list(scenes)) == {world.other_scene.pk: 1}


def test_the_arms_of_an_experiment(world: World) -> None:
    first, second = automatic(world, confidence=0.9, product=0), automatic(world, confidence=0.8, product=1)
    Experiment.objects.create(vertical=world.vertical, name="live order", share=0.5)
    arms = {f"v{number}": serve(world, f"v{number}").arm for number in range(60)}
    assert {f"v{number}": serve(world, f"v{number}").arm for number in range(60)} == arms
    assert 15 < list(arms.values()).count("control") < 45
    RankerState.objects.create(vertical=world.vertical, number=1, live=True)
    TagRecord.objects.create(tag=second, product=second.product, version=1, seen=1e12, taken=1e12)
    treated = next(visitor for visitor, arm in arms.items() if arm == "treatment")
    assert order(serve(world, treated)) == [second.pk, first.pk]
    control = next(visitor for visitor, arm in arms.items() if arm == "control")
    assert order(serve(world, control)) == [first.pk, second.pk]


def test_looks_cost_the_same_however_many(world: World, django_assert_num_queries: Any) -> None:
    automatic(world, confidence=0.9, product=0)
    # The first of a session prepares the statements.
    serve(world)
    with django_assert_num_queries(2):
        serve(world)
    for number in range(5):
        automatic(world, confidence=0.8, product=number % 3, left=number / 10)
    tagged(world, scene=world.other_scene)
    with django_assert_num_queries(2):
        looks = looks_serve(scenes=[world.scene.pk, world.other_scene.pk], visitor="v")
    assert [len(look.tags) for look in looks] == [6, 1]


def test_several_looks_come_in_the_order_asked(world: World) -> None:
    ids = [world.other_scene.pk, 10**9, world.scene.pk, world.other_scene.pk]
    assert [look.scene.id for look in looks_serve(scenes=ids, visitor="v")] == ids[:1] + ids[2:3]
    with pytest.raises(NotFoundError, match="There is no scene 1000000000"):
        look_serve(scene=10**9, visitor="v")


def test_the_version_says_whether_anything_changed(world: World) -> None:
    tag = automatic(world, confidence=0.9, product=0)
    version = serve(world).version
    assert serve(world).version == version
    assert serve(world, "v2").version != version
    Tag.objects.filter(pk=tag.pk).update(grade="similar")
    assert serve(world).version != version
    world.sofas[0].price = 7
    world.sofas[0].save()
    assert len({version, serve(world).version}) == 2


def test_a_share_of_looks_is_explored_with_known_chances(world: World, settings: Any) -> None:
    settings.EXPLORE_SHARE = 0.5
    tags = [automatic(world, confidence=0.9 - n / 10, product=n, left=n / 4) for n in range(3)]
    doubtful = automatic(world, confidence=0.2, product=0, left=0.75)
    looks = [serve(world, f"v{number}") for number in range(400)]
    usual = [tag.pk for tag in (*tags, doubtful)]
    moved = [look for look in looks if order(look) != usual]
    # Half are shuffled, and one of six shuffles gives the usual order.
    assert 120 < len(moved) < 210
    assert all(order(look)[3] == doubtful.pk and look.tags[3].chance == 1.0 for look in looks)
    for place in range(3):
        chances = {look.tags[place].offer.tag: look.tags[place].chance for look in looks}
        assert chances == pytest.approx({tag.pk: 0.5 * (at == place) + 0.5 / 3 for at, tag in enumerate(tags)})
    assert order(serve(world, "v7")) == order(serve(world, "v7"))
