"""From evidence to a policy's calibration and threshold. Pure.

Scenes are split in two halves by their content, for ever: decisions in the one teach the calibration, those in the other
put it to the proof, so that neither an object nor its scene is on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from labeling.tags.calibration import confidence_fit, probabilities_of, threshold_prove
from labeling.tags.evidence import Evidence
from labeling.tags.signals import NAMES, Floats, Slate

TEACHES, PROVES = 0, 1
FEWEST_LESSONS = 20
WRONG_TAKEN = 0.05
"""How often, at most, a person is supposed to take a wrong product for the right one; gold shows it as false accepts."""

Marks = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Fit:
    """What a policy is set to; an empty ``confidence`` where too little was decided to learn from."""

    evidence: int
    confidence: dict[str, object] = field(default_factory=dict)
    threshold: float | None = None
    report: dict[str, Any] = field(default_factory=dict)


def target_seen(target: float) -> float:
    """What share of tags people must be seen to find right, so that ``target`` of them are.

    A wrong tag is found right where the first person takes it for right, or the first contradicts and both of those who look
    again take it: with probability ``b = a + (1 - a) a^2`` at most, where each does with probability ``a``, blind of the
    others. At a precision of ``target`` or less no more than ``target + (1 - target) b`` are then seen to be right. That
    people slip the other way only makes it less.
    """
    taken = WRONG_TAKEN + (1 - WRONG_TAKEN) * WRONG_TAKEN**2
    return target + (1 - target) * taken


def policy_calibrated(evidence: Evidence, *, mine: Marks, target: float, surest_only: bool) -> Fit:
    """Calibrate the slates of a policy, which ``mine`` marks, and prove a threshold.

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
    if surest_only:
        tested &= surest_of(evidence.slates, np.where(mine, probabilities, -1.0))
    proof = threshold_prove(
        probabilities=probabilities[tested], right=right[tested].tolist(), target=target_seen(target)
    )
    report = {"lessons": len(lessons), "tested": int(tested.sum()), **proof.report}
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
