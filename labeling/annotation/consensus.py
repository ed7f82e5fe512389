"""What several people's decisions about one object come to. Pure: votes and skills in, an outcome or None out.

None means that nobody can be sure enough and another pair of eyes is needed. With a single voter of ordinary skill the
outcome is that decision.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from models_ml.boxes import as_array, box_iou
from models_ml.types import Box

SAME_OBJECT_IOU = 0.5
OBJECT, CATEGORY, PRODUCT = "object", "category", "product"


class Ability(NamedTuple):
    """The probabilities, in (0, 1), that a person keeps what is right and that they change what is wrong."""

    keep: float
    catch: float


ORDINARY = Ability(0.8, 0.8)
"""Whoever has not been measured."""
Abilities = Mapping[tuple[int, str], Ability]
"""By annotator and question."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's decision about one object; ids stand for rows.

    ``grade`` is empty for a rejected box, and for one whose product was not asked for. ``shown_box``, ``shown_category``
    and ``shown_product`` (the first of the slate) are what the person had before them: to keep it tells less of some people.
    """

    annotation: int
    annotator: int
    proposal: int | None
    accepted: bool
    box: Box
    category: int | None
    product: int | None
    grade: str
    shown_box: Box | None = None
    shown_category: int | None = None
    shown_product: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an object came to. ``agreement``, in [0, 1], is the share of all voters who said exactly this."""

    accepted: bool
    box: Box
    category: int | None
    product: int | None
    grade: str
    agreement: float


@dataclass(frozen=True, slots=True)
class _Scale:
    """Weighs votes by skill: a vote counts the logarithm of how much likelier it makes what it says, never below 0.

    That is the best rule for independent voters of known skill (Nitzan and Paroush, 1982); between the answers to one
    question two chances are told apart, as Dawid and Skene (1979) do: ``keep`` where what is shown is right, ``catch``
    where it is wrong. Errors fall on what is shown rather than on all other answers evenly, so each vote is weighed as if
    there were two answers. Whoever does worse than a coin has no say.
    """

    abilities: Abilities
    sure_at: float

    def weight(self, annotator: int, question: str, *, kept: bool) -> float:
        keep, catch = self.abilities.get((annotator, question), ORDINARY)
        return max(0.0, math.log(keep / (1 - catch)) if kept else math.log(catch / (1 - keep)))

    def choose(self, ballots: Iterable[tuple[object, float]]) -> tuple[object] | None:
        """The choice that weighs most, wrapped since it may be None; None where its lead makes nobody sure."""
        weights: dict[object, float] = {}
        for choice, weight in ballots:
            weights[choice] = weights.get(choice, 0.0) + weight
        ranked = sorted(weights.items(), key=lambda each: -each[1])
        lead = ranked[0][1] - (ranked[1][1] if len(ranked) > 1 else 0.0)
        # A lead of log-odds as a probability; a hair below counts, since sums of equal weights differ in the last bit.
        if lead <= 1e-9 or 1 / (1 + math.exp(-lead)) < self.sure_at - 1e-9:
            return None
        return (ranked[0][0],)


def outcome(
    votes: Sequence[Vote], *, silent: Sequence[int] = (), abilities: Abilities | None = None, sure_at: float = 0.7
) -> Outcome | None:
    """Settle one object, or None where another pair of eyes is needed.

    The people in ``silent`` saw the scene and did not draw the object: each counts as one who rejects it. First whether
    there is an object, then its box (the mean of the boxes around the place that weighs most), its category among those,
    the product among those, and the grade among those: each by votes weighted by skill, and each must be at least
    ``sure_at`` likely, in [0.5, 1), against the runner-up. Who was asked about the box alone has no say in product and
    grade, and is left out of the agreement once others were asked.
    """
    if not votes:
        raise ValueError("An object needs at least one vote.")
    scale = _Scale(abilities or {}, sure_at)
    people = len(votes) + len(silent)
    accepting = [vote for vote in votes if vote.accepted]
    proposed = votes[0].proposal is not None
    ballots = [(vote.accepted, scale.weight(vote.annotator, OBJECT, kept=vote.accepted == proposed)) for vote in votes]
    is_object = scale.choose(ballots + [(False, scale.weight(each, OBJECT, kept=True)) for each in silent])
    if is_object is None:
        return None
    if not is_object[0]:
        return Outcome(False, _centre(votes), None, None, "", (people - len(accepting)) / people)
    stays = [scale.weight(vote.annotator, OBJECT, kept=_stayed(vote)) for vote in accepting]
    agreeing = _around_one_place(accepting, stays)
    if scale.choose((vote in agreeing, weight) for vote, weight in zip(accepting, stays, strict=True)) != (True,):
        return None
    box = _mean([vote.box for vote in agreeing])
    for question, said, kept in QUESTIONS:
        if question == PRODUCT and any(vote.grade for vote in agreeing):
            unasked = sum(not vote.grade for vote in agreeing)
            agreeing, people = [vote for vote in agreeing if vote.grade], people - unasked
        chosen = scale.choose(
            (said(vote), scale.weight(vote.annotator, question, kept=kept(vote))) for vote in agreeing
        )
        if chosen is None:
            return None
        agreeing = [vote for vote in agreeing if said(vote) == chosen[0]]
    came_to = agreeing[0]
    return Outcome(True, box, came_to.category, came_to.product, came_to.grade, len(agreeing) / people)


