"""What is served, what comes back, and what the ranking learns of it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core import signing

from labeling.brands.models import Policy
from labeling.common.errors import ApplicationError, ConflictError
from labeling.serving import ranker
from labeling.serving.models import EngagementEvent, Experiment, RankerState
from labeling.serving.services import SALT, Happening, Look, events_record, look_serve, ranker_learn, ranker_step_back
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
    return look_serve(scene=world.scene, visitor=visitor)


def happen(look: Look, kind: KIND, *tags: int) -> int:
    return events_record(token=look.token, happenings=[Happening(uuid.uuid4(), kind, tag) for tag in tags])


def order(look: Look) -> list[int]:
    return [placed.tag.pk for placed in look.tags]


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
    assert len(look_serve(scene=world.other_scene, visitor="v").tags) == 1
    hold_place(world, Policy.CLOSED)
    assert look_serve(scene=world.other_scene, visitor="v").tags == []


def test_a_replay_adds_nothing(world: World) -> None:
    tag = automatic(world, confidence=0.9, product=0)
    look = serve(world)
    same = [Happening(uuid.uuid4(), KIND.CLICK, tag.pk)]
    assert [events_record(token=look.token, happenings=same) for _ in range(2)] == [1, 0]
    assert happen(look, KIND.CLICK, tag.pk) == 0
    assert EngagementEvent.objects.count() == 1


def test_forged_and_foreign(world: World) -> None:
    tag, other = automatic(world, confidence=0.9, product=0), tagged(world, scene=world.other_scene)
    look = serve(world)
    with pytest.raises(ApplicationError, match="was not in this look"):
        happen(look, KIND.CLICK, tag.pk, other.pk)
    claims = signing.loads(look.token, salt=SALT)
    for token in (look.token[:-1] + ("A" if look.token[-1] != "A" else "B"), "", signing.dumps(claims, salt="other")):
        with pytest.raises(ApplicationError, match="expired or was not served by us"):
            events_record(token=token, happenings=[Happening(uuid.uuid4(), KIND.CLICK, tag.pk)])
    assert not EngagementEvent.objects.exists()


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
        (ranker.features_of(tag), tag == second, 1.0) for tag in (first, second) for _ in range(5)
    ]))  # fmt: skip
    control = next(visitor for visitor, arm in arms.items() if arm == "control")
    assert order(serve(world, control)) == [first.pk, second.pk]


def test_a_look_costs_the_same_however_many_tags(world: World, django_assert_num_queries: Any) -> None:
    automatic(world, confidence=0.9, product=0)
    with django_assert_num_queries(5):
        serve(world)
    for number in range(5):
        automatic(world, confidence=0.8, product=number % 3, left=number / 10)
    with django_assert_num_queries(5):
        serve(world)
