"""From evidence to a policy's calibration and threshold. Pure.

Scenes are split in two halves by their content, for ever: decisions in the one teach the calibration, those in the other
put it to the proof, so that neither an object nor its scene is on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from labeling.tags.calibration import confidence_fit, probabilities_of, share_between, threshold_prove
from labeling.tags.evidence import Evidence
from labeling.tags.signals import NAMES, Floats, Slate

TEACHES, PROVES = 0, 1
SHORT_OF = 0.02
"""What comes no nearer to the target than this, on average, has nothing to prove yet."""
LEAST_SHARE = 0.1
"""The surest share of all that contends even where the calibration sees no hope: it may be too shy."""
FEWEST_LESSONS = 20
WRONG_TAKEN = 0.05
"""How often, at most, a person is supposed to take a wrong product for the right one, until gold has shown it."""
GOLD_SURE = 0.99
"""How sure gold is to be of that: of the 5 fits in 100 that may prove too much, it adds one at most."""
FEWEST_GOLD = 90
"""Fewer answers could not show people to be as careful as is supposed, had all of them been right."""

Marks = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class WrongTaken:
    """How often a person takes a wrong product for the right one: the ``share`` in [0, 1] that the proof pays for.

    ``taken`` of ``shown`` wrong products of gold were taken for right, which proves the share to be ``proven`` at least.
    """

    share: float = WRONG_TAKEN
    taken: int = 0
    shown: int = 0
    proven: float = 0.0


@dataclass(frozen=True, slots=True)
class Fit:
    """What a policy is set to; an empty ``confidence`` where too little was decided to learn from."""

    evidence: int
    confidence: dict[str, object] = field(default_factory=dict)
    threshold: float | None = None
    report: dict[str, Any] = field(default_factory=dict)


def wrong_taken(*, taken: int, shown: int) -> WrongTaken:
    """What gold allows to be supposed: the upper bound of the share where enough was shown, else what is supposed anyway.

    What is supposed gives way also to few answers where they prove that it is more.
    """
    least, most = share_between(hits=taken, n=shown, confidence=GOLD_SURE)
    return WrongTaken(most if shown >= FEWEST_GOLD else max(WRONG_TAKEN, least), taken, shown, least)


def target_seen(target: float, taken: float = WRONG_TAKEN) -> float:
    """What share of tags people must be seen to find right, so that ``target`` of them are.

    A wrong tag is found right where the first person takes it for right, or the first contradicts and both of those who look
    again take it: with probability ``b = a + (1 - a) a^2`` at most, where each does with probability ``taken``, ``a``, blind
    of the others. At a precision of ``target`` or less no more than ``target + (1 - target) b`` are then seen to be right. That
    people slip the other way only makes it less.
    """
    found_right = taken + (1 - taken) * taken**2
    return target + (1 - target) * found_right


def policy_calibrated(
    evidence: Evidence, *, mine: Marks, target: float, surest_only: bool, wrong: WrongTaken = WrongTaken()
) -> Fit:
    """Calibrate the slates of a policy, which ``mine`` marks, and prove a threshold; ``wrong`` is what people let pass.

    With ``surest_only`` the proof is of what would then be published: the surest object of each scene.
    """
    right = np.array([evidence.decided.get(slate.proposal, False) for slate in evidence.slates], dtype=bool)
    decided = mine & np.array([slate.proposal in evidence.decided for slate in evidence.slates], dtype=bool)
    proves = np.array([slate.half == PROVES for slate in evidence.slates], dtype=bool)
    lessons = np.flatnonzero(decided & ~proves)
    if len(lessons) < FEWEST_LESSONS:
        return Fit(evidence=int(decided.sum()), report={"lessons": len(lessons)})
    confidence = confidence_fit(
        names=NAMES,
        signals=evidence.signals[lessons],
        categories=[evidence.categories[i] for i in lessons],
        right=right[lessons].tolist(),
        scenes=[evidence.slates[i].scene for i in lessons],
    )
    probabilities = probabilities_of(confidence=confidence, signals=evidence.signals, categories=evidence.categories)
    tested = decided & proves
    # Below what contends people are asked in the order of likelihood and not by chance, so nothing is proven there.
    tested &= contenders_of(
        evidence.slates, np.where(mine, probabilities, -1.0), target=target, surest_only=surest_only
    )
    seen = target_seen(target, wrong.share)
    proof = threshold_prove(probabilities=probabilities[tested], right=right[tested].tolist(), target=seen)
    paid = {"wrong_taken": wrong.share, "gold_taken": wrong.taken, "gold_shown": wrong.shown, "target_seen": seen}
    report = {"lessons": len(lessons), "tested": int(tested.sum()), **paid, **proof.report}
    return Fit(int(decided.sum()), confidence, proof.threshold, report)


def surest_of(slates: list[Slate], probabilities: Floats) -> Marks:
    """Which slates are the surest of their scene; the first where several are as sure."""
    best: dict[int, int] = {}
    for i, slate in enumerate(slates):
        if slate.scene not in best or probabilities[i] > probabilities[best[slate.scene]]:
            best[slate.scene] = i
    marks = np.zeros(len(slates), dtype=bool)
    marks[list(best.values())] = True
    return marks


def contenders_of(slates: list[Slate], probabilities: Floats, *, target: float, surest_only: bool) -> Marks:
    """What might be published once more is known: the surest, as far down as they come near the target on average."""
    eligible = surest_of(slates, probabilities) if surest_only else np.ones(len(slates), dtype=bool)
    rows = np.flatnonzero(eligible)
    falling = rows[np.argsort(-probabilities[rows], kind="stable")]
    means = np.cumsum(probabilities[falling]) / np.arange(1, len(falling) + 1)
    many = max(int((means >= target - SHORT_OF).sum()), round(LEAST_SHARE * len(falling)))
    # All that are as sure as the last of them.
    return eligible & (probabilities >= probabilities[falling[many - 1]]) if many else np.zeros(len(slates), dtype=bool)
