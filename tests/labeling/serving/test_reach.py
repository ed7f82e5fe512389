"""A product that nobody judged climbs by clicks only so far in a scene that much of all traffic comes to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from labeling.serving.evidence import Record
from labeling.serving.ranker import AT_RISK, BEST_DCG, COLD, FEATURES, LEAST_CLIMB, Ranking, rank
from models_ml.reranking import ndcg_at
from tests.labeling.serving.test_worth import offer

TAGS = (1, 2, 3, 4, 5)
SEEN = 100.0
LAST = {tag: Record(SEEN, 90.0 if tag == 5 else 5.0) for tag in TAGS}
"""What is the least sure of is taken nearly always; all is looked at alike."""


def ranking(share: float) -> Ranking:
    """One that knows what people would say by the confidence, and of which this scene has such a share of all looks."""
    told = np.array([4.0 if name == "confidence" else 0.0 for name in FEATURES])
    return Ranking(replace(COLD, relevance=told, pull=0.0, floor=0.1), looked=SEEN * len(TAGS) / share)


def place(share: float, records: Mapping[int, Record] = LAST, *, source: str = "model", seed: str | None = None) -> int:
    """Where the tag that shoppers take stands."""
    offers = [replace(offer(tag), source=source if tag == 5 else "model") for tag in TAGS]
    shown = [ranked.offer.tag for ranked in rank(offers, records, ranking(share), seed=seed)]
    return shown.index(5) + 1


def test_it_works() -> None:
    assert place(0.001) == 1
    assert place(0.075) == 2
    assert place(1.0) == 5 - LEAST_CLIMB


@pytest.mark.parametrize("share", [0.02, 0.035, 0.052, 0.06, 0.07, 0.075, 0.085, 0.1, 0.5])
def test_it_goes_as_far_as_all_looks_together_can_bear(share: float) -> None:
    """By the definition: nDCG@5 of equal gains, of which the one that climbed to the first turns out to be none."""
    right = ndcg_at(5, [1.0] * 5) * sum(1 / math.log2(place + 1) for place in range(1, 6))
    borne = []
    for climb in range(1, 5):
        before, after = ([float(at != where) for at in range(5)] for where in (climb, 0))
        lost = sum((b - a) / math.log2(at + 2) for at, (b, a) in enumerate(zip(before, after, strict=True))) / right
        borne += [climb] if share * lost <= AT_RISK else []
    assert place(share) == 5 - max([LEAST_CLIMB, *borne])


@pytest.mark.parametrize("over", [0.0, 1e-15, 1e-9, 1e-4, 1e-3, 0.01, 0.1, 0.12])
def test_a_share_at_or_just_over_the_limit_is_as_good_as_free(over: float) -> None:
    assert place(AT_RISK * BEST_DCG * (1 + over)) == 1


def test_a_scene_that_nobody_looked_at_is_free() -> None:
    offers = [offer(tag) for tag in TAGS]
    assert [ranked.offer.tag for ranked in rank(offers, {}, ranking(1.0), seed=None)] == list(TAGS)


def test_what_people_judged_goes_where_shoppers_want_it() -> None:
    assert place(1.0, LAST | {5: LAST[5]._replace(gain=0.6)}) == 1
    assert place(1.0, source="human") == 1
    assert place(1.0, LAST | {5: LAST[5]._replace(gain=0.0)}) == 5


@pytest.mark.parametrize("seed", [str(n) for n in range(20)])
def test_no_draw_lifts_it_further(seed: str) -> None:
    assert place(1.0, seed=seed) >= 5 - LEAST_CLIMB


def test_before_people_said_enough_nothing_is_held_back() -> None:
    offers, unknown = [offer(tag) for tag in TAGS], replace(ranking(1.0), model=COLD)
    assert rank(offers, LAST, unknown, seed=None)[0].offer.tag == 5


def test_a_version_that_never_counted_looks_holds_nothing_back() -> None:
    state = ranking(1.0).to_state()
    assert Ranking.of(state).looked == pytest.approx(SEEN * len(TAGS))
    del state["looked"]
    offers = [offer(tag) for tag in TAGS]
    assert rank(offers, LAST, Ranking.of(state), seed=None)[0].offer.tag == 5
