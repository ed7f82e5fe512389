"""Pairs are found by anything, page by page: as naive loops over all of them say."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone

from labeling.common.errors import NotFoundError
from labeling.datasets.models import Pair, PairVoice
from labeling.datasets.selectors import Wanted, finding, pairs_fitting, pairs_found
from tests.labeling.datasets.pairing import DOMAINS, aged, motley
from tests.world import World


@dataclass(frozen=True)
class Facts:
    """What is true of a pair, read off the rows it comes from and not off what the database keeps in it."""

    pair: Pair
    said: set[int]
    agreement: float
    score: float | None


def facts_of(pair: Pair) -> Facts:
    resolution = pair.resolution
    assert resolution is not None and resolution.proposal is not None
    scores = [each.score for each in resolution.proposal.candidates.all() if each.product_id == pair.product_id]
    said = {each.annotator_id for each in resolution.annotations.all()}
    return Facts(pair, said, resolution.agreement, max(scores, default=None))


def fits(facts: Facts, wanted: dict[str, Any]) -> bool:
    pair = facts.pair
    true = {
        "vertical": lambda value: pair.vertical_id == value,
        "withdrawn": lambda value: (pair.withdrawn_at is not None) == value,
        "category": lambda value: (pair.category_id or pair.product.category_id) == value,
        "brand": lambda value: pair.product.brand_id == value,
        "person": lambda value: value in facts.said,
        "domain": lambda value: pair.scene.source_url.split("/")[2] == value,
        "grade": lambda value: pair.grade == value,
        "source": lambda value: pair.source == value,
        "pairs": lambda value: pair.pk in value,
        "scenes": lambda value: pair.scene_id in value,
        "products": lambda value: pair.product_id in value,
        "since": lambda value: pair.created_at >= value,
        "until": lambda value: pair.created_at < value,
        "agreement_from": lambda value: facts.agreement >= value,
        "agreement_to": lambda value: facts.agreement <= value,
        "score_from": lambda value: facts.score is not None and facts.score >= value,
        "score_to": lambda value: facts.score is not None and facts.score <= value,
    }
    return all(true[name](value) for name, value in wanted.items())


def naive(known: list[Facts], wanted: dict[str, Any]) -> list[int]:
    """The keys of those that fit, newest first, found by looking at each."""
    found = [each.pair for each in known if fits(each, wanted)]
    return [pair.pk for pair in sorted(found, key=lambda pair: (pair.created_at, pair.pk), reverse=True)]


def walked(wanted: Wanted, size: int) -> list[int]:
    """All pages one after the other."""
    pairs: list[int] = []
    before = None
    while True:
        page = pairs_found(wanted, before=before, size=size)
        assert len(page.pairs) == size or page.before is None or page.looked_through
        pairs += page.pairs
        if page.before is None:
            return pairs
        before = page.before


def wishes(world: World, pairs: list[Pair], draw: random.Random) -> dict[str, Any]:
    """Some things to ask for at once."""
    some = [pair.pk for pair in draw.sample(pairs, 9)]
    now = timezone.now()
    all_of_them: dict[str, Any] = {
        "category": draw.choice([world.sofa.pk, world.lamp.pk]),
        "brand": world.brand.pk,
        "person": draw.choice([world.ann.pk, world.arif.pk, world.cora.pk]),
        "domain": draw.choice(DOMAINS),
        "grade": draw.choice(["exact", "similar"]),
        "source": draw.choice(["annotators", "brand"]),
        "pairs": tuple(some),
        "scenes": tuple(pair.scene_id for pair in pairs[::3]),
        "products": (world.sofas[0].pk, world.lamps[0].pk),
        "since": now - dt.timedelta(days=draw.choice([2, 5])),
        "until": now - dt.timedelta(days=draw.choice([0, 1, 3])),
        "agreement_from": draw.choice([0.5, 0.6, 1.0]),
        "agreement_to": draw.choice([0.5, 0.9]),
        "score_from": -0.3,
        "score_to": 0.6,
    }
    names = draw.sample(sorted(all_of_them), draw.choice([0, 1, 1, 2, 3]))
    return {name: all_of_them[name] for name in names} | {
        "vertical": world.vertical.pk,
        "withdrawn": draw.random() < 0.3,
    }


@pytest.mark.parametrize("window", [10_000, 3])
def test_it_works(world: World, monkeypatch: pytest.MonkeyPatch, window: int) -> None:
    pairs, draw = motley(world), random.Random(window)
    known = [facts_of(pair) for pair in pairs]
    monkeypatch.setattr(finding, "WINDOW", window)
    found = 0
    for _ in range(60):
        asked = wishes(world, pairs, draw)
        expected = naive(known, asked)
        assert walked(Wanted(**asked), draw.choice([1, 4, 100])) == expected, asked
        found += len(expected)
    assert found > 100


def test_each_wish_alone(world: World) -> None:
    pairs = motley(world, 20)
    known = [facts_of(pair) for pair in pairs]
    for name, value in {
        "brand": world.brand.pk, "person": world.arif.pk, "domain": DOMAINS[1], "category": world.lamp.pk,
        "grade": "similar", "score_from": 0.0, "agreement_to": 0.7, "products": (), "pairs": (pairs[3].pk,),
    }.items():  # fmt: skip
        asked = {"vertical": world.vertical.pk, "withdrawn": False, name: value}
        page = pairs_found(Wanted(**asked), before=None, size=100)
        assert page.pairs == naive(known, asked), name
        assert page.count == len(page.pairs)


def test_pages_tell_how_many_and_where_they_go_on(world: World) -> None:
    pairs = motley(world, 9)
    Pair.objects.update(withdrawn_at=None)
    wanted = Wanted(vertical=world.vertical.pk)
    first = pairs_found(wanted, before=None, size=4)
    assert (first.count, first.before, len(first.pairs)) == (9, first.pairs[-1], 4)
    assert pairs_found(wanted, before=first.before, size=100).before is None
    assert pairs_fitting(wanted, most=9) is not None and pairs_fitting(wanted, most=8) is None
    with pytest.raises(NotFoundError, match="no pair 999999"):
        pairs_found(wanted, before=999_999, size=4)
    assert len(pairs) == 9


def test_a_page_that_stopped_looking_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "WINDOW", 3)
    pairs = motley(world, 8)
    Pair.objects.update(withdrawn_at=None, grade="exact")
    oldest = pairs[0]
    aged(oldest, dt.timedelta(days=30))
    Pair.objects.filter(pk=oldest.pk).update(grade="similar", product=world.sofas[2])
    Pair.objects.exclude(pk=oldest.pk).update(product=world.lamps[0])
    # Exact pairs lead nowhere, so the vertical is walked; the only one that fits is the last.
    wanted = Wanted(vertical=world.vertical.pk, grade="exact", agreement_from=0.0, score_from=-1.0)
    page = pairs_found(wanted, before=None, size=100)
    assert page.looked_through and page.before is not None and page.count is None
    assert pairs_fitting(wanted, most=100) is None


def test_two_of_one_moment_are_both_shown(world: World) -> None:
    motley(world, 6)
    Pair.objects.update(created_at=timezone.now(), withdrawn_at=None)
    PairVoice.objects.update(created_at=Pair.objects.earliest("pk").created_at)
    for asked in ({}, {"person": world.ann.pk}):
        pages = walked(Wanted(vertical=world.vertical.pk, **asked), 1)
        assert len(pages) == len(set(pages)) > 0
