"""How well each person answers, worked out from where people agree, contradict one another, and meet gold. Pure.

Every question comes down to one with two answers, "is what is shown right?", of which a person keeps or changes what is
shown. So the model is that of Dawid and Skene (1979), "Maximum likelihood estimation of observer error-rates using the EM
algorithm", with two classes: each person has a chance to keep what is right and one to catch what is wrong, each item is
right with some probability, and both are estimated in turn. Items whose answer is known stay at it. A weak prior (as in
Raykar et al., 2010) keeps people with few answers near the ordinary.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labeling.annotation.consensus import ORDINARY, Ability

PRIOR = 5.0
"""So many answers of an ordinary person stand before a person's own, of each class."""
ROUNDS, STILL = 200, 1e-6
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Answer:
    """One person kept (or changed) what an item shows; ``item`` is whatever tells items apart."""

    item: Hashable
    annotator: int
    kept: bool


def abilities_fit(answers: Sequence[Answer], known: Mapping[Hashable, bool] | None = None) -> dict[int, Ability]:
    """The ability of each person who answered; ``known`` says of some items whether what they show is right.

    Expectation maximisation from the majority's view, at most 200 rounds; nothing in is nothing out.
    """
    if not answers:
        return {}
    items = {item: n for n, item in enumerate(dict.fromkeys(each.item for each in answers))}
    people = {person: n for n, person in enumerate(dict.fromkeys(each.annotator for each in answers))}
    item = np.array([items[each.item] for each in answers])
    person = np.array([people[each.annotator] for each in answers])
    kept = np.array([each.kept for each in answers], dtype=float)
    pinned = np.full(len(items), np.nan)
    for name, answer in (known or {}).items():
        if name in items:
            pinned[items[name]] = float(answer)
    right = _pin(np.bincount(item, kept) / np.bincount(item), pinned)
    keep = catch = np.empty(0)
    for _ in range(ROUNDS):
        keep, catch = _abilities(right, item, person, kept)
        before, right = right, _pin(_beliefs(keep, catch, right, item, person, kept), pinned)
        if np.abs(right - before).max() < STILL:
            break
    return {name: Ability(float(keep[n]), float(catch[n])) for name, n in people.items()}


def _abilities(
    right: Floats, item: npt.NDArray[np.int_], person: npt.NDArray[np.int_], kept: Floats
) -> tuple[Floats, Floats]:
    """The maximisation step: what share of the right each keeps, and of the wrong each changes."""
    believed = right[item]
    keep = (PRIOR * ORDINARY.keep + np.bincount(person, believed * kept)) / (PRIOR + np.bincount(person, believed))
    doubted = 1 - believed
    catch = (PRIOR * ORDINARY.catch + np.bincount(person, doubted * (1 - kept))) / (
        PRIOR + np.bincount(person, doubted)
    )
    return keep, catch


def _beliefs(
    keep: Floats,
    catch: Floats,
    right: Floats,
    item: npt.NDArray[np.int_],
    person: npt.NDArray[np.int_],
    kept: Floats,
) -> Floats:
    """The expectation step: how likely each item shows what is right, given who kept it."""
    share = np.clip(right.mean(), 1e-3, 1 - 1e-3)
    keeps, changes = np.log(keep / (1 - catch))[person], np.log((1 - keep) / catch)[person]
    odds = np.log(share / (1 - share)) + np.bincount(item, np.where(kept > 0, keeps, changes))
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -500, 500))))


def _pin(right: Floats, pinned: Floats) -> Floats:
    return np.where(np.isnan(pinned), right, pinned)
