"""What several people's decisions about one object come to. Pure: votes in, an outcome or None out.

None means that the people are tied and another pair of eyes is needed. With a single voter the outcome is that decision.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from models_ml.boxes import as_array, box_iou
from models_ml.types import Box

SAME_OBJECT_IOU = 0.5

Choice = TypeVar("Choice", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's decision about one object; ids stand for rows.

    ``grade`` is empty for a rejected box, and for one whose product was not asked for.
    """

    annotation: int
    annotator: int
    proposal: int | None
    accepted: bool
    box: Box
    category: int | None
    product: int | None
    grade: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an object came to. ``agreement``, in (0, 1], is the share of all voters who said exactly this."""

    accepted: bool
    box: Box
    category: int | None
    product: int | None
    grade: str
    agreement: float


def outcome(votes: Sequence[Vote], *, silent: int = 0) -> Outcome | None:
    """Settle one object, or None where another pair of eyes is needed.

    ``silent`` people saw the scene and did not draw the object: each counts as one who rejects it. First whether there
    is an object, then its box (the mean of the boxes that overlap the most central one), its category among those, the
    product among those, and the grade among those: each by strict plurality. Who was asked about the box alone has no
    say in product and grade, and is left out of the agreement once others were asked.
    """
    if not votes:
        raise ValueError("An object needs at least one vote.")
    people = len(votes) + silent
    accepting = [vote for vote in votes if vote.accepted]
    if 2 * len(accepting) == people:
        return None
    if 2 * len(accepting) < people:
        return Outcome(False, _centre(votes), None, None, "", (people - len(accepting)) / people)
    agreeing = _around_one_place(accepting)
    if 2 * len(agreeing) <= len(accepting):
        return None
    box = _mean([vote.box for vote in agreeing])
    for attribute in ("category", "product", "grade"):
        if attribute == "product" and any(vote.grade for vote in agreeing):
            unasked = sum(not vote.grade for vote in agreeing)
            agreeing, people = [vote for vote in agreeing if vote.grade], people - unasked
        chosen = _plurality([getattr(vote, attribute) for vote in agreeing])
        if chosen is None:
            return None
        agreeing = [vote for vote in agreeing if getattr(vote, attribute) == chosen[0]]
    said = agreeing[0]
    return Outcome(True, box, said.category, said.product, said.grade, len(agreeing) / people)


def group_added(votes: Iterable[Vote]) -> list[list[Vote]]:
    """Join boxes that several people drew around the same object: IoU of at least 0.5, each person once a group."""
    groups: list[list[Vote]] = []
    for vote in sorted(votes, key=lambda vote: vote.annotation):
        free = [group for group in groups if all(vote.annotator != other.annotator for other in group)]
        overlaps = [_iou(vote.box, _centre(group)) for group in free]
        if overlaps and max(overlaps) >= SAME_OBJECT_IOU:
            free[int(np.argmax(overlaps))].append(vote)
        else:
            groups.append([vote])
    return groups


def same_place(a: Box, b: Box) -> bool:
    """Whether two boxes stand for the same object."""
    return _iou(a, b) >= SAME_OBJECT_IOU


def _plurality(choices: Sequence[Choice]) -> tuple[Choice] | None:
    """The choice with strictly the most votes, wrapped because it may itself be None."""
    ranked = Counter(choices).most_common(2)
    if len(ranked) == 2 and ranked[0][1] == ranked[1][1]:
        return None
    return (ranked[0][0],)


def _around_one_place(votes: Sequence[Vote]) -> list[Vote]:
    """The votes whose box overlaps that of the most central vote; the first vote where several are as central."""
    overlaps = box_iou(*[as_array([vote.box for vote in votes])] * 2)
    near = overlaps >= SAME_OBJECT_IOU
    centre = max(range(len(votes)), key=lambda i: (int(near[i].sum()), float(overlaps[i].sum())))
    return [vote for vote, joins in zip(votes, near[centre], strict=True) if joins]


def _centre(votes: Sequence[Vote]) -> Box:
    return _mean([vote.box for vote in _around_one_place(votes)])


def _mean(boxes: Sequence[Box]) -> Box:
    return Box(*(float(value) for value in as_array(boxes).mean(axis=0)))


def _iou(a: Box, b: Box) -> float:
    return float(box_iou(as_array([a]), as_array([b]))[0, 0])
