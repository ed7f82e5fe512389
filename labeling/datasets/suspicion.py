"""Which confirmed pairs the models contradict strongly: confident learning, on scores that are stored already.

Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70 (2021), section 3.1:
the threshold of a class is the mean probability the model gives to it where people gave it too; a label is suspicious when
another class reaches that class's own threshold and beats the given one. So a class of which the model is never sure is
held to less, and one of which it is always sure to more.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

ENOUGH = 10
"""Of fewer pairs of a category nothing is said: their mean could be anything."""
USUAL = 0.95
"""The share of a category's pairs whose gap between first and confirmed product passes as usual."""
TIE = 1e-9
"""A score that misses a mean by no more than this reaches it: the mean of equal scores is rounded."""


@dataclass(frozen=True, slots=True)
class Slate:
    """Scores of an object's slate, cosines: its ``first``, its ``last``, and the ``confirmed`` product's; None: not on it."""

    first: float
    last: float
    confirmed: float | None

    @property
    def gap(self) -> float:
        """How far the confirmed product stands below the first, from 0 on; at least so far where it is not on the slate."""
        return max(0.0, self.first - (self.last if self.confirmed is None else self.confirmed))


@dataclass(frozen=True, slots=True)
class Evidence:
    """A confirmed pair and what the models had said: the category people ``given``, the one ``seen`` by the detector with
    its probability ``score`` in [0, 1], both by id, and the slate if people judged this box in this category."""

    pair: int
    given: int
    seen: int | None
    score: float
    slate: Slate | None

    @property
    def confidence(self) -> float:
        """The detector's probability of the given category; where it saw another, the most that is left for this one.

        Only the probability of the seen category is stored. Being the largest, it bounds every other, and all sum to 1
        at most. The bound errs on the side of trusting people.
        """
        return self.score if self.seen == self.given else min(self.score, 1 - self.score)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a pair is suspicious: by how much the seen category beats the given one, and which share of the first product's
    score the confirmed one lacks; both in [0, 1], 0 where that is no ground."""

    pair: int
    category: float
    product: float

    @property
    def strength(self) -> float:
        """By what the most contradicted come first, in (0, 2]."""
        return self.category + self.product


def doubts_of(evidence: Sequence[Evidence]) -> list[Doubt]:
    """The suspicious among these pairs of a vertical, the most contradicted first, then by id.

    A product is suspicious when the first of the slate scores at least as the confirmed products of the category do on
    average, and leads the confirmed one by more than is usual in the category.
    """
    sure = _means([(each.given, each.confidence) for each in evidence])
    matched = [(each.given, each.slate) for each in evidence if each.slate is not None]
    matching = _means([(given, slate.confirmed) for given, slate in matched if slate.confirmed is not None])
    usual = _usual_gaps([(given, slate.gap) for given, slate in matched])
    doubts = []
    for each in evidence:
        category, product = 0.0, 0.0
        if each.seen is not None and each.seen != each.given and each.score >= sure.get(each.seen, math.inf) - TIE:
            category = max(0.0, each.score - each.confidence)
        if (
            (slate := each.slate) is not None
            and slate.first >= matching.get(each.given, math.inf) - TIE
            and slate.first > 0
        ):
            product = min(1.0, slate.gap / slate.first) if slate.gap > usual.get(each.given, math.inf) else 0.0
        if category or product:
            doubts.append(Doubt(each.pair, category, product))
    return sorted(doubts, key=lambda doubt: (-doubt.strength, doubt.pair))


def _means(scores: Sequence[tuple[int, float]]) -> dict[int, float]:
    """The mean score of each category with enough of them."""
    return {given: fmean(values) for given, values in _grouped(scores).items() if len(values) >= ENOUGH}


def _usual_gaps(gaps: Sequence[tuple[int, float]]) -> dict[int, float]:
    """The smallest gap of each category that the share :data:`USUAL` of its pairs does not exceed."""
    grouped = {given: sorted(values) for given, values in _grouped(gaps).items() if len(values) >= ENOUGH}
    return {given: values[math.ceil(USUAL * len(values)) - 1] for given, values in grouped.items()}


def _grouped(values: Sequence[tuple[int, float]]) -> dict[int, list[float]]:
    grouped = defaultdict[int, list[float]](list)
    for given, value in values:
        grouped[given].append(value)
    return grouped
