"""A version is fitted to what is known, serves if nothing speaks against it, and can be made again to the bit."""

from __future__ import annotations

import random
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from labeling.annotation.models import Resolution
from labeling.inference.models import Proposal
from labeling.serving import ranker
from labeling.serving.lessons import known_of
from labeling.serving.models import RankerState, TagGrade
from labeling.serving.offers import offers_passed_over
from labeling.serving.ranker import GAINS
from labeling.serving.services import ranker_fit, ranker_freeze, ranker_learn, version_refits
from labeling.serving.tasks import fit_rankings
from labeling.tags.models import Tag
from tests.world import World, make_scene

pytestmark = pytest.mark.django_db(transaction=True)
INSERT = """
INSERT INTO serving_engagementevent (client_uuid, kind, void, look, served_on, scene_id, tag_id, product_id, position,
    propensity, chance, arm, visitor, created_at) VALUES (%s, %s, '', %s, current_date, %s, %s, %s, %s, %s, %s, '', 'v', now())
"""


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.RANKER_ROOT = tmp_path / "rankers"


def crowd(world: World, *, scenes: int = 12, looks: int = 30, seed: int = 0) -> list[Tag]:
    """Scenes of two tags, the dearer of which is wanted three times as often, whatever stands first; orders are drawn."""
    rng = random.Random(seed)
    tags: list[Tag] = []
    rows: list[list[Any]] = []
    for number in range(scenes):
        scene = make_scene(world.vertical, f"crowd-{seed}-{number}")
        mine = [
            Tag.objects.create(
                scene=scene, category=world.sofa, product=world.sofas[n], grade="exact", source="model", state="live",
                reason="sure", confidence=0.9 - n / 10, left=0.1 + n / 2, top=0.1, right=0.4 + n / 2, bottom=0.4,
            ) for n in range(2)
        ]  # fmt: skip
        tags += mine
        for _ in range(looks):
            look, shown = uuid.UUID(int=rng.getrandbits(128)), rng.sample(mine, 2)
            for position, tag in enumerate(shown, start=1):
                told: list[Any] = [look, scene.pk, tag.pk, tag.product_id, position, 1 / position, 0.5]
                rows.append([uuid.UUID(int=rng.getrandbits(128)), "impression", *told])
                if rng.random() < (0.6 if tag.product_id == world.sofas[1].pk else 0.2) / position:
                    rows.append([uuid.UUID(int=rng.getrandbits(128)), "click", *told])
    with connection.cursor() as cursor:
        cursor.executemany(INSERT, rows)
    return tags


def test_it_works(world: World) -> None:
    tags = crowd(world)
    first = ranker_learn(vertical=world.vertical)
    assert first is not None and first.events == 12 * 30 * 2
    fit_rankings()
    live = RankerState.objects.get(live=True)
    assert (live.number, live.reason) == (first.number + 1, "Fitted to 24 products at tags.")
    assert live.report["worth"]["usual"]["impressions"] > 50
    assert live.report["worth"]["new"]["mean"] > live.report["worth"]["usual"]["mean"]
    known = known_of(vertical=world.vertical, now=timezone.now())
    weights = dict(zip(live.state["model"]["names"], live.state["model"]["merit"], strict=True))
    assert weights["popularity"] > 0 or weights["price"] > 0
    assert {lesson.offer.tag for lesson in known.lessons} == {tag.pk for tag in tags}
    assert ranker_fit(vertical=world.vertical) is None, "nothing is new"


def test_what_was_held_out_has_no_part_in_what_judges_it(world: World) -> None:
    crowd(world, scenes=2)
    ranker_learn(vertical=world.vertical)
    known = known_of(vertical=world.vertical, now=timezone.now())
    for whole, taught in zip(known.lessons, known.teaching, strict=True):
        mine = [each for held in known.held for each in held.impressions if each.tag == whole.offer.tag]
        assert whole.record.seen - taught.record.seen == pytest.approx(
            sum(1 / each.position for each in mine), rel=1e-3
        )
        assert whole.record.taken - taught.record.taken == pytest.approx(
            sum(each.reward for each in mine), rel=1e-3, abs=1e-6
        )
    assert 0 < sum(len(held.impressions) for held in known.held) < 30 * 2


