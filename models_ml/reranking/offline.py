"""What another order would have earned, from the log of this one; and how right an order is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models_ml.reranking.merit import Floats

CLIP = 50.0


@dataclass(frozen=True, slots=True)
class Value:
    """What an order earns an impression, with the standard error; ``effective`` is how many fair impressions the evidence
    is worth: (sum of weights)^2 / sum of squares (Kish 1965)."""

    mean: float
    error: float
    effective: float
    impressions: int


def snips(rewards: Floats, chances: Floats, agrees: npt.NDArray[np.bool_], *, clip: float = CLIP) -> Value:
    """The self-normalised inverse propensity estimate (Swaminathan and Joachims, NIPS 2015) of an order that was not shown.

    Impression ``j`` brought ``rewards[j]`` and had been given that place with probability ``chances[j]``; ``agrees[j]`` says
    that the other order would have placed that item there too. Items at positions are weighed one by one, which is unbiased
    where clicks depend on an item and its position alone (Li et al., KDD 2018). Weights are clipped at ``clip``. The mean is
    NaN where nothing agrees.
    """
    if not len(rewards) == len(chances) == len(agrees):
        raise ValueError("rewards, chances and agreements must be of the same impressions")
    if ((chances <= 0) | (chances > 1)).any():
        raise ValueError("chances must lie in (0, 1]")
    weights = np.where(agrees, np.minimum(1 / chances, clip), 0.0)
    total = float(weights.sum())
    if total == 0:
        return Value(float("nan"), float("nan"), 0.0, len(rewards))
    mean = float(weights @ rewards) / total
    error = float(np.sqrt(((weights * (rewards - mean)) ** 2).sum())) / total
    return Value(mean, error, total**2 / float((weights**2).sum()), len(rewards))


def ndcg_at(k: int, gains: Sequence[float]) -> float:
    """The normalised discounted cumulative gain (Järvelin and Kekäläinen 2002) of gains in the order shown; 1 for no gain."""
    shown = np.asarray(gains, np.float64)
    discounts = 1 / np.log2(np.arange(2, min(k, len(shown)) + 2))
    best = float(np.sort(shown)[::-1][:k] @ discounts)
    return float(shown[:k] @ discounts) / best if best > 0 else 1.0
