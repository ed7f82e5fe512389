"""Watching a share for as long as one likes: evidence that stays valid however often it is looked at. Free of torch.

A bettor who starts with 1 stakes on every outcome that faults are more than was promised. While the promise holds nobody can
expect to win, so the wealth ever reaches ``1 / alpha`` with a probability of at most ``alpha`` (Ville 1939). Such bets are
those of Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting (JRSS B 86, 2024).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

ODDS = (1.5, 2.0, 3.0, 5.0, 8.0, 13.0)
"""The odds of a fault that the bets are sized for, in times the allowed odds; the stake is shared out among them."""
BISECTIONS = 40
MOST_WEALTH = 1e100


def wealth_against(faults: Iterable[bool], allowed: float) -> list[float]:
    """The wealth after each outcome, betting that more than a share ``allowed`` of them are faults.

    Things may go wrong from any moment on, so a part of the stake waits for each: outcome ``t`` brings
    ``1 / log2(t + 1) - 1 / log2(t + 2)`` into play, and all of them sum to one. This is the e-detector of Shin, Ramdas and
    Rinaldo (2023) with weights that bound the probability of ever raising a false alarm, not only how often one comes.
    """
    _check(allowed)
    odds = np.array(ODDS)
    playing = np.zeros_like(odds)
    wealth = []
    for t, fault in enumerate(faults, start=1):
        comes = 1 / math.log2(t + 1) - 1 / math.log2(t + 2)
        # Kept finite; such wealth proves whatever it is asked to.
        playing = np.minimum((playing + comes) * _factors(odds, allowed, bool(fault)), MOST_WEALTH)
        wealth.append(float(playing.mean()) + 1 / math.log2(t + 2))
    return wealth


def alarm_after(faults: Sequence[bool], allowed: float, alpha: float = 0.05) -> int | None:
    """How many outcomes it takes until more than ``allowed`` faults are proven at ``alpha``; None where they never are."""
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1, got {alpha}")
    return next((t for t, w in enumerate(wealth_against(faults, allowed), start=1) if w >= 1 / alpha), None)


def share_bounds(faults: Sequence[bool], alpha: float = 0.05) -> tuple[float, float]:
    """Lower and upper bound of the share of faults, each valid at ``alpha`` at whatever moment one looks.

    All bets run from the first outcome on. (0, 1) without outcomes.
    """
    wrong, n = sum(faults), len(faults)
    return _disproven(wrong, n, alpha), 1.0 - _disproven(n - wrong, n, alpha)


def _disproven(hits: int, n: int, alpha: float) -> float:
    """The greatest share that so many hits prove to be too small: by bisection, since wealth falls as the share rises."""
    low, high = 0.0, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if _wealth_of(hits, n, middle) >= 1 / alpha else (low, middle)
    return low


def _wealth_of(hits: int, n: int, allowed: float) -> float:
    odds = np.array(ODDS)
    logs = hits * np.log(_factors(odds, allowed, True)) + (n - hits) * np.log(_factors(odds, allowed, False))
    return float(np.exp(np.minimum(logs, 700.0)).mean())


def _factors(odds: Floats, allowed: float, fault: bool) -> Floats:
    """What one outcome multiplies each bet by: ``1 + bet * (fault - allowed)`` with the bet that grows fastest (Kelly 1956)
    where the odds of a fault are so many times the allowed ones, which is how much likelier they make the outcome."""
    return np.asarray((odds if fault else np.ones_like(odds)) / (1 + (odds - 1) * allowed))


def _check(allowed: float) -> None:
    if not 0 < allowed < 1:
        raise ValueError(f"the allowed share of faults must lie between 0 and 1, got {allowed}")
