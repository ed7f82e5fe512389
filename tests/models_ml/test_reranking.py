"""The online ranker learns as McMahan's formula says, and never lifts what is not relevant."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from models_ml.reranking import FTRL, click_weights, rank


def naive_ftrl(rows, clicks, scale, alpha: float, beta: float, l1: float, l2: float) -> tuple[list[float], list[float]]:
    """Algorithm 1 of McMahan et al. 2013, a coordinate at a time."""
    d = len(rows[0])
    z, n, told = [0.0] * d, [0.0] * d, []

    def weight(i: int) -> float:
        if abs(z[i]) <= l1:
            return 0.0
        return -1 / ((beta + math.sqrt(n[i])) / alpha + l2) * (z[i] - math.copysign(l1, z[i]))

    for x, y, s in zip(rows, clicks, scale, strict=True):
        w = [weight(i) for i in range(d)]
        p = 1 / (1 + math.exp(-sum(w[i] * x[i] for i in range(d))))
        told.append(p)
        for i in range(d):
            g = s * (p - y) * x[i]
            sigma = (math.sqrt(n[i] + g * g) - math.sqrt(n[i])) / alpha
            z[i] += g - sigma * w[i]
            n[i] += g * g
    return [weight(i) for i in range(d)], told


def events(n: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    rows = np.column_stack([rng.normal(size=(n, 3)), np.ones(n)])
    chance = 1 / (1 + np.exp(-(rows @ [2.0, -1.0, 0.0, -0.5])))
    return rows, (rng.random(n) < chance).astype(float)


def test_it_works() -> None:
    rows, clicks = events(2000)
    ranker = FTRL(["price", "rank", "noise", "one"], alpha=0.3)
    ranker.update(rows, clicks)
    learned = dict(zip(ranker.names, ranker.weights, strict=True))
    assert learned["price"] > 1
    assert learned["rank"] < -0.5
    assert abs(learned["noise"]) < 0.3
    assert ranker.events == 2000


@pytest.mark.parametrize(("l1", "l2"), [(0.0, 1.0), (3.0, 0.5)])
def test_it_equals_the_paper_in_loops(l1: float, l2: float) -> None:
    rows, clicks = events(120)
    scale = np.random.default_rng(1).uniform(0.5, 4, 120)
    ranker = FTRL(list("abcd"), alpha=0.2, beta=0.7, l1=l1, l2=l2)
    told = ranker.update(rows, clicks, scale)
    weights, expected = naive_ftrl(rows.tolist(), clicks.tolist(), scale.tolist(), 0.2, 0.7, l1, l2)
    np.testing.assert_allclose(told, expected, rtol=1e-10)
    np.testing.assert_allclose(ranker.weights, weights, rtol=1e-10)


def test_l1_leaves_noise_at_zero() -> None:
    rows, clicks = events(300)
    ranker = FTRL(list("abcd"), l1=8.0)
    ranker.update(rows, clicks)
    assert ranker.weights[2] == 0.0
    assert ranker.weights[0] > 0


def test_learning_in_parts_is_learning_at_once() -> None:
    rows, clicks = events(80)
    whole, parts = FTRL(list("abcd")), FTRL(list("abcd"))
    whole.update(rows, clicks)
    parts.update(rows[:30], clicks[:30])
    parts = FTRL.from_dict(json.loads(json.dumps(parts.to_dict())))
    parts.update(rows[30:], clicks[30:])
    assert parts.to_dict() == whole.to_dict()


def test_a_new_ranker_has_no_opinion() -> None:
    assert FTRL(["a"]).score([[5.0], [-5.0]]).tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("features", "clicks"),
    [([[1.0]], [1]), ([[1.0, math.nan]], [1]), ([[1.0, 2.0]], [0.5]), ([[1.0, 2.0]], [1, 0])],
)
def test_bad_events_are_refused_and_change_nothing(features: list[list[float]], clicks: list[float]) -> None:
    ranker = FTRL(["a", "b"])
    before = ranker.to_dict()
    with pytest.raises(ValueError, match=r"features|clicks"):
        ranker.update(features, clicks)
    assert ranker.to_dict() == before


def test_a_damaged_state_is_refused() -> None:
    state = FTRL(["a", "b"]).to_dict()
    with pytest.raises(ValueError, match="lacks"):
        FTRL.from_dict({key: value for key, value in state.items() if key != "z"})
    with pytest.raises(ValueError, match="z must be 2"):
        FTRL.from_dict(state | {"z": [1.0]})


def test_clicks_decide_among_right_answers_only() -> None:
    scores = [0.2, 0.9, 0.5, 0.99]
    relevance = [0.8, 0.3, 0.7, 0.1]
    assert rank(scores, relevance, floor=0.5) == [2, 0, 1, 3]
    assert rank(scores, relevance, floor=0.0) == [3, 1, 2, 0]
    assert rank([0.5, 0.5, 0.5], [1, 1, 1], floor=0.5) == [0, 1, 2]
    assert rank([], [], floor=0.5) == []


def test_a_click_where_few_look_weighs_more() -> None:
    weights = click_weights([1, 1, 0, 1], [1.0, 0.25, 0.25, 0.001], clip=20)
    assert weights.tolist() == [1.0, 4.0, 1.0, 20.0]
    with pytest.raises(ValueError, match="propensities"):
        click_weights([1], [0.0])


def test_weights_undo_position_bias() -> None:
    rng = np.random.default_rng(0)
    n = 6000
    top = rng.random(n) < 0.5
    good = rng.random(n) < np.where(top, 0.3, 0.7)  # the good ones were mostly shown low
    looked = rng.random(n) < np.where(top, 1.0, 0.2)
    clicks = (looked & (rng.random(n) < np.where(good, 0.3, 0.15))).astype(float)
    rows = np.column_stack([good, np.ones(n)]).astype(float)
    blind, fair = FTRL(["good", "one"], alpha=1.0), FTRL(["good", "one"], alpha=1.0)
    blind.update(rows, clicks)
    fair.update(rows, clicks, click_weights(clicks, np.where(top, 1.0, 0.2)))
    assert blind.weights[0] < 0.3 < 0.5 < fair.weights[0]
