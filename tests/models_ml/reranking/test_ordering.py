"""The order shown: engagement among what is right, and chances that are what really happens."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from models_ml.reranking.ordering import order


def ordered(means: list[float], relevance: list[float], **more: object):
    shape = np.full(len(means), 5.0)
    given = {"lists": np.zeros(len(means), np.int64), "floor": 0.5, "pull": 0.0} | more
    return order(shape, shape / np.array(means), np.array(relevance), **given)


def test_it_works() -> None:
    found = ordered([0.1, 0.3, 0.2], [1.0, 1.0, 1.0])
    assert found.items.tolist() == [1, 2, 0]
    assert found.positions.tolist() == [3, 1, 2]
    assert found.chances.tolist() == [1.0, 1.0, 1.0]


def test_nothing_irrelevant_climbs_however_often_it_is_taken() -> None:
    found = ordered([0.1, 0.9, 0.2, 0.99], [0.8, 0.3, 0.7, 0.4])
    assert found.items.tolist() == [2, 0, 3, 1]


@pytest.mark.parametrize("seed", range(40))
def test_neither_draws_nor_shuffles_lift_what_is_irrelevant_or_barred(seed: int) -> None:
    found = ordered(
        [0.1, 0.9, 0.2, 0.99, 0.9], [0.8, 0.3, 0.7, 1.0, 0.4], explore=0.5, rng=np.random.default_rng(seed),
        barred=np.array([False, False, False, True, False]),
    )  # fmt: skip
    assert sorted(found.items[:2].tolist()) == [0, 2]
    assert found.items[2:].tolist() == [4, 1, 3]
    assert found.chances[[1, 3, 4]].tolist() == [1.0, 1.0, 1.0]


def test_relevance_pulls_as_hard_as_it_is_told_to() -> None:
    means, relevance = [0.3, 0.2], [0.6, 1.0]
    assert ordered(means, relevance, pull=0.0).items.tolist() == [0, 1]
    assert ordered(means, relevance, pull=1.0).items.tolist() == [1, 0]


def test_each_list_is_ordered_by_itself() -> None:
    found = ordered([0.1, 0.2, 0.3, 0.4], [1.0] * 4, lists=np.array([7, 3, 7, 3]))
    assert found.items.tolist() == [3, 1, 2, 0]
    assert found.positions.tolist() == [2, 2, 1, 1]


def test_the_chances_are_those_that_come_true() -> None:
    means, times = [0.2, 0.25, 0.15], 4000
    counts: Counter[tuple[int, int]] = Counter()
    told: dict[tuple[int, int], list[float]] = {}
    for seed in range(times):
        found = ordered(means, [1.0] * 3, explore=0.2, rng=np.random.default_rng(seed))
        for item in range(3):
            key = item, int(found.positions[item])
            counts[key] += 1
            told.setdefault(key, []).append(float(found.chances[item]))
    for key, count in counts.items():
        # Averaged over the looks that came to it, 1 / chance estimates 1 / share; the draws add a little.
        assert np.mean(told[key]) == pytest.approx(count / times, abs=0.05)


def test_inverse_chances_sum_to_one_at_each_place() -> None:
    """What unbiasedness rests on: over all looks, an item at a place weighs 1 / chance, and that averages to 1."""
    weights: Counter[tuple[int, int]] = Counter()
    times = 3000
    for seed in range(times):
        found = ordered([0.24, 0.26, 0.25], [1.0] * 3, explore=0.2, rng=np.random.default_rng(seed))
        for item in range(3):
            weights[item, int(found.positions[item])] += 1 / float(found.chances[item])
    assert all(0.75 < total / times < 1.25 for total in weights.values())


def test_what_is_little_known_gets_its_turn() -> None:
    shape, rate = np.array([400.0, 1.0]), np.array([2000.0, 6.0])
    first = Counter(
        int(order(shape, rate, np.ones(2), lists=np.zeros(2, np.int64), floor=0.5, pull=0.0, rng=np.random.default_rng(s))
            .items[0]) for s in range(300)
    )  # fmt: skip
    assert 20 < first[1] < 280


def test_the_seed_alone_decides() -> None:
    one, two = (ordered([0.2, 0.21, 0.22], [1.0] * 3, explore=0.3, rng=np.random.default_rng(5)) for _ in range(2))
    assert one.items.tolist() == two.items.tolist()
    assert one.chances.tolist() == two.chances.tolist()


def test_no_items() -> None:
    assert ordered([], []).items.tolist() == []
