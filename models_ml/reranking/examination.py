"""How likely each position is looked at, learned from the log itself."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models_ml.reranking.merit import Floats

STEPS = 200
PRIOR = 20.0


def examination_prior(positions: int) -> Floats:
    """1 / position: the position-based click model with severity 1 (Joachims, Swaminathan and Schnabel, WSDM 2017)."""
    return 1.0 / np.arange(1, positions + 1)


def examination_fit(
    items: npt.NDArray[np.int64], positions: npt.NDArray[np.int64], taken: Floats, shown: Floats, *, count: int
) -> Floats:
    """The probability ``(count,)`` that each position is looked at, that of the first being 1.

    The log is given as counts: item ``items[j]`` was ``shown[j]`` times at position ``positions[j]`` (from 1; the last one
    stands for all further ones), and ``taken[j]`` times taken there. Since exploration shows the same item at several
    positions, what is the item's and what is the position's can be told apart (Wang et al., WSDM 2018): taken is Poisson of
    shown * item * position, and the two factors are fitted in turn. Each position starts with the evidence of ``PRIOR``
    takings for :func:`examination_prior`, so that little is said of what is little known.
    """
    prior = examination_prior(count)
    if len(items) == 0 or taken.sum() <= 0:
        return prior
    place = np.minimum(positions, count) - 1
    _, item = np.unique(items, return_inverse=True)
    factor, rates = prior.copy(), np.zeros(item.max() + 1)
    takings, by_item = np.bincount(place, taken, count), np.bincount(item, taken, len(rates))
    usual = float(taken.sum() / (shown * prior[place]).sum())
    for _ in range(STEPS):
        exposure = np.bincount(item, shown * factor[place], len(rates))
        # An item is taken as the usual one, once, before its own record counts.
        rates = (by_item + 1) / (exposure + 1 / usual)
        expected = np.bincount(place, shown * rates[item], count)
        renewed = (takings + PRIOR * prior) / (expected + PRIOR)
        renewed = np.minimum(renewed / renewed[0], 1.0)
        if float(np.abs(renewed - factor).max()) < 1e-7:
            break
        factor = renewed
    return np.maximum(factor, 0.01)
