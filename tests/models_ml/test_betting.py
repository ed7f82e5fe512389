"""Evidence that may be looked at as often as one likes: it seldom cries wolf, and it does cry."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from models_ml.betting import ODDS, alarm_after, share_bounds, wealth_against

ALLOWED = 0.05


def naive_wealth(faults: list[bool], allowed: float) -> float:
    """Every bet on its own: for each moment it may begin and each size, the product of what it wins and loses."""
    total = 1 / math.log2(len(faults) + 2)
    for start in range(1, len(faults) + 1):
        part = 1 / math.log2(start + 1) - 1 / math.log2(start + 2)
        for odds in ODDS:
            share = odds * allowed / (1 - allowed + odds * allowed)
            stake = (share - allowed) / (allowed * (1 - allowed))
            bet = math.prod(1 + stake * (fault - allowed) for fault in faults[start - 1 :])
            total += part * bet / len(ODDS)
    return total


def test_it_equals_every_bet_on_its_own() -> None:
    rng = np.random.default_rng(1)
    faults = [bool(x) for x in rng.random(60) < 0.2]
    wealth = wealth_against(faults, ALLOWED)
    for t in (1, 2, 7, 60):
        assert wealth[t - 1] == pytest.approx(naive_wealth(faults[:t], ALLOWED))


def test_nobody_can_expect_to_win_while_the_promise_holds() -> None:
    """Over all outcomes of eight draws, each weighed by its chance at exactly the allowed share."""
    for steps in (1, 4, 8):
        expected = sum(
            wealth_against(list(faults), ALLOWED)[-1] * ALLOWED ** sum(faults) * (1 - ALLOWED) ** (steps - sum(faults))
            for faults in product([True, False], repeat=steps)
        )
        assert expected == pytest.approx(1.0)


def test_false_alarms_are_as_rare_as_promised() -> None:
    rng = np.random.default_rng(2)
    alarms = sum(alarm_after((rng.random(600) < ALLOWED).tolist(), ALLOWED, 0.1) is not None for _ in range(400))
    assert alarms <= 0.1 * 400


@pytest.mark.parametrize(("share", "within"), [(0.2, 200), (0.35, 90), (0.6, 40)])
def test_it_cries_soon_after_things_go_wrong(share: float, within: int) -> None:
    rng = np.random.default_rng(3)
    late = 0
    for _ in range(200):
        good, bad = rng.random(200) < 0.02, rng.random(400) < share
        alarm = alarm_after(np.concatenate([good, bad]).tolist(), ALLOWED)
        late += alarm is None or alarm > 200 + within
    assert late <= 10


def test_the_bounds_hold_at_every_moment_at_once() -> None:
    rng = np.random.default_rng(4)
    missed = 0
    for _ in range(200):
        faults = (rng.random(150) < 0.1).tolist()
        bounds = [share_bounds(faults[:t], 0.05) for t in range(5, 151, 5)]
        missed += any(low > 0.1 for low, _ in bounds) or any(high < 0.1 for _, high in bounds)
        assert all(0 <= low <= sum(faults[: 5 * i]) / (5 * i) <= high <= 1 for i, (low, high) in enumerate(bounds, 1))
    assert missed <= 0.1 * 200


def test_the_bounds_close_in() -> None:
    assert share_bounds([]) == pytest.approx((0.0, 1.0))
    wide, narrow = (share_bounds(([True] + [False] * 9) * n) for n in (5, 100))
    assert wide[0] < narrow[0] < float(Fraction(1, 10)) < narrow[1] < wide[1]
    assert narrow[1] - narrow[0] < 0.1


def test_a_long_run_of_faults_stays_finite() -> None:
    assert all(map(math.isfinite, wealth_against([True] * 2000, ALLOWED)))


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="allowed"):
        wealth_against([True], 0.0)
    with pytest.raises(ValueError, match="alpha"):
        alarm_after([True], ALLOWED, 1.0)
