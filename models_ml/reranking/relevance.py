"""How right a product is at a box, learned from what people decided: confirmed pairs, grades, and the slate they passed over."""

from __future__ import annotations

import numpy as np

from models_ml.logistic import RIDGE, chances, logistic_fit
from models_ml.reranking.merit import Floats


def relevance_of(features: Floats, weights: Floats) -> Floats:
    """The expected gain in [0, 1] of each row of ``(n, d)``: exact is 1, similar between, none 0."""
    return chances(features, weights)


def relevance_fit(features: Floats, gains: Floats, sure: Floats, *, ridge: float = RIDGE) -> Floats:
    """Weights ``(d,)`` of a logistic regression on gains ``(n,)`` in [0, 1], each weighed by how ``sure`` it is.

    The first weight is the constant's (:mod:`models_ml.logistic`). A grade given counts 1; a product that people passed over in
    favour of another counts less, since nobody said that it is wrong.
    """
    if not len(features) == len(gains) == len(sure) or features.ndim != 2 or len(gains) == 0:
        raise ValueError(f"features {features.shape}, gains {gains.shape}, sure {sure.shape}: give n > 0 rows of each")
    if (gains < 0).any() or (gains > 1).any() or (sure < 0).any() or not np.isfinite(features).all():
        raise ValueError("gains must lie in [0, 1], sureness at least 0, and features must be finite")
    return logistic_fit(features, gains, sure, constant=0, ridge=ridge)
