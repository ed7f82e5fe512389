"""What hangs on tags that nobody judged, and that people are asked about what shoppers look at before the rest."""

from __future__ import annotations

import math
import uuid
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from labeling.annotation.models import Campaign
from labeling.brands.models import Policy
from labeling.catalog.models import Scene, Vertical
from labeling.serving.evidence import Record
from labeling.serving.models import EngagementEvent, RankerState, TagGrade
from labeling.serving.ranker import COLD, FEATURES, Ranking
from labeling.serving.services import grades_refresh
from labeling.serving.stakes import LEAST_STAKE, stakes, tags_at_stake
from labeling.serving.tasks import ask_where_shoppers_look
from labeling.tags.models import Audit, AutomationPolicy, Tag
from labeling.tags.services.auditing import CAMPAIGN
from labeling.tags.tasks import audit_published
from models_ml.reranking import ndcg_at
from tests.labeling.bursting import said, work_through
from tests.labeling.serving.test_worth import offer
from tests.labeling.tagging import hold_place
from tests.labeling.tags.test_audits import publish
from tests.world import World

PLACE = "https://bram.example"
TAGS = (1, 2, 3, 4, 5, 6)
LAST_LIKED = {tag: Record(100.0, 90.0 if tag == 6 else 50.0 / tag) for tag in TAGS}
"""What the models hold the least sure of is taken most, then the first, and so on down."""


def knowing() -> Ranking:
    """A version that goes by what shoppers take, of which this scene holds all looks."""
    told = (4.0 if name == "confidence" else 0.0 for name in FEATURES)
    return Ranking(replace(COLD, relevance=np.array(list(told)), pull=0.0, floor=0.1), looked=600.0)


def look_at(tag: Tag, times: int, *, days_ago: int = 0) -> None:
    """So many looks at the scene of a tag."""
    rows = [
        EngagementEvent(
            client_uuid=uuid.uuid4(), kind="impression", look=uuid.uuid4(), scene=tag.scene, tag=tag, product=tag.product,
            position=1, propensity=1.0, visitor="v",
        ) for _ in range(times)
    ]  # fmt: skip
    made = EngagementEvent.objects.bulk_create(rows)
    if days_ago:
        moment = timezone.now() - timedelta(days=days_ago)
        EngagementEvent.objects.filter(pk__in=[row.pk for row in made]).update(created_at=moment)


def served(world: World, count: int) -> list[Tag]:
    """So many tags of an automation in scenes of their own, none of them drawn for audit, under a live ranking."""
    publish(world, count, share=0.0)
    RankerState.objects.create(vertical=world.vertical, number=1, live=True)
    return list(Tag.objects.exclude(scene=world.scene).order_by("pk"))


def at_stake(world: World) -> list[int]:
    return tags_at_stake(vertical=world.vertical)


def test_it_works(world: World) -> None:
    tags = served(world, 3)
    for tag, times in zip(tags, (10, 30, 20), strict=True):
        look_at(tag, times)
    assert at_stake(world) == [tags[1].pk, tags[2].pk, tags[0].pk]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.2, 1.0])
def test_it_is_what_is_lost_if_the_product_is_wrong_after_all(share: float) -> None:
    """By the definition: nDCG@5 of equal gains, less the same with none where shoppers would have the tag."""
    found = stakes([offer(tag) for tag in TAGS], LAST_LIKED, knowing(), share=share)
    assert set(found) == set(TAGS)
    best = sum(1 / math.log2(place + 1) for place in range(1, 6))
    for place, tag in enumerate((6, 1, 2, 3, 4, 5)):
        gains = [float(at != place) for at in range(6)]
        told = sum(gain / math.log2(at + 2) for at, gain in enumerate(gains[:5])) / best
        assert found[tag] == pytest.approx(share * (ndcg_at(5, [1.0] * 6) - told))


def test_nothing_hangs_on_what_people_have_said() -> None:
    offers = [replace(offer(tag), source="human" if tag == 2 else "model") for tag in TAGS]
    records = LAST_LIKED | {1: LAST_LIKED[1]._replace(gain=1.0), 3: LAST_LIKED[3]._replace(gain=0.0)}
    assert set(stakes(offers, records, knowing(), share=0.5)) == {4, 5, 6}


def test_a_scene_without_tags_and_records_that_are_missing() -> None:
    assert stakes([], {}, knowing(), share=1.0) == {}
    assert set(stakes([offer(1)], {}, Ranking(), share=1.0)) == {1}


def test_nobody_is_asked_before_anything_is_ranked_or_looked_at(world: World) -> None:
    tags = served(world, 1)
    assert at_stake(world) == []
    look_at(tags[0], 5)
    assert at_stake(world) == [tags[0].pk]
    RankerState.objects.update(live=False)
    assert at_stake(world) == []


def test_looks_of_long_ago_do_not_count(world: World) -> None:
    old, new = served(world, 2)
    look_at(old, 50, days_ago=29)
    look_at(new, 1)
    assert at_stake(world) == [new.pk]


def test_what_hardly_anybody_looks_at_is_left_alone(world: World) -> None:
    much, little = served(world, 2)
    most = math.floor(1 / (LEAST_STAKE * 2.9485))
    look_at(much, most + 50)
    look_at(little, 1)
    assert at_stake(world) == [much.pk]
    EngagementEvent.objects.filter(pk__in=EngagementEvent.objects.filter(tag=much).values("pk")[:100]).delete()
    assert at_stake(world) == [much.pk, little.pk]


def test_what_was_judged_picked_or_hidden_is_left_out(world: World) -> None:
    graded, audited, hidden, human, left = served(world, 5)
    for tag in (graded, audited, hidden, human, left):
        look_at(tag, 10)
    TagGrade.objects.create(tag=graded, product=graded.product, gain=1.0)
    policy = AutomationPolicy.objects.get()
    Audit.objects.create(tag=audited, policy=policy)
    Tag.objects.filter(pk=hidden.pk).update(state=Tag.State.HELD)
    Tag.objects.filter(pk=human.pk).update(source=Tag.Source.HUMAN)
    assert at_stake(world) == [left.pk]


def test_a_place_whose_owner_closed_it_is_left_out(world: World) -> None:
    [tag] = served(world, 1)
    look_at(tag, 10)
    Scene.objects.filter(pk=tag.scene_id).update(
        source_url=f"{PLACE}/a", domain="bram.example", places=["bram.example"]
    )
    assert at_stake(world) == [tag.pk]
    hold_place(world, Policy.CLOSED)
    assert at_stake(world) == []


def test_another_vertical_has_stakes_of_its_own(world: World) -> None:
    [tag] = served(world, 1)
    look_at(tag, 10)
    assert tags_at_stake(vertical=Vertical.objects.create(slug="fashion", name="Fashion")) == []


def test_people_judge_it_and_the_ranking_knows(world: World) -> None:
    tags = served(world, 3)
    for tag, times in zip(tags, (10, 30, 20), strict=True):
        look_at(tag, times)
    ask_where_shoppers_look()
    assert list(Audit.objects.order_by("pk").values_list("tag", "drawn")) == [
        (tags[1].pk, False), (tags[2].pk, False), (tags[0].pk, False),
    ]  # fmt: skip
    audit_published()
    work_through(world.ann, Campaign.objects.get(name=CAMPAIGN), lambda shown, each: said(each))
    grades_refresh(vertical=world.vertical)
    assert set(TagGrade.objects.values_list("tag", "gain")) == {(tag.pk, 1.0) for tag in tags}
    assert at_stake(world) == []
    ask_where_shoppers_look()
    assert Audit.objects.count() == 3
