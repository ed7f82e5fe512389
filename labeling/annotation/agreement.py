"""How far people agree: on which objects there are, on where they are, and on what they are. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from labeling.annotation.consensus import Vote, group_added, matched


@dataclass(frozen=True, slots=True)
class View:
    """What one person said of one scene: their accepted boxes, the proposals they decided, and whether they saw it whole."""

    accepted: Sequence[Vote]
    decided: frozenset[int]
    whole: bool


@dataclass(slots=True)
class Pairing:
    """Two people on the scenes both saw: boxes that stand for the same object, and those that only one of them has."""

    both: int = 0
    one: int = 0
    overlap: float = 0.0
    same_category: int = 0
    same_product: int = 0

    @property
    def f1(self) -> float | None:
        """Twice the objects both found, of all that either found (the F1 of one against the other); None without any."""
        found = 2 * self.both + self.one
        return 2 * self.both / found if found else None

    @property
    def iou(self) -> float | None:
        """The mean overlap of the boxes of objects both found."""
        return self.overlap / self.both if self.both else None

    @property
    def category(self) -> float | None:
        """Of the objects both found, the share with the same category."""
        return self.same_category / self.both if self.both else None

    @property
    def product(self) -> float | None:
        """Of the objects both found, the share with the same product."""
        return self.same_product / self.both if self.both else None


@dataclass(slots=True)
class Agreement:
    """All pairs of people together, each pair by its ids in order, and Krippendorff's alpha of what they said."""

    whole: Pairing = field(default_factory=Pairing)
    pairs: dict[tuple[int, int], Pairing] = field(default_factory=dict)
    alpha_category: float | None = None
    alpha_product: float | None = None
    alpha_grade: float | None = None
    scenes: int = 0


def agreement(scenes: Iterable[Mapping[int, View]]) -> Agreement:
    """Agreement over scenes, each by the people who saw it; scenes seen by one person say nothing.

    Boxes of two people are matched one to one by overlap. What one of them was not asked about counts against neither.
    """
    found = Agreement()
    units: dict[str, list[list[Hashable]]] = {"category": [], "product": [], "grade": []}
    for views in scenes:
        if len(views) < 2:
            continue
        found.scenes += 1
        for first, second in combinations(sorted(views), 2):
            for into in (found.whole, found.pairs.setdefault((first, second), Pairing())):
                _pair(into, views[first], views[second])
        for group in group_added(vote for view in views.values() for vote in view.accepted):
            units["category"].append([vote.category for vote in group])
            asked = [vote for vote in group if vote.grade]
            units["product"].append([vote.product for vote in asked])
            units["grade"].append([vote.grade for vote in asked])
    found.alpha_category = krippendorff_alpha(units["category"])
    found.alpha_product = krippendorff_alpha(units["product"])
    found.alpha_grade = krippendorff_alpha(units["grade"])
    return found


def krippendorff_alpha(units: Iterable[Sequence[Hashable]]) -> float | None:
    """Krippendorff's alpha for nominal answers: 1 is agreement, 0 what chance would give; None where nothing compares.

    Each unit holds the answers of those who gave one. By coincidences, as in Krippendorff (2011), "Computing Krippendorff's
    alpha-reliability".
    """
    observed, totals = 0.0, Counter[Hashable]()
    for answers in units:
        if len(answers) < 2:
            continue
        counts = Counter(answers)
        totals.update(counts)
        differing = len(answers) ** 2 - sum(count**2 for count in counts.values())
        observed += differing / (len(answers) - 1)
    n = totals.total()
    expected = n**2 - sum(count**2 for count in totals.values())
    if n < 2:
        return None
    # Everybody said the same of everything: they agree, though chance alone would have given that as well.
    return 1.0 if expected == 0 else 1 - (n - 1) * observed / expected


def _pair(into: Pairing, first: View, second: View) -> None:
    mine = [vote for vote in first.accepted if second.whole or vote.proposal in second.decided]
    theirs = [vote for vote in second.accepted if first.whole or vote.proposal in first.decided]
    pairs = matched([vote.box for vote in mine], [vote.box for vote in theirs])
    into.both += len(pairs)
    into.one += len(mine) + len(theirs) - 2 * len(pairs)
    for a, b, overlap in pairs:
        into.overlap += overlap
        into.same_category += mine[a].category == theirs[b].category
        into.same_product += mine[a].product == theirs[b].product
