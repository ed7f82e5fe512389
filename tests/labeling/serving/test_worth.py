"""What an order would have earned, told from looks of which only some was seen: what a shopper would truly have brought it."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from labeling.serving.evidence import HeldOut, Impression, Record
from labeling.serving.offers import Offer
from labeling.serving.ranker import Ranking, worth
from models_ml.types import Box

LIKED = {1: 0.1, 2: 0.5, 3: 0.3}
"""How likely each tag is clicked where it is looked at; the usual order is 1, 2, 3."""


def offer(tag: int) -> Offer:
    return Offer(
        tag=tag, scene=1, product=tag, box=Box(0.1, 0.1, 0.4, 0.4), grade="exact", source="model", confidence=1 - tag / 10,
        detector=0.9, similarity=0.5, external_id="", title="", brand="", price=Decimal(1), currency="EUR", url="", image=None,
        category="sofa", category_name="Sofa", context="", since=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip


def looks(count: int, *, seen: int, records: dict[int, Record] | None = None, seed: int = 0) -> HeldOut:
    """Looks in every order alike, of which the first ``seen`` tags came on the screen."""
    rng, impressions = random.Random(seed), []
    for _ in range(count):
        shown = rng.sample([1, 2, 3], 3)
        for position, tag in enumerate(shown[:seen], start=1):
            impressions.append(Impression(tag, position, 1 / 3, float(rng.random() < LIKED[tag] / position)))
    return HeldOut([offer(tag) for tag in (1, 2, 3)], records or {}, impressions)


def truth(order: tuple[int, ...], seen: int) -> float:
    """Clicks an impression that comes on the screen, if this is the order."""
    return sum(LIKED[tag] / position for position, tag in enumerate(order[:seen], start=1)) / seen


@pytest.mark.parametrize("seen", [1, 2, 3])
def test_it_works(seen: int) -> None:
    told = worth([looks(20_000, seen=seen)], None)
    assert told.mean == pytest.approx(truth((1, 2, 3), seen), abs=4 * told.error)
    assert told.error < 0.01


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
def test_each_order_is_told_apart_though_half_was_never_seen(order: tuple[int, ...]) -> None:
    records = {tag: Record(1e6, 1e6 * 0.3 / place) for place, tag in enumerate(order, start=1)}
    told = worth([looks(20_000, seen=2, records=records)], Ranking())
    assert told.mean == pytest.approx(truth(order, 2), abs=4 * told.error)


def test_nothing_is_told_of_an_order_whose_places_nobody_saw() -> None:
    held = looks(50, seen=3)
    last = HeldOut(
        held.offers, held.records, [each for each in held.impressions if each.tag == 3 and each.position == 1]
    )
    assert worth([last], None).effective == 0
