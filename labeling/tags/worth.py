"""What asking people about an object is worth: what it teaches, what it proves, and which scene it unlocks. Pure."""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from labeling.tags.fitting import PROVES, TEACHES, Marks, contenders_of, surest_of
from labeling.tags.signals import Floats, Slate

LESSONS_WANTED = 200
"""Decisions from which on a calibration is worth putting to the proof."""
PROOFS_WANTED = 300
"""Decisions on which a proof may stand so firmly that people are better asked elsewhere."""
SOONEST = 100
"""No proof is hoped for within fewer decisions than these."""
CONTENDS = 0.7
"""An object of at least this probability may one day be published."""


class Purpose(StrEnum):
    """Why an object is asked about."""

    TEACH = "teach"
    PROVE = "prove"
    UNLOCK = "unlock"


@dataclass(frozen=True, slots=True)
class Progress:
    """Decisions that taught the calibration, decisions it was tested on, and whether a threshold is proven."""

    lessons: int
    tested: int
    proven: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand when work is chosen. ``probabilities`` are None before anything was calibrated.

    ``open`` marks the slates that may be asked about, ``covered`` those whose scene shows a tag already; ``traffic`` is by
    scene, and a scene that is not in it has none. ``progress`` is how far the automation has come, ``target`` the precision
    that is asked of it.
    """

    slates: list[Slate]
    probabilities: Floats | None
    open: np.typing.NDArray[np.bool_]
    covered: np.typing.NDArray[np.bool_]
    traffic: Mapping[int, float]
    surest_only: bool
    asked: Counter[str]
    progress: Progress
    target: float


def shares(progress: Progress) -> dict[Purpose, float]:
    """How the next portion of work is shared out: first a calibration, then its proof, then what both leave over.

    Where so much was tested and nothing is proven, the calibration has more to learn about what it holds sure.
    """
    if progress.lessons < LESSONS_WANTED:
        return {Purpose.TEACH: 1.0}
    if progress.tested < PROOFS_WANTED:
        return {Purpose.PROVE: 1.0}
    if not progress.proven:
        return {Purpose.PROVE: 0.5, Purpose.UNLOCK: 0.5}
    return {Purpose.UNLOCK: 0.7, Purpose.PROVE: 0.2, Purpose.TEACH: 0.1}


def chosen(standing: Standing, portions: Mapping[Purpose, float], count: int) -> list[int]:
    """The proposals to ask about, at most ``count`` one a scene; what one purpose cannot use goes to the others."""
    picked: list[int] = []
    scenes: set[int] = set()
    queues = {purpose: _ranked(standing, purpose) for purpose in portions}
    for purpose, share in portions.items():
        picked += _take(queues[purpose], standing, scenes, min(round(share * count), count - len(picked)))
    # A scene without a tag is always worth a decision; more lessons are the last thing wanted.
    for purpose in (*portions, *(each for each in reversed(Purpose) if each not in portions)):
        queue = queues.get(purpose) or _ranked(standing, purpose)
        picked += _take(queue, standing, scenes, count - len(picked))
    return picked


def gain_of(standing: Standing) -> float:
    """How many scenes the next decision is expected to bring a tag, itself and by what is proven with its help.

    Without limit before anything is known of a vertical, and 0 where nothing is left. Itself it does so where it falls on a
    scene without a tag: always where it is to unlock one, else by chance. What a proof would publish is shared out among the
    decisions that are still wanted for it: by the calibration's own word, and once a threshold is proven,
    and may still fall, whatever contends.
    """
    p, progress = standing.probabilities, standing.progress
    if p is None:
        return math.inf if standing.open.any() else 0.0
    alone = np.where(standing.open, p, -1.0)
    left = np.sort(alone[standing.open & ~standing.covered & surest_of(standing.slates, alone)])[::-1]
    if not len(left):
        return 0.0
    unlocks = shares(progress).get(Purpose.UNLOCK, 0.0)
    by_chance = 1 - float(standing.covered[standing.open].mean())
    itself = float(left[:SOONEST].mean()) * (unlocks + (1 - unlocks) * by_chance)
    if progress.proven and progress.tested >= PROOFS_WANTED:
        return itself
    reach = int((np.cumsum(left) / np.arange(1, len(left) + 1) >= standing.target).sum())
    if progress.proven:
        reach = max(reach, int((left >= CONTENDS).sum()))
    wanted = max(LESSONS_WANTED - progress.lessons, 0) + max(PROOFS_WANTED - progress.tested, 0)
    return itself + reach / max(wanted, SOONEST)


def worth_of(standing: Standing) -> Floats:
    """What a decision on each slate is worth: how unsure it is, and whether it would give its scene a first tag."""
    p = np.full(len(standing.slates), 0.5) if standing.probabilities is None else standing.probabilities
    traffic = np.array([standing.traffic.get(slate.scene, 0.0) for slate in standing.slates])
    return np.asarray((4 * p * (1 - p) + np.where(standing.covered, 0.0, p)) * (1 + np.log1p(traffic)))


def _take(queue: Iterator[int], standing: Standing, scenes: set[int], count: int) -> list[int]:
    taken: list[int] = []
    while len(taken) < count and (i := next(queue, None)) is not None:
        slate = standing.slates[i]
        if slate.scene not in scenes:
            scenes.add(slate.scene)
            taken.append(slate.proposal)
    return taken


def _ranked(standing: Standing, purpose: Purpose) -> Iterator[int]:
    """The open slates that serve a purpose, the worthiest first."""
    match purpose:
        case Purpose.TEACH:
            return iter(_teaching(standing))
        case Purpose.PROVE:
            return iter(_proving(standing))
        case Purpose.UNLOCK:
            return iter(_unlocking(standing))


def _teaching(standing: Standing) -> list[int]:
    """Unsure ones of the teaching half, of categories that were asked about little; by chance before anything is known.

    Where only the surest object of each scene is to be published, of those alone: it is among them that sure and unsure are
    to be told apart, and more of them give their scene a tag.
    """
    lot = _lots(standing.slates, "teach")
    p = standing.probabilities
    unsure = np.ones(len(lot)) if p is None else 4 * p * (1 - p)
    rare = np.array([1 / np.sqrt(1 + standing.asked[slate.category]) for slate in standing.slates])
    teaches = np.array([slate.half == TEACHES for slate in standing.slates], dtype=bool)
    if p is not None and standing.surest_only:
        teaches &= surest_of(standing.slates, p)
    return _sorted(unsure * rare * (0.5 + lot), standing.open & teaches)


def _proving(standing: Standing) -> list[int]:
    """By chance among what automation might publish in the proving half, so that what is found there holds for the rest."""
    return _sorted(_lots(standing.slates, "prove"), standing.open & _contenders(standing))


def _unlocking(standing: Standing) -> list[int]:
    """The surest object of each scene that shows no tag, where people look and where a person is likeliest to find it.

    Until a threshold is proven none of what is to prove it: the surest first would be no fair sample.
    """
    if standing.probabilities is None:
        return []
    open_alone = np.where(standing.open, standing.probabilities, -1.0)
    wanted = standing.open & ~standing.covered & surest_of(standing.slates, open_alone)
    if not standing.progress.proven:
        wanted &= ~_contenders(standing)
    traffic = np.array([standing.traffic.get(slate.scene, 0.0) for slate in standing.slates])
    return _sorted(standing.probabilities * (1 + np.log1p(traffic)), wanted)


def _contenders(standing: Standing) -> Marks:
    """What automation might publish of the proving half."""
    marks = np.array([slate.half == PROVES for slate in standing.slates], dtype=bool)
    if standing.probabilities is not None:
        marks &= contenders_of(
            standing.slates, standing.probabilities, target=standing.target, surest_only=standing.surest_only
        )
    return marks


def _sorted(value: Floats, wanted: np.typing.NDArray[np.bool_]) -> list[int]:
    rows = np.flatnonzero(wanted)
    return [int(i) for i in rows[np.argsort(-value[rows], kind="stable")]]


def _lots(slates: Sequence[Slate], purpose: str) -> Floats:
    """A number in [0, 1) for each slate, as good as drawn by chance and always the same."""
    return np.array([zlib.crc32(f"{purpose} {slate.proposal}".encode()) / 2**32 for slate in slates])
