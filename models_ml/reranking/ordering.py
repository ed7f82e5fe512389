"""In which order items are shown: engagement among what is right, with exploration whose chances are logged.

Thompson sampling (Thompson 1933; Chapelle and Li, An empirical evaluation of Thompson sampling, NIPS 2011): each look draws a
rate for every item from what is known of it, so that what may be good but is little known gets its turn. A small share of
looks is shuffled outright: its chances are exact, which keeps every weight of the offline evaluation bounded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models_ml.reranking.merit import Floats

Ints = npt.NDArray[np.int64]

DRAWS = 48
BOLDNESS = 0.1
"""How much of the posterior's variance is drawn from: less than all of it explores less and earns more where there are many
lists of few looks (the reshaping of Chapelle and Li, section 3)."""
TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Order:
    """``items`` (n,) are the indices as shown, list after list; ``positions`` (n,) each item's place in its list, from 1;
    ``chances`` (n,) the probability in (0, 1] with which each item was to stand at that place. All but ``items`` are by item.
    """

    items: Ints
    positions: Ints
    chances: Floats


def order(
    shape: Floats,
    rate: Floats,
    relevance: Floats,
    *,
    lists: Ints,
    floor: float,
    pull: float,
    barred: npt.NDArray[np.bool_] | None = None,
    reach: Floats | None = None,
    explore: float = 0.0,
    rng: np.random.Generator | None = None,
) -> Order:
    """Order the items of one or more ``lists`` (n,) by their rate, Gamma(shape, rate), times relevance to the power ``pull``.

    Items whose relevance is under the ``floor`` come after all others of their list, by relevance alone, however often they
    are taken; those that are ``barred`` come last. No item stands more than its ``reach`` (n,), inf for no limit, of places
    above where relevance alone would put it: a base order that is left step by step, as BubbleRank leaves it (Li et al., UAI
    2019). Without ``rng`` the mean rates are ordered: nothing is drawn, every chance is 1. With one, rates are drawn, and with
    probability ``explore`` what is above the floor is shuffled instead, whatever its reach: its chances are exact.
    """
    n = len(shape)
    if n == 0:
        return Order(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    low = relevance < floor
    out = np.zeros(n, bool) if barred is None else barred
    tier = np.asarray(np.where(out, 2.0, low), np.float64)
    liking = pull * np.log(np.maximum(relevance, TINY))
    base = None if reach is None or np.isinf(reach).all() else _places(relevance[None], lists, tier, relevance)[0]
    if rng is None:
        keys = np.log(shape / rate) + liking
        return _ordered(_within(_places(keys[None], lists, tier, relevance), base, reach, lists)[0], lists, np.ones(n))
    rates = rng.gamma(shape / BOLDNESS, size=(DRAWS + 1, n)) / (rate / BOLDNESS)
    places = _within(_places(np.log(np.maximum(rates, TINY)) + liking, lists, tier, relevance), base, reach, lists)
    shown, free = places[0], tier == 0
    if rng.random() < explore:
        shown = _places(rng.random((1, n)), lists, tier, relevance)[0]
    # The draws tell of the sampled order; its chance is never told to be nothing, since it has just been drawn from.
    drawn = ((places[1:] == shown).sum(axis=0) + 1) / (DRAWS + 1)
    mates = (free[None] & (lists[:, None] == lists[None])).sum(axis=1)
    chances = np.where(free, explore / np.maximum(mates, 1) + (1 - explore) * drawn, 1.0)
    return _ordered(shown, lists, np.minimum(chances, 1.0))


def _places(keys: Floats, lists: Ints, tier: Floats, relevance: Floats) -> Ints:
    """Each item's place in its list (from 0) in each of ``(m, n)`` rows of keys, the greater first."""
    m, n = keys.shape
    told = np.where(tier == 0, -keys, -relevance)
    by_key = np.argsort(told, axis=1, kind="stable")
    by_tier = np.argsort(tier[by_key], axis=1, kind="stable")
    by_key = np.take_along_axis(by_key, by_tier, axis=1)
    by_list = np.argsort(lists[by_key], axis=1, kind="stable")
    by_key = np.take_along_axis(by_key, by_list, axis=1)
    ranks = np.empty((m, n), np.int64)
    np.put_along_axis(ranks, by_key, np.broadcast_to(np.arange(n), (m, n)), axis=1)
    _, first_of, sizes = np.unique(lists, return_inverse=True, return_counts=True)
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    return np.asarray(ranks - starts[first_of], np.int64)


def _within(places: Ints, base: Ints | None, reach: Floats | None, lists: Ints) -> Ints:
    """Places ``(m, n)`` anew, of each list filled from the first: by the best placed of those that may stand there."""
    if base is None or reach is None:
        return places
    earliest = np.maximum(base - reach, 0)
    out, left = np.empty_like(places), places.astype(np.float64)
    rows = np.arange(len(places))
    for one in np.unique(lists):
        for place in range(int((lists == one).sum())):
            best = np.argmin(np.where((lists == one) & (earliest <= place), left, np.inf), axis=1)
            out[rows, best] = place
            left[rows, best] = np.inf
    return out


def _ordered(places: Ints, lists: Ints, chances: Floats) -> Order:
    return Order(np.lexsort((places, lists)), places + 1, chances)
