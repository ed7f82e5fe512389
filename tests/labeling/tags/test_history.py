"""A tag's history tells every change with its cause, back to how it came to be; and nothing rewrites it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.db import connection

from labeling.brands.models import Policy
from labeling.tags.models import AutomationPolicy, Tag, TagEvent, TagReview
from labeling.tags.services import Ruling, policy_stop, tag_confirm, tag_review, tags_move
from labeling.tags.services import tags_withdraw_for_resolution as withdraw
from tests.labeling.tagging import hold_place, obey, resolve, tagged
from tests.world import World


def automatic(world: World) -> Tag:
    """A tag as automation publishes it."""
    proposal = world.proposals[0]
    return Tag.objects.create(
        **proposal.box._asdict(), scene=world.scene, category=world.sofa, product=world.sofas[0], grade="exact",
        source="model", state="live", reason="sure", proposal=proposal,
    )  # fmt: skip


def told(tag: Tag) -> list[tuple[str, str, str]]:
    return list(tag.history.order_by("id").values_list("cause", "state", "reason"))


def test_it_works(world: World) -> None:
    resolution = resolve(world)
    tag = tag_confirm(resolution=resolution)
    assert tag is not None
    tag_confirm(resolution=resolution)
    withdraw(resolutions=[resolution])
    withdraw(resolutions=[resolution])
    assert told(tag) == [
        ("people", "live", "Confirmed by people."),
        ("people", "hidden", "People have since decided otherwise."),
    ]
    first = tag.history.order_by("id")[0]
    assert (first.resolution, first.product, first.confidence) == (resolution, world.sofas[0], 1.0)


def test_a_ruling_and_a_change_of_policy(world: World) -> None:
    tag = tagged(world, scene=world.other_scene)
    claim = hold_place(world, Policy.REVIEW_FIRST)
    obey(claim)
    said = Ruling(tag=tag.pk, ruling=TagReview.Ruling.CORRECT, product=world.sofas[2])
    review = tag_review(said=said, reviewer=world.bram)
    assert [cause for cause, _, _ in told(tag)] == ["people", "place", "owner"]
    last = TagEvent.objects.latest("id")
    assert (last.actor, last.review, last.product, last.state) == (world.bram, review, world.sofas[2], "live")


def test_people_take_the_place_of_automation(world: World) -> None:
    tag = automatic(world)
    resolution = resolve(world, proposal=world.proposals[0], accepted=False)
    tag_confirm(resolution=resolution)
    assert told(tag) == [("people", "hidden", "Replaced by what people decided.")]
    assert TagEvent.objects.get().resolution == resolution


def test_a_stop_names_the_policy_and_who(world: World) -> None:
    tag = automatic(world)
    policy = AutomationPolicy.objects.create(vertical=world.vertical, category=world.sofa, enabled=True)
    policy_stop(policy=policy, reason="no good", actor=world.cora)
    event = tag.history.get()
    assert (event.cause, event.state, event.policy, event.actor) == ("stop", "held", policy, world.cora)


def test_moving_what_stands_so_already_tells_nothing(world: World) -> None:
    tag = automatic(world)
    for _ in range(2):
        tags_move(tags=Tag.objects.all(), state=Tag.State.HELD, reason="wait", cause=TagEvent.Cause.STOP)
    assert told(tag) == [("stop", "held", "wait")]
    tag.refresh_from_db()
    assert (tag.state, tag.reason) == ("held", "wait")


def test_many_are_moved_in_a_few_queries(world: World, django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        resolve(world, box=(0.1, 0.1, 0.2, 0.2 + number / 100))
    for resolution in world.campaign.resolutions.all():
        tag_confirm(resolution=resolution)
    with django_assert_max_num_queries(6):
        assert tags_move(tags=Tag.objects.all(), state=Tag.State.HIDDEN, reason="all", cause=TagEvent.Cause.STOP) == 30


def test_what_was_there_before_the_history_begins_as_it_stands(world: World) -> None:
    begin = import_module("labeling.tags.migrations.0007_history_of_what_was_there").BEGIN
    old, known = automatic(world), tagged(world)
    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute(begin)
    assert told(old) == [("automation", "live", "sure")]
    assert len(told(known)) == 1
    assert old.history.get().created_at == old.updated_at
