"""What is taken of what pages send: only what was shown, once, and void where no shopper can have done it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.utils import timezone

from labeling.common.errors import ApplicationError
from labeling.serving.models import EngagementEvent
from labeling.serving.services import (
    PERSON,
    SALT,
    Happening,
    Look,
    Sender,
    events_record,
    look_serve,
    ranker_learn,
)
from labeling.serving.services.events import VISITOR_DEEDS_AN_HOUR
from labeling.tags.models import Tag
from tests.labeling.tagging import tagged
from tests.world import World

KIND = EngagementEvent.Kind


def serve(world: World, visitor: str = "v", *, own: bool = False) -> Look:
    return look_serve(scene=world.scene.pk, visitor=visitor, own=own)


def happen(look: Look, *kinds: KIND, tag: Tag | None = None, sender: Sender = PERSON) -> int:
    pk = tag.pk if tag else look.tags[0].offer.tag
    happenings = [Happening(uuid.uuid4(), kind, pk) for kind in kinds]
    return events_record(token=look.token, happenings=happenings, sender=sender)


def voids() -> list[tuple[str, str]]:
    return list(EngagementEvent.objects.order_by("id").values_list("kind", "void"))


def test_it_works(world: World) -> None:
    tag = tagged(world)
    look = serve(world)
    assert happen(look, KIND.CLICK, KIND.CLOSEUP, KIND.IMPRESSION) == 3
    assert voids() == [("impression", ""), ("closeup", ""), ("click", "")]
    event = EngagementEvent.objects.get(kind=KIND.CLICK)
    assert (event.look, event.tag, event.product, event.scene) == (look.uuid, tag, tag.product, world.scene)
    assert (event.position, event.propensity, event.chance, event.visitor) == (1, 1.0, 1.0, "v")
    assert event.served_on == timezone.now().date()


def test_a_replay_adds_nothing(world: World) -> None:
    tag = tagged(world)
    look = serve(world)
    token, same = look.token, [Happening(uuid.uuid4(), KIND.CLICK, tag.pk)]
    assert [events_record(token=token, happenings=same) for _ in range(2)] == [1, 0]
    assert happen(look, KIND.CLICK) == 0
    # Another token with the same UUID is a repeat too: a client's UUID is one deed.
    assert events_record(token=serve(world, "w").token, happenings=same) == 0
    assert EngagementEvent.objects.count() == 1


def test_what_was_not_shown_is_refused_whole(world: World) -> None:
    tag, other = tagged(world), tagged(world, scene=world.other_scene)
    token = serve(world).token
    with pytest.raises(ApplicationError, match=f"Tag {other.pk} was not in this look"):
        events_record(token=token, happenings=[Happening(uuid.uuid4(), KIND.CLICK, pk) for pk in (tag.pk, other.pk)])
    assert not EngagementEvent.objects.exists()


def test_forged_and_old_tokens_are_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tagged(world)
    look = serve(world)
    claims = signing.loads(look.token, salt=SALT)
    more = signing.dumps(claims | {"visitor": "somebody else"}, salt="other")
    head, _, tail = look.token.partition(":")
    flipped = ("A" if head[0] != "A" else "B") + head[1:]
    for token in ("", "x", look.token[:-2], f"{flipped}:{tail}", more, look.token + "A"):
        with pytest.raises(ApplicationError, match="expired or was not served by us"):
            events_record(token=token, happenings=[Happening(uuid.uuid4(), KIND.CLICK, look.tags[0].offer.tag)])
    old = look.token
    monkeypatch.setattr("django.core.signing.time.time", lambda: look.at + 24 * 3600 + 2)
    with pytest.raises(ApplicationError, match="expired"):
        events_record(token=old, happenings=[Happening(uuid.uuid4(), KIND.CLICK, look.tags[0].offer.tag)])
    assert not EngagementEvent.objects.exists()


@pytest.mark.parametrize(
    ("own", "sender", "expected"),
    [
        (True, PERSON, {"impression": "own", "click": "own"}),
        (False, Sender(robot=True), {"impression": "robot", "click": "robot"}),
        (False, Sender(crowded=True), {"impression": "", "click": "flood"}),
        (True, Sender(robot=True, crowded=True), {"impression": "own", "click": "own"}),
    ],
)
def test_who_is_no_shopper_is_kept_and_void(world: World, own: bool, sender: Sender, expected: dict[str, str]) -> None:
    tagged(world)
    assert happen(serve(world, own=own), KIND.IMPRESSION, KIND.CLICK, sender=sender) == 2
    assert dict(voids()) == expected


def test_hands_are_not_that_quick(world: World, settings: Any) -> None:
    tagged(world)
    settings.HASTY_SECONDS = 3600.0
    happen(serve(world), KIND.IMPRESSION, KIND.CLICK)
    assert voids() == [("impression", ""), ("click", "hasty")]
    settings.HASTY_SECONDS = 0.0
    happen(serve(world, "w"), KIND.CLICK)
    assert voids()[-1] == ("click", "")


def test_a_second_click_of_the_day_is_a_repeat(world: World) -> None:
    tagged(world)
    for _ in range(2):
        happen(serve(world), KIND.IMPRESSION, KIND.CLICK)
    happen(serve(world), KIND.SAVE)
    happen(serve(world, "somebody else"), KIND.CLICK)
    expected = [("impression", ""), ("click", ""), ("impression", ""), ("click", "repeat"), ("save", ""), ("click", "")]
    assert voids() == expected
    EngagementEvent.objects.update(created_at=timezone.now() - timedelta(hours=25))
    happen(serve(world), KIND.CLICK)
    assert voids()[-1] == ("click", "")


def test_nobody_does_so_much_in_an_hour(world: World) -> None:
    tag = tagged(world)
    # The one thing among them that is not void: all others are repeats of it.
    for _ in range(VISITOR_DEEDS_AN_HOUR):
        happen(serve(world), KIND.CLICK)
    happen(serve(world), KIND.SAVE)
    assert voids()[-1] == ("save", "flood")
    happen(serve(world, "somebody else"), KIND.SAVE, tag=tag)
    assert voids()[-1] == ("save", "")


def test_void_events_teach_nothing(world: World) -> None:
    tagged(world)
    happen(serve(world), KIND.IMPRESSION, KIND.CLICK, sender=Sender(robot=True))
    assert ranker_learn(vertical=world.vertical) is None
    happen(serve(world), KIND.IMPRESSION)
    learned = ranker_learn(vertical=world.vertical)
    assert learned is not None and learned.events == 1


def test_what_has_gone_meanwhile_takes_its_events_along(world: World) -> None:
    tag, other = tagged(world), tagged(world, box=(0.6, 0.1, 0.9, 0.5))
    look = serve(world)
    token, gone = look.token, tag.pk
    tag.delete()
    happenings = [Happening(uuid.uuid4(), KIND.CLICK, pk) for pk in (gone, other.pk)]
    assert events_record(token=token, happenings=happenings) == 1
    assert EngagementEvent.objects.get().tag == other


def test_the_product_is_the_one_that_was_shown(world: World) -> None:
    tag = tagged(world)
    token = serve(world).token
    Tag.objects.filter(pk=tag.pk).update(product=world.sofas[1])
    events_record(token=token, happenings=[Happening(uuid.uuid4(), KIND.CLICK, tag.pk)])
    assert EngagementEvent.objects.get().product == world.sofas[0]


def test_a_batch_costs_one_statement(world: World, django_assert_num_queries: Any) -> None:
    tagged(world)
    look = serve(world)
    happen(serve(world, "whose statement is prepared"), KIND.IMPRESSION)
    with django_assert_num_queries(1):
        happen(look, *KIND)
