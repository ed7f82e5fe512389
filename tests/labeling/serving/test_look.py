"""What is served, what comes back, and what the ranking learns of it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from labeling.brands.models import Policy
from labeling.common.errors import ConflictError, NotFoundError
from labeling.serving import ranker
from labeling.serving.models import EngagementEvent, Experiment, RankerState
from labeling.serving.offers import offers_named
from labeling.serving.services import (
    Happening,
    Look,
    events_record,
    look_serve,
    looks_serve,
    ranker_learn,
    ranker_step_back,
)
from labeling.serving.tasks import learn_live
from labeling.tags.models import Tag
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


def clicks(world: World, liked: Tag, passed: Tag, times: int) -> None:
    for number in range(times):
        look = serve(world, f"visitor-{number}")
        happen(look, KIND.IMPRESSION, liked.pk, passed.pk)
        happen(look, KIND.CLICK, liked.pk)


def test_clicks_turn_the_order_within_one_task_run(world: World) -> None:
    world.sofas[0].price = None
    world.sofas[0].save()
    passed, liked = automatic(world, confidence=0.9, product=0), automatic(world, confidence=0.85, product=1)
    assert order(serve(world)) == [passed.pk, liked.pk]
    clicks(world, liked, passed, 40)
    learn_live()
    look = serve(world)
    assert order(look) == [liked.pk, passed.pk]
    assert look.ranker == RankerState.objects.get(live=True).pk
    assert ranker_learn(vertical=world.vertical) is None


def test_what_is_hardly_relevant_never_climbs(world: World) -> None:
    world.sofas[0].price = None
    world.sofas[0].save()
    right, doubtful = automatic(world, confidence=0.9, product=0), automatic(world, confidence=0.4, product=1)
    clicks(world, doubtful, right, 40)
    learn_live()
    assert order(serve(world)) == [right.pk, doubtful.pk]


def test_one_step_back_stays(world: World) -> None:
    first, second = automatic(world, confidence=0.9, product=0), automatic(world, confidence=0.8, product=1)
    clicks(world, first, second, 2)
    one = ranker_learn(vertical=world.vertical)
    assert one is not None
    with pytest.raises(ConflictError, match="no earlier ranking"):
        ranker_step_back(vertical=world.vertical, actor=world.sana, reason="odd")
    clicks(world, second, first, 2)
    two = ranker_learn(vertical=world.vertical)
    assert two is not None and two.number == one.number + 1
    assert ranker_step_back(vertical=world.vertical, actor=world.sana, reason="odd") == one
    clicks(world, second, first, 1)
    assert ranker_learn(vertical=world.vertical) is None
    assert serve(world).ranker == one.pk


def test_the_arms_of_an_experiment(world: World) -> None:
    first, second = automatic(world, confidence=0.9, product=0), automatic(world, confidence=0.8, product=1)
    Experiment.objects.create(vertical=world.vertical, name="live order", share=0.5)
    arms = {f"v{number}": serve(world, f"v{number}").arm for number in range(60)}
    assert {f"v{number}": serve(world, f"v{number}").arm for number in range(60)} == arms
    assert 15 < list(arms.values()).count("control") < 45
    RankerState.objects.create(vertical=world.vertical, number=1, live=True, state=ranker.learn({}, [
        (ranker.features_of(offer), offer.tag == second.pk, 1.0)
        for offer in offers_named(tags=[first.pk, second.pk]).values() for _ in range(5)
    ]))  # fmt: skip
    control = next(visitor for visitor, arm in arms.items() if arm == "control")
    assert order(serve(world, control)) == [first.pk, second.pk]


def test_looks_cost_the_same_however_many(world: World, django_assert_num_queries: Any) -> None:
    automatic(world, confidence=0.9, product=0)
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
    doubtful = automatic(world, confidence=0.3, product=0, left=0.75)
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
