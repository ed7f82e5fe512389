"""How often an item is taken where it is looked at: features first, its own record the more the longer it is.

The model is the Gamma-Poisson one of Agarwal, Chen and Elango (Spatio-temporal models for estimating click-through rate,
WWW 2009). An item of features ``x`` has a rate drawn from Gamma(kappa, kappa / exp(w x)); it is taken Poisson(rate * seen)
times, where ``seen`` sums over its impressions the probability that its position was looked at. That factor is what makes it
free of position bias: P(click) = P(seen | position) P(click | item, seen), as in PAL (Guo et al., RecSys 2019). The evidence of
an item is two sums, so it does not matter in which order events arrive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

Floats = npt.NDArray[np.float64]

KAPPAS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
RIDGE = 1.0
STEPS = 25
LOG_RATES = (-12.0, 1.0)
"""Rates are kept between a click in 160,000 looks and a few in each."""


@dataclass(frozen=True, slots=True)
class Merit:
    """``weights`` (d,) of the features; ``kappa`` is how many takings the features are worth as evidence."""

    weights: Floats
    kappa: float

    def prior(self, features: Floats) -> Floats:
        """The rate that the features alone speak for, of each row of ``(n, d)``: takings a look, ``(n,)``."""
        return np.exp(np.clip(features @ self.weights, *LOG_RATES))

    def posterior(self, features: Floats, seen: Floats, taken: Floats) -> tuple[Floats, Floats]:
        """Shape and rate ``(n,)`` of the Gamma distribution of each item's rate, after its own record."""
        return self.kappa + taken, self.kappa / self.prior(features) + seen


def merit_fit(features: Floats, seen: Floats, taken: Floats, *, ridge: float = RIDGE) -> Merit:
    """Fit the weights and kappa to items ``(n, d)`` with their records ``(n,)`` by penalised maximum likelihood.

    The rate integrates out to a negative binomial distribution, whose likelihood is climbed by Fisher scoring for each
    ``kappa`` of a grid, the ``ridge`` pulling all weights but the first, which is the constant's, towards 0. Deterministic.
    Raises ValueError where nothing was seen or a value is out of range.
    """
    if features.ndim != 2 or not len(features) == len(seen) == len(taken):
        raise ValueError(
            f"features {features.shape}, seen {seen.shape} and taken {taken.shape} must be of n items each"
        )
    if not (np.isfinite(features).all() and np.isfinite(seen).all() and np.isfinite(taken).all()):
        raise ValueError("features and records must be finite")
    if (seen < 0).any() or (taken < 0).any() or seen.sum() <= 0:
        raise ValueError("items must have been seen, and neither seen nor taken less than never")
    kept = seen > 0
    x, e, c = features[kept], seen[kept], taken[kept]
    best: tuple[float, Merit] | None = None
    start = np.zeros(x.shape[1])
    start[0] = np.log(max(c.sum(), 0.5) / e.sum())
    for kappa in KAPPAS:
        weights = _climb(x, e, c, kappa, ridge, start)
        told = _likelihood(x, e, c, kappa, ridge, weights)
        if best is None or told > best[0]:
            best = told, Merit(weights, kappa)
        start = weights
    assert best is not None
    return best[1]


def _climb(x: Floats, e: Floats, c: Floats, kappa: float, ridge: float, start: Floats) -> Floats:
    pull = np.full(x.shape[1], ridge)
    pull[0] = 1e-6
    weights, told = start, _likelihood(x, e, c, kappa, ridge, start)
    for _ in range(STEPS):
        mean = e * np.exp(np.clip(x @ weights, *LOG_RATES))
        slope = x.T @ ((c - mean) * kappa / (kappa + mean)) - pull * weights
        curve = (x * (mean * kappa / (kappa + mean))[:, None]).T @ x + np.diag(pull)
        step = np.linalg.solve(curve, slope)
        # Halved until it climbs: far from the top, Fisher scoring may overshoot.
        for _ in range(20):
            reached = _likelihood(x, e, c, kappa, ridge, weights + step)
            if reached >= told:
                break
            step = step / 2
        else:
            return weights
        weights, gained, told = weights + step, reached - told, reached
        if gained < 1e-9 * (1 + abs(told)):
            break
    return weights


def _likelihood(x: Floats, e: Floats, c: Floats, kappa: float, ridge: float, weights: Floats) -> float:
    mean = e * np.exp(np.clip(x @ weights, *LOG_RATES))
    told = c * np.log(mean / (kappa + mean)) - kappa * np.log1p(mean / kappa)
    mixing = gammaln(c + kappa) - gammaln(kappa)
    return float(told.sum() + mixing.sum() - ridge / 2 * (weights[1:] ** 2).sum())


def shrunk(taken: Sequence[float] | Floats, seen: Sequence[float] | Floats, rate: float, strength: float) -> Floats:
    """How many times the usual ``rate`` a record shows, shrunk towards 1 as if usual takings of ``strength`` came first."""
    return np.asarray((np.asarray(taken, float) + strength) / (np.asarray(seen, float) * rate + strength), np.float64)
