"""Intervals against the formula where there is one, and against a loop."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from models_ml.bootstrap import bootstrap, share_interval


def test_it_is_near_the_normal_interval_of_a_share() -> None:
    hits = [i % 5 != 0 for i in range(400)]
    low, high = share_interval(hits, range(400), rounds=2000)
    half = 1.96 * math.sqrt(0.8 * 0.2 / 400)
    assert (low, high) == (pytest.approx(0.8 - half, abs=0.01), pytest.approx(0.8 + half, abs=0.01))


def test_queries_of_one_scene_are_drawn_together() -> None:
    """Twenty equal answers of one scene are worth one."""
    alone = share_interval([i % 2 == 0 for i in range(20)], range(20))
    repeated = share_interval(
        [i % 2 == 0 for i in range(20) for _ in range(20)], [i for i in range(20) for _ in range(20)]
    )
    assert repeated == pytest.approx(alone, abs=0.03)


def test_it_equals_a_loop_over_scenes() -> None:
    rng = random.Random(3)
    scene_of = [rng.randrange(6) for _ in range(40)]
    hits = [rng.random() < 0.6 for _ in scene_of]
    draws = np.random.default_rng(0).multinomial(
        len(set(scene_of)), [1 / len(set(scene_of))] * len(set(scene_of)), size=50
    )
    shares = []
    for times in draws:
        drawn = [hit for hit, scene in zip(hits, scene_of, strict=True) for _ in range(times[scene])]
        shares.append(sum(drawn) / len(drawn))
    expected = np.quantile(shares, [0.025, 0.975])
    assert share_interval(hits, scene_of, rounds=50) == pytest.approx(tuple(expected))


def test_the_same_seed_gives_the_same_interval() -> None:
    def mean(times: np.ndarray) -> float:
        return float(times @ np.arange(10) / 10)

    assert bootstrap(mean, 10, seed=4) == bootstrap(mean, 10, seed=4) != bootstrap(mean, 10, seed=5)


def test_draws_that_hold_nothing_are_passed_over() -> None:
    assert bootstrap(lambda times: 1.0 if times[0] else math.nan, 3) == (1.0, 1.0)
    assert all(math.isnan(edge) for edge in bootstrap(lambda times: math.nan, 3))
    assert all(math.isnan(edge) for edge in share_interval([], []))