QUESTIONS: tuple[tuple[str, Callable[[Vote], object], Callable[[Vote], bool]], ...] = (
    (CATEGORY, lambda vote: vote.category, lambda vote: vote.category == vote.shown_category),
    (PRODUCT, lambda vote: vote.product, lambda vote: vote.product == vote.shown_product),
    # A grade goes with the product it is given to.
    (PRODUCT, lambda vote: vote.grade, lambda vote: vote.product == vote.shown_product),
)
"""What is asked of an accepted box, in this order: whose skill weighs, what was said, and whether that keeps what is shown."""


def group_added(votes: Iterable[Vote]) -> list[list[Vote]]:
    """Join boxes that several people drew around the same object: IoU of at least 0.5, each person once a group.

    Person by person, boxes are assigned to the groups so far such that the sum of overlaps is largest (the Hungarian
    method), so that no box takes the place of another that fits better.
    """
    by_person: dict[int, list[Vote]] = {}
    for vote in sorted(votes, key=lambda vote: vote.annotation):
        by_person.setdefault(vote.annotator, []).append(vote)
    groups: list[list[Vote]] = []
    for drawn in by_person.values():
        pairs = matched([vote.box for vote in drawn], [_centre(group) for group in groups])
        for mine, group, _ in pairs:
            groups[group].append(drawn[mine])
        taken = {mine for mine, _, _ in pairs}
        groups += [[vote] for position, vote in enumerate(drawn) if position not in taken]
    return groups


def matched(first: Sequence[Box], second: Sequence[Box]) -> list[tuple[int, int, float]]:
    """Pairs of boxes that stand for the same object, as (position, position, IoU): one to one, IoU of at least 0.5.

    Of all such assignments the one with the largest sum of overlaps (Kuhn's Hungarian method, 1955).
    """
    if not first or not second:
        return []
    overlaps = box_iou(as_array(first), as_array(second))
    overlaps = np.where(overlaps >= SAME_OBJECT_IOU, overlaps, 0.0)
    rows, columns = linear_sum_assignment(overlaps, maximize=True)
    return [
        (int(row), int(column), float(overlaps[row, column]))
        for row, column in zip(rows, columns, strict=True)
        if overlaps[row, column] > 0
    ]


def same_place(a: Box, b: Box) -> bool:
    """Whether two boxes stand for the same object."""
    return float(box_iou(as_array([a]), as_array([b]))[0, 0]) >= SAME_OBJECT_IOU


def _stayed(vote: Vote) -> bool:
    """Whether a vote leaves the box about where it was shown; to draw one where none was shown is a change."""
    return vote.shown_box is not None and same_place(vote.box, vote.shown_box)


def _around_one_place(votes: Sequence[Vote], weights: Sequence[float] | None = None) -> list[Vote]:
    """The votes whose box overlaps that of the most central vote; the first vote where several are as central.

    Central is the one around which the others weigh most, by default each the same.
    """
    overlaps = box_iou(*[as_array([vote.box for vote in votes])] * 2)
    near = overlaps >= SAME_OBJECT_IOU
    weigh = near @ np.asarray(weights) if weights is not None else near.sum(axis=1)
    centre = max(range(len(votes)), key=lambda i: (round(float(weigh[i]), 9), float(overlaps[i].sum())))
    return [vote for vote, joins in zip(votes, near[centre], strict=True) if joins]


def _centre(votes: Sequence[Vote]) -> Box:
    return _mean([vote.box for vote in _around_one_place(votes)])


def _mean(boxes: Sequence[Box]) -> Box:
    return Box(*(float(value) for value in as_array(boxes).mean(axis=0)))
