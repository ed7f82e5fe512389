"""What another order would have earned, estimated from a log and compared with the truth."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from models_ml.reranking.offline import ndcg_at, snips


def test_snips_finds_what_the_other_order_earns() -> None:
    rng = np.random.default_rng(0)
    likes, looks = np.array([0.1, 0.3, 0.2]), np.array([1.0, 0.6, 0.4])
    orders = list(itertools.permutations(range(3)))
    shares = np.array([0.5, 0.1, 0.1, 0.1, 0.1, 0.1])
    wanted = (1, 2, 0)
    rewards, chances, agrees = [], [], []
    for number in rng.choice(len(orders), 20_000, p=shares):
        for at, item in enumerate(orders[number]):
            rewards.append(float(rng.random() < likes[item] * looks[at]))
            chances.append(sum(s for s, o in zip(shares, orders, strict=True) if o[at] == item))
            agrees.append(wanted[at] == item)
    truth = sum(likes[item] * looks[at] for at, item in enumerate(wanted)) / 3
    value = snips(np.array(rewards), np.array(chances), np.array(agrees))
    assert abs(value.mean - truth) < 4 * value.error < 0.02
    assert value.effective < value.impressions == 60_000
    assert abs(np.mean(rewards) - truth) > 4 * value.error


def test_even_weights_are_worth_their_number_and_uneven_ones_less() -> None:
    yes = np.ones(4, bool)
    assert snips(np.ones(4), np.full(4, 0.5), yes).effective == pytest.approx(4)
    assert snips(np.ones(4), np.array([1.0, 1.0, 1.0, 0.05]), yes).effective == pytest.approx(23**2 / 403)


def test_weights_are_clipped() -> None:
    value = snips(np.array([1.0, 0.0]), np.array([0.0001, 1.0]), np.ones(2, bool), clip=9)
    assert value.mean == pytest.approx(0.9)


def test_where_nothing_agrees_nothing_is_said() -> None:
    value = snips(np.ones(3), np.ones(3), np.zeros(3, bool))
    assert math.isnan(value.mean)
    assert value.effective == 0


def test_impossible_chances_are_refused() -> None:
    for chance in (0.0, 1.5):
        with pytest.raises(ValueError, match="chances"):
            snips(np.ones(1), np.array([chance]), np.ones(1, bool))


def naive_ndcg(k: int, gains: list[float]) -> float:
    def dcg(row: list[float]) -> float:
        return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(row[:k], start=1))

    best = max(dcg(list(row)) for row in itertools.permutations(gains))
    return dcg(gains) / best if best else 1.0


def test_ndcg_equals_the_best_of_all_orders() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        gains = rng.choice([0.0, 0.6, 1.0], 6).tolist()
        assert ndcg_at(3, gains) == pytest.approx(naive_ndcg(3, gains))
    assert ndcg_at(5, []) == 1.0
