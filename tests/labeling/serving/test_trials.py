"""Experiments say what is so: A/A tests find nothing more often than they may, a known lift is found as often as was promised,
however often somebody looks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import binom, norm

from labeling.serving.trials import (
    ALPHA,
    Arm,
    finding,
    likelihood_ratio,
    mismatch,
    power,
    radius,
    visitors_needed,
)

LOOKS = 12


def arm_of(n: np.ndarray, c: np.ndarray) -> Arm:
    seen = n > 0
    n, c = n[seen].astype(float), c[seen].astype(float)
    return Arm(len(n), n.sum(), c.sum(), (n * n).sum(), (c * c).sum(), (n * c).sum())


def peeks(rng: np.random.Generator, visitors: int, lift: float) -> list[tuple[Arm, Arm]]:
    """Both arms at each of ``LOOKS`` moments. Visitors come one after the other, return, and differ in what they click."""
    arms = []
    for raised in (0.0, lift):
        arrives = rng.integers(LOOKS, size=visitors)
        eager = rng.beta(2.0, 18.0, size=visitors) * (1 + raised)
        n = rng.poisson(2.0, size=(LOOKS, visitors)) * (arrives[None] <= np.arange(LOOKS)[:, None])
        n[arrives, np.arange(visitors)] += 3
        c = rng.binomial(n, np.minimum(eager, 1.0)[None])
        arms.append([arm_of(*at) for at in zip(n.cumsum(axis=0), c.cumsum(axis=0), strict=True)])
    return list(zip(*arms, strict=True))


def test_a_a_over_200_experiments_errs_no_more_often_than_stated() -> None:
    rng = np.random.default_rng(0)
    ours = naive = 0
    for _ in range(200):
        found = [finding(*at) for at in peeks(rng, 1200, 0.0)]
        ours += any(each.decided for each in found)
        naive += any(each.fixed_low is not None and not each.fixed_low < 0 < each.fixed_high for each in found)
    # At the stated rate more than 17 false alarms of 200 come up once in 60.
    assert ours <= binom.ppf(0.985, 200, ALPHA)
    # Peeking at ordinary intervals errs far more often: the trap is there.
    assert naive > 2 * 200 * ALPHA


def test_a_known_lift_is_found_with_the_stated_power() -> None:
    rng = np.random.default_rng(1)
    first, _ = peeks(rng, 4000, 0.0)[-1]
    assert first.rate is not None
    spread = first.log_variance * first.c / (1 - first.rate)
    stated = power(
        0.2, rate=first.rate, visitors=2 * 1500, share=0.5, impressions=first.n / first.visitors, spread=spread
    )
    assert 0.6 < stated < 0.99
    found = [any(finding(*at).decided for at in peeks(rng, 1500, 0.2)) for _ in range(100)]
    assert sum(found) >= binom.ppf(0.01, 100, stated)


def test_the_interval_holds_the_truth_at_every_look() -> None:
    rng = np.random.default_rng(2)
    missed = 0
    for _ in range(100):
        found = [finding(*at) for at in peeks(rng, 800, 0.15)]
        missed += any(each.low is not None and not each.low <= 0.15 <= each.high for each in found)
    assert missed <= binom.ppf(0.985, 100, ALPHA)


def test_the_ratio_is_the_mixture_integrated() -> None:
    for log_lift, variance in ((0.1, 0.002), (0.0, 0.01), (-0.3, 0.02)):
        mixed, _ = quad(
            lambda theta, at=log_lift, v=variance: norm.pdf(at, theta, math.sqrt(v)) * norm.pdf(theta, 0, 0.05),
            -1, 1, points=[0.0, log_lift],
        )  # fmt: skip
        plain = norm.pdf(log_lift, 0, math.sqrt(variance))
        assert likelihood_ratio(log_lift, variance) == pytest.approx(mixed / plain, rel=1e-6)


def test_the_interval_ends_where_the_ratio_is_one_over_alpha() -> None:
    for variance in (1e-4, 1e-3, 0.05):
        assert likelihood_ratio(radius(variance), variance) == pytest.approx(1 / ALPHA)


def test_the_variance_is_that_of_drawing_visitors_anew() -> None:
    rng = np.random.default_rng(3)
    n = rng.poisson(6, 400) + 1
    c = rng.binomial(n, rng.beta(2, 10, 400))
    draws = rng.multinomial(400, np.full(400, 1 / 400), size=4000)
    assert arm_of(n, c).log_variance == pytest.approx(np.log((draws @ c) / (draws @ n)).var(), rel=0.1)


def test_nothing_is_said_on_little_evidence() -> None:
    few = arm_of(np.full(99, 10), np.full(99, 1))
    found = finding(few, arm_of(np.full(99, 10), np.full(99, 5)))
    assert (found.decided, found.low, found.p) == (False, None, 1.0)
    assert found.lift == pytest.approx(4.0)
    assert finding(Arm(), Arm()).lift is None
    silent = finding(arm_of(np.full(500, 10), np.zeros(500)), arm_of(np.full(500, 10), np.ones(500)))
    assert (silent.lift, silent.decided) == (None, False)


def test_power_grows_with_visitors_and_the_need_is_where_it_is_reached() -> None:
    known = {"rate": 0.05, "share": 0.5, "impressions": 6.0, "spread": 1.5}
    needed = visitors_needed(0.07, **known)
    assert power(0.07, visitors=needed, **known) >= 0.8 > power(0.07, visitors=int(needed * 0.98), **known)
    assert visitors_needed(0.14, **known) < needed / 3
    assert visitors_needed(0.07, **known | {"share": 0.1}) > needed


def test_a_split_that_is_not_what_was_asked_is_told() -> None:
    assert mismatch(5000, 5000, 0.5) == 1.0
    assert mismatch(5000, 5600, 0.5) < 0.001
    assert mismatch(9000, 1000, 0.1) == 1.0
    assert mismatch(0, 0, 0.5) == 1.0


def test_a_fair_split_is_seldom_called_a_mismatch_however_often_one_looks() -> None:
    rng = np.random.default_rng(4)
    alarms = 0
    for _ in range(200):
        treated = rng.random(5000) < 0.3
        alarms += any(
            mismatch(at - k, k, 0.3) < 0.05 for at in range(100, 5001, 100) for k in [int(treated[:at].sum())]
        )
    assert alarms <= binom.ppf(0.985, 200, 0.05)