def test_the_same_lessons_make_the_same_version(world: World) -> None:
    crowd(world, scenes=4)
    first = ranker_learn(vertical=world.vertical)
    made = ranker_fit(vertical=world.vertical)
    assert first is not None and made is not None
    assert version_refits(version=made)
    assert version_refits(version=first)
    made.state["model"]["merit"][0] += 1e-12
    assert not version_refits(version=made)


def test_a_frozen_ranking_is_not_fitted(world: World) -> None:
    crowd(world, scenes=4)
    ranker_learn(vertical=world.vertical)
    ranker_freeze(vertical=world.vertical, reason="a look at it", actor=world.sana)
    assert ranker_fit(vertical=world.vertical) is None


def test_what_people_fault_is_refused_and_kept_with_the_reason(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.serving.guards.refusal", lambda **_: "people's word")
    crowd(world, scenes=4)
    first = ranker_learn(vertical=world.vertical)
    made = ranker_fit(vertical=world.vertical)
    assert made is not None and first is not None
    assert (made.live, made.served, made.reason) == (False, False, "Refused: people's word")
    assert RankerState.objects.get(live=True) == first


def test_a_live_version_that_buries_what_people_want_stops_by_itself(world: World) -> None:
    tags = crowd(world, scenes=30, looks=12)
    first = ranker_learn(vertical=world.vertical)
    assert first is not None
    # It ranks the least sure first, against what people say.
    weights = [-9.0 if name == "confidence" else 0.0 for name in ranker.FEATURES]
    cold = ranker.Ranking().to_state()
    first.state = cold | {"model": cold["model"] | {"merit": weights, "kappa": 1e6}}
    first.save()
    TagGrade.objects.bulk_create(
        TagGrade(tag=tag, product=tag.product, gain=1.0 if tag.product_id == world.sofas[0].pk else 0.6) for tag in tags
    )
    stopped = said_again(world, tags)
    assert stopped is not None
    assert (stopped.frozen, stopped.live) == (True, True)
    assert stopped.reason.startswith("Stopped by itself: nDCG@5 by people's word fell to")


def said_again(world: World, tags: list[Tag]) -> RankerState | None:
    """Fit, with resolutions behind the grades, so that the fit does not drop them as said by nobody."""

    for tag in tags:
        tag.proposal = Proposal.objects.create(
            scan=world.proposals[0].scan, scene=tag.scene, position=tag.pk % 30_000 + 10, category=world.sofa,
            detector_class="sofa", score=0.9, left=tag.left, top=tag.top, right=tag.right, bottom=tag.bottom,
        )  # fmt: skip
        tag.save()
        Resolution.objects.create(
            campaign=world.campaign, scene=tag.scene, proposal=tag.proposal, accepted=True, category=world.sofa,
            product=tag.product, grade="exact" if tag.product_id == world.sofas[0].pk else "similar",
            left=tag.left, top=tag.top, right=tag.right, bottom=tag.bottom,
        )  # fmt: skip
    return ranker_fit(vertical=world.vertical)


def test_what_people_passed_over_teaches_relevance(world: World) -> None:
    Tag.objects.create(
        scene=world.scene, category=world.sofa, product=world.sofas[1], grade="exact", source="human", state="live",
        reason="people", proposal=world.proposals[0], left=0.1, top=0.4, right=0.6, bottom=0.9,
    )  # fmt: skip
    (tag,) = Tag.objects.all()
    passed = offers_passed_over(tags=[tag.pk])
    assert [offer.product for offer in passed] == [world.sofas[0].pk, world.sofas[2].pk]
    assert passed[0].similarity == pytest.approx(0.8)
    world.sofas[0].variant_group = world.sofas[1].variant_group = "one form"
    world.sofas[0].save()
    world.sofas[1].save()
    assert [offer.product for offer in offers_passed_over(tags=[tag.pk])] == [world.sofas[2].pk]
    assert GAINS == {"exact": 1.0, "similar": 0.6, "none": 0.0}
