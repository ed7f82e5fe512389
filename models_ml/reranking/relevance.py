"""How right a product is at a box, learned from what people decided: confirmed pairs, grades, and the slate they passed over."""

from __future__ import annotations

import numpy as np

from models_ml.reranking.merit import Floats

RIDGE = 1.0
STEPS = 50


def relevance_of(features: Floats, weights: Floats) -> Floats:
    """The expected gain in [0, 1] of each row of ``(n, d)``: exact is 1, similar between, none 0."""
    return np.asarray(1 / (1 + np.exp(-np.clip(features @ weights, -30, 30))))


def relevance_fit(features: Floats, gains: Floats, sure: Floats, *, ridge: float = RIDGE) -> Floats:
    """Weights ``(d,)`` of a logistic regression on gains ``(n,)`` in [0, 1], each weighed by how ``sure`` it is.

    Newton's method on the penalised likelihood, the first weight, which is the constant's, free; deterministic. A grade given
    counts 1; a product that people passed over in favour of another counts less, since nobody said that it is wrong.
    """
    if not len(features) == len(gains) == len(sure) or features.ndim != 2 or len(gains) == 0:
        raise ValueError(f"features {features.shape}, gains {gains.shape}, sure {sure.shape}: give n > 0 rows of each")
    if (gains < 0).any() or (gains > 1).any() or (sure < 0).any() or not np.isfinite(features).all():
        raise ValueError("gains must lie in [0, 1], sureness at least 0, and features must be finite")
    pull = np.full(features.shape[1], ridge)
    pull[0] = 1e-3
    weights = np.zeros(features.shape[1])
    for _ in range(STEPS):
        told = relevance_of(features, weights)
        slope = features.T @ (sure * (gains - told)) - pull * weights
        curve = (features * (sure * told * (1 - told))[:, None]).T @ features + np.diag(pull)
        step = np.linalg.solve(curve, slope)
        # Far from the top Newton may leap; no weight has reason to move by more than this at once.
        weights = weights + step * min(1.0, 4.0 / max(float(np.abs(step).max()), 1e-12))
        if float(np.abs(step).max()) < 1e-9:
            break
    return weights
