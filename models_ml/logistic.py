"""Logistic regression drawn to zero (ridge: Hoerl and Kennard 1970; le Cessie and van Houwelingen 1992)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

RIDGE = 1.0
"""How strongly weights are drawn to zero: as much as one decision of unit weight."""
FREE = 1e-3
"""How strongly the constant's weight is: hardly, so that the usual outcome is told as it is."""
STEPS = 50


def chances(features: Floats, weights: Floats) -> Floats:
    """The expected target in (0, 1) of each row of ``(n, d)``."""
    return np.asarray(1 / (1 + np.exp(-np.clip(features @ weights, -30, 30))))


def logistic_fit(features: Floats, targets: Floats, sure: Floats, *, constant: int, ridge: float = RIDGE) -> Floats:
    """Weights ``(d,)`` for targets ``(n,)`` in [0, 1], each weighed by how ``sure`` (n,) it is; zeros where there are none.

    Newton's method on the penalised likelihood. ``constant`` is the column whose weight is free. Deterministic.
    """
    weights = np.zeros(features.shape[1])
    if len(targets) == 0:
        return weights
    pull = np.full(len(weights), ridge)
    pull[constant] = FREE
    for _ in range(STEPS):
        told = chances(features, weights)
        slope = features.T @ (sure * (targets - told)) - pull * weights
        curve = (features * (sure * told * (1 - told))[:, None]).T @ features + np.diag(pull)
        step = np.linalg.solve(curve, slope)
        # Far from the top Newton may leap; no weight has reason to move by more than this at once.
        weights = weights + step * min(1.0, 4.0 / max(float(np.abs(step).max()), 1e-12))
        if float(np.abs(step).max()) < 1e-9:
            break
    return weights
