"""The rule of confident learning against the paper's definition, counted naively."""

from __future__ import annotations

import random

import pytest

from labeling.datasets.suspicion import ENOUGH, USUAL, Doubt, Evidence, Slate, doubts_of

SOFA, LAMP = 1, 2


def naive(rows: list[Evidence]) -> dict[int, tuple[float, float]]:
    """Pair by pair and loop by loop: a matrix of probabilities, thresholds of its columns, gaps counted one by one."""
    found = {}
    for row in rows:
        category = product = 0.0
        if row.seen is not None and row.seen != row.given:
            others = [each for each in rows if each.given == row.seen]
            total = 0.0
            for each in others:
                total += each.score if each.seen == row.seen else min(each.score, 1 - each.score)
            own = min(row.score, 1 - row.score)
            if len(others) >= ENOUGH and row.score >= total / len(others) and row.score > own:
                category = row.score - own
        if row.slate is not None:
            slates = [each.slate for each in rows if each.given == row.given and each.slate is not None]
            scores = [each.confirmed for each in slates if each.confirmed is not None]
            gaps = [each.first - (each.last if each.confirmed is None else each.confirmed) for each in slates]
            mine = row.slate.first - (row.slate.last if row.slate.confirmed is None else row.slate.confirmed)
            below = sum(gap < mine for gap in gaps)
            sure = len(scores) >= ENOUGH and row.slate.first >= sum(scores) / len(scores)
            if sure and len(gaps) >= ENOUGH and below >= USUAL * len(gaps):
                product = mine / row.slate.first
        if category or product:
            found[row.pair] = (category, product)
    return found


def drawn(seed: int, size: int) -> list[Evidence]:
    """Pairs of four categories, now and then mislabeled, with slates of six and products beyond them."""
    rng = random.Random(seed)
    rows = []
    for pair in range(size):
        given = rng.choice([1, 1, 1, 2, 2, 3, 4]) if pair > 3 else 4
        seen = given if rng.random() < 0.8 else rng.choice([1, 2, 3, 4, None])
        scores = sorted((rng.random() for _ in range(6)), reverse=True)
        confirmed = rng.choice([scores[0]] * 12 + [*scores, None])
        slate = Slate(scores[0], scores[-1], confirmed) if rng.random() < 0.9 and seen == given else None
        rows.append(Evidence(pair, given, seen, rng.uniform(0.1, 1), slate))
    return rows


@pytest.mark.parametrize("seed", range(8))
def test_it_agrees_with_a_naive_count(seed: int) -> None:
    rows = drawn(seed, 300)
    doubts = doubts_of(rows)
    expected = naive(rows)
    assert {each.pair for each in doubts} == set(expected)
    assert any(each.category for each in doubts) and any(each.product for each in doubts)
    for each in doubts:
        assert (each.category, each.product) == pytest.approx(expected[each.pair])
    strengths = [sum(expected[each.pair]) for each in doubts]
    assert strengths == sorted(strengths, reverse=True)


def sofas(count: int, score: float = 0.7) -> list[Evidence]:
    return [Evidence(n, SOFA, SOFA, score, Slate(0.75, 0.25, 0.75)) for n in range(count)]


def test_a_category_asks_for_what_the_model_usually_has_of_it() -> None:
    sure, unsure = Evidence(100, LAMP, SOFA, 0.8, None), Evidence(101, LAMP, SOFA, 0.6, None)
    assert doubts_of([*sofas(20), sure, unsure]) == [Doubt(100, pytest.approx(0.6), 0.0)]
    assert {each.pair for each in doubts_of([*sofas(20, 0.55), sure, unsure])} == {100, 101}


def test_of_few_nothing_is_said() -> None:
    assert doubts_of([*sofas(ENOUGH - 1), Evidence(100, LAMP, SOFA, 0.99, None)]) == []
    assert len(doubts_of([*sofas(ENOUGH), Evidence(100, LAMP, SOFA, 0.99, None)])) == 1
    assert doubts_of([]) == []


def test_a_class_outside_the_taxonomy_contradicts_nobody() -> None:
    assert doubts_of([*sofas(20), Evidence(100, LAMP, None, 0.99, None)]) == []


def test_a_product_off_the_slate_counts_as_below_its_last() -> None:
    (doubt,) = doubts_of([*sofas(30), Evidence(100, SOFA, SOFA, 0.7, Slate(0.8, 0.2, None))])
    assert (doubt.pair, doubt.product) == (100, pytest.approx(0.75))


def test_a_model_that_is_not_sure_of_its_first_contradicts_nobody() -> None:
    assert doubts_of([*sofas(30), Evidence(100, SOFA, SOFA, 0.7, Slate(0.6, 0.1, 0.1))]) == []


def test_a_gap_that_is_usual_in_the_category_is_none() -> None:
    wide = [Evidence(200 + n, SOFA, SOFA, 0.7, Slate(0.8, 0.2, 0.4)) for n in range(5)]
    assert doubts_of([*sofas(30), *wide]) == [], "one in seven has this gap"
    assert len(doubts_of([*sofas(30), wide[0]])) == 1
