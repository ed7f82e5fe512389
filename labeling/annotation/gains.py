"""What the next models would learn from work, and in which order it teaches most. Pure.

An object teaches where the models are in doubt: its first two products are nearly as near (margin sampling, Scheffer et al.
2001), its box is as likely something as nothing, or versions disagree about it (query by committee, Seung et al. 1992). What
resembles what was labelled teaches little more. An object is embedded by landmarks, its similarity to the nearest products
of the catalogue: whatever looks alike shares them, and no vector need be kept. The whole is a sum over products of a concave
function of how much of them was asked (Wei, Iyer and Bilmes 2015), so a greedy order is near the best one.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeVar

from labeling.annotation.consensus import SAME_OBJECT_IOU
from models_ml.boxes import as_array, box_iou
from models_ml.types import Box

TEMPERATURE = 0.06
"""Cosines so far apart differ by a factor e in how likely they are right; what embedders are trained with."""
SURE_TEACHES = 0.25
"""What an object that nobody doubts still teaches, as a share of one in full doubt: a pair is a pair."""
LOOKING = 2.0
"""Opening a scene or burst costs a person about so many decisions more."""

HORIZON = 300
"""So many lots are chosen one by one: more than people judge before the order is worked out anew."""

Lot = TypeVar("Lot", bound=Hashable)


class Seen(NamedTuple):
    """An object as some versions saw it; ``product`` is the first of its slate."""

    box: Box
    category: str
    product: int | None


@dataclass(frozen=True)
class Prospect:
    """An object that may be asked about. ``similarities`` are the cosines of its nearest ``products``, best first; ``torn`` is
    in [0, 1]: how much earlier versions disagree with those that propose it."""

    category: str
    score: float
    products: tuple[int, ...]
    similarities: tuple[float, ...]
    torn: float = 0.0

    @cached_property
    def landmarks(self) -> tuple[float, ...]:
        """How likely each of its products is, by their cosines alone; they sum to 1, or there are none."""
        if not self.similarities:
            return ()
        best = max(self.similarities)
        powers = [math.exp((similarity - best) / TEMPERATURE) for similarity in self.similarities]
        whole = sum(powers)
        return tuple(power / whole for power in powers)

    @cached_property
    def doubt(self) -> float:
        """How much the models are in doubt about it, in [0, 1], weighed by how likely it is an object at all.

        Half by its product, a quarter each by its box and by the disagreement of versions.
        """
        shares = self.landmarks
        match = 1 - (shares[0] - shares[1]) if len(shares) > 1 else 1.0
        box = 4 * self.score * (1 - self.score)
        unsure = match / 2 + box / 4 + self.torn / 4
        return self.score * (SURE_TEACHES + (1 - SURE_TEACHES) * unsure)


@dataclass
class Taught:
    """What was asked so far, by category and by product; the prospects of chosen work are added as it is chosen."""

    categories: dict[str, float] = field(default_factory=dict)
    products: dict[int, float] = field(default_factory=dict)

    def add(self, prospect: Prospect) -> None:
        """Count an object as asked."""
        self.categories[prospect.category] = self.categories.get(prospect.category, 0.0) + 1
        for product, weight in zip(prospect.products, prospect.landmarks, strict=True):
            self.products[product] = self.products.get(product, 0.0) + weight

    def gain(self, prospects: Sequence[Prospect]) -> float:
        """What asking about these objects would still teach, one after the other: of each, in [0, 1], its doubt times how
        rare and how new it is; in all a decision, the looking counted."""
        within = Taught()
        total = 0.0
        for prospect in prospects:
            total += prospect.doubt * self._rarity(prospect, within) * self._novelty(prospect, within)
            within.add(prospect)
        return total / (LOOKING + len(prospects))

    def _rarity(self, prospect: Prospect, within: Taught) -> float:
        known = self.categories.get(prospect.category, 0.0) + within.categories.get(prospect.category, 0.0)
        return 1 / math.sqrt(1 + known)

    def _novelty(self, prospect: Prospect, within: Taught) -> float:
        weights = prospect.landmarks
        known = [self.products.get(each, 0.0) + within.products.get(each, 0.0) for each in prospect.products]
        # What resembles nothing on sale is as new as can be.
        return sum(w / (1 + mass) for w, mass in zip(weights, known, strict=True)) if weights else 1.0


def torn(now: Sequence[Seen], before: Sequence[Seen]) -> list[float]:
    """For each object of a scene how far an earlier look disagrees: 0 not at all, a half about the product, 1 about the
    category or that it is there; without an earlier look (an empty one included) nobody disagrees."""
    if not before or not now:
        return [0.0] * len(now)
    overlaps = box_iou(as_array([each.box for each in now]), as_array([each.box for each in before]))
    return [
        _disagreement(each, before[int(row.argmax())]) if row.max() >= SAME_OBJECT_IOU else 1.0
        for each, row in zip(now, overlaps, strict=True)
    ]


def teaching_order(
    lots: Mapping[Lot, Sequence[Prospect]], taught: Taught, *, horizon: int = HORIZON
) -> Iterator[tuple[Lot, float]]:
    """The lots, each some objects that are asked together, most taught a decision first; each with that gain when its turn
    came, which never rises. ``taught`` grows on the way.

    Greedy and lazy (Minoux 1978): a gain only falls as more is asked, so one that still leads when it is looked at again
    is the largest. What comes after the first ``horizon`` lots stands in the order of its gain after those.
    """
    names = list(lots)
    queue = [(-taught.gain(prospects), place) for place, prospects in enumerate(lots.values())]
    heapq.heapify(queue)
    for _ in range(min(horizon, len(names))):
        gain, place = _largest(queue, lots, names, taught)
        yield names[place], gain
        for prospect in lots[names[place]]:
            taught.add(prospect)
    rest = [(-taught.gain(lots[names[place]]), place) for _, place in queue]
    yield from ((names[place], -gain) for gain, place in sorted(rest))


def _largest(
    queue: list[tuple[float, int]], lots: Mapping[Lot, Sequence[Prospect]], names: Sequence[Lot], taught: Taught
) -> tuple[float, int]:
    """Take the lot of the largest gain from the queue, which holds gains as they were when each was last looked at."""
    while True:
        _, place = queue[0]
        gain = taught.gain(lots[names[place]])
        heapq.heapreplace(queue, (-gain, place))
        if queue[0][1] == place:
            heapq.heappop(queue)
            return gain, place


def _disagreement(now: Seen, before: Seen) -> float:
    if now.category != before.category:
        return 1.0
    return 0.0 if now.product == before.product else 0.5
