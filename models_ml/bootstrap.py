"""Confidence intervals by drawing scenes anew. Free of torch."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
Interval = tuple[float, float]


def bootstrap(
    statistic: Callable[[Counts], float], scenes: int, *, rounds: int = 1000, level: float = 0.95, seed: int = 0
) -> Interval:
    """The percentile interval of ``statistic`` (Efron and Tibshirani 1993, chapter 13).

    Whole scenes are drawn, with replacement, since objects of one scene share its light and its camera.
    ``statistic(times)`` gets how often each of the ``scenes`` was drawn; NaN says that the draw holds nothing to judge and is
    passed over. ``(nan, nan)`` where no draw holds anything.
    """
    if scenes < 1:
        return math.nan, math.nan
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(scenes, np.full(scenes, 1 / scenes), size=rounds)
    values = [value for times in draws if not math.isnan(value := statistic(times))]
    if not values:
        return math.nan, math.nan
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def paired_interval(
    ours: Callable[[Counts], float],
    theirs: Callable[[Counts], float],
    scenes: int,
    *,
    rounds: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """The interval of ``ours - theirs``, both judged on the very same draws (Efron and Tibshirani 1993, section 16.4).

    What makes a draw hard is hard for both and falls out of the difference, so that a small gain on the same scenes shows
    where the intervals of the two figures overlap.
    """
    return bootstrap(lambda times: ours(times) - theirs(times), scenes, rounds=rounds, level=level, seed=seed)


def share_interval(hits: Sequence[bool], scene_of: Sequence[int], *, rounds: int = 1000, seed: int = 0) -> Interval:
    """The interval of the share of hits; ``scene_of[i]`` is the number of the scene that query ``i`` belongs to."""
    right, scene = np.asarray(hits, dtype=np.float64), np.asarray(scene_of, dtype=np.int64)
    numbers, place = np.unique(scene, return_inverse=True)

    def share(times: Counts) -> float:
        weights = times[place]
        return float(weights @ right / weights.sum()) if weights.sum() else math.nan

    return bootstrap(share, len(numbers), rounds=rounds, seed=seed)
