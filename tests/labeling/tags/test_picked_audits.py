"""Tags that are picked for blind judgement, not drawn: who is asked, what follows, and that no proof counts them."""

from __future__ import annotations

from typing import Any

import pytest

from labeling.annotation.models import BurstItem, Campaign
from labeling.annotation.services import Decision
from labeling.catalog.models import Vertical
from labeling.datasets.models import Pair
from labeling.tags.auditing import audits_of, policies_watched
from labeling.tags.models import Audit, Tag
from labeling.tags.services import audits_add, audits_ask, audits_ask_again, policies_stop_failing
from labeling.tags.services.auditing import BORNE_OUT, CAMPAIGN, DISAGREED, PICKED_AT_ONCE
from labeling.tags.tasks import audit_published
from tests.labeling.bursting import said, work_through
from tests.labeling.tagging import tagged
from tests.labeling.tags.test_audits import audit, publish
from tests.labeling.tags.test_second_look import third
from tests.world import World


def published(world: World, count: int) -> list[int]:
    """So many automatic tags, none of them drawn, the oldest first."""
    publish(world, count, share=0.0)
    return list(Tag.objects.exclude(scene=world.scene).order_by("pk").values_list("pk", flat=True))


def add(world: World, tags: list[int]) -> int:
    return audits_add(vertical=world.vertical, tags=tags)


def right(shown: dict[str, Any], each: dict[str, Any]) -> Decision:
    return said(each)


def test_it_works(world: World) -> None:
    tags = published(world, 3)
    assert add(world, tags[:2]) == 2
    assert add(world, tags[:2]) == 0
    assert set(Audit.objects.values_list("tag", "drawn")) == {(tag, False) for tag in tags[:2]}
    assert audits_ask(vertical=world.vertical) == 2
    audit(world, wrong=1)
    assert [Audit.objects.filter(correct=found).count() for found in (False, True, None)] == [1, 1, 0]
    [wrong] = Tag.objects.filter(audit__correct=False)
    assert (wrong.state, wrong.reason) == ("held", DISAGREED)
    assert not Pair.objects.exists()


def test_no_more_than_a_burst_waits_at_once_the_first_first(world: World) -> None:
    tags = published(world, PICKED_AT_ONCE + 4)
    assert add(world, tags[::-1]) == PICKED_AT_ONCE
    assert set(Audit.objects.values_list("tag", flat=True)) == set(tags[4:])
    assert add(world, tags) == 0
    audits_ask(vertical=world.vertical)
    audit(world, wrong=3)
    assert add(world, tags) == 4


def test_what_was_held_meanwhile_keeps_no_room(world: World) -> None:
    tags = published(world, PICKED_AT_ONCE + 4)
    add(world, tags[:PICKED_AT_ONCE])
    Tag.objects.filter(pk__in=tags[:2]).update(state=Tag.State.HELD)
    assert add(world, tags) == 2


def test_they_count_in_no_proof(world: World) -> None:
    tags = published(world, 16)
    add(world, tags)
    audit_published()
    audit(world, wrong=12)
    assert Audit.objects.filter(correct=False).count() == 12
    [watched] = policies_watched(vertical=world.vertical)
    assert (watched.precision.judged, audits_of(policy=watched.policy)) == (0, [])
    assert policies_stop_failing(vertical=world.vertical) == []


def test_what_was_drawn_still_does(world: World) -> None:
    policy = publish(world, 4, share=1.0)
    drawn = set(Audit.objects.values_list("pk", flat=True))
    assert add(world, list(Tag.objects.values_list("pk", flat=True))) == 0
    audit_published()
    audit(world)
    assert {each.pk for each in audits_of(policy=policy)} == drawn


def test_others_look_again_where_one_found_it_wrong(world: World) -> None:
    tags = published(world, 2)
    add(world, tags)
    audit_published()
    audit(world, wrong=1)
    wrong = Audit.objects.get(correct=False)
    assert audits_ask_again(policy=wrong.policy) == 1
    campaign = Campaign.objects.get(name=CAMPAIGN)
    for person in (world.arif, third()):
        work_through(person, campaign, right)
    wrong.refresh_from_db()
    assert wrong.correct and (wrong.tag.state, wrong.tag.reason) == ("live", BORNE_OUT)


@pytest.mark.parametrize("state", [Tag.State.HELD, Tag.State.HIDDEN])
def test_what_nobody_sees_is_not_picked(world: World, state: str) -> None:
    tags = published(world, 2)
    Tag.objects.filter(pk=tags[0]).update(state=state)
    assert add(world, tags) == 1
    assert Audit.objects.get().tag_id == tags[1]


def test_what_no_automation_published_is_not_picked(world: World) -> None:
    [tag] = published(world, 1)
    mine = tagged(world)
    Tag.objects.get(pk=tag).history.update(policy=None)
    assert add(world, [mine.pk, tag, 10**9]) == 0
    assert not Audit.objects.exists() and not BurstItem.objects.exists()


def test_another_vertical_is_left_alone(world: World) -> None:
    tags = published(world, 1)
    other = Vertical.objects.create(slug="fashion", name="Fashion")
    assert audits_add(vertical=other, tags=tags) == 0
    assert audits_add(vertical=world.vertical, tags=[]) == 0
