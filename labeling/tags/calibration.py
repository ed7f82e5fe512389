"""The door to the model code of automation: from past decisions to a probability, a threshold on it, and a watch over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from models_ml.betting import alarm_after, share_bounds, wealth_against
from models_ml.calibration import expected_calibration_error, reliability
from models_ml.confidence import confidence_from_dict, fit_confidence
from models_ml.precision import precision_lower_bound, precision_upper_bound, prove_threshold

Floats = npt.NDArray[np.float64]

ALPHA = 0.05
"""How often an automation that keeps its promise is stopped all the same, over all time."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The probability from which on the target holds, None where the evidence is too thin, and what was seen on the way."""

    threshold: float | None
    report: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Precision:
    """What audits say of the share of right tags. The bounds hold at whatever moment one looks, each at 95 %.

    ``wealth`` is what a bettor against the target has made of one unit; where it ever reached ``limit`` the target is proven
    to be missed: ``alarm``.
    """

    judged: int
    right: int
    low: float
    high: float
    wealth: float
    limit: float
    alarm: bool


def confidence_fit(
    *,
    names: Sequence[str],
    signals: Floats,
    categories: Sequence[str],
    right: Sequence[bool],
    scenes: Sequence[int],
) -> dict[str, object]:
    """Weigh signals and calibrate, from decisions of the teaching half; JSON values for :func:`probabilities_of`."""
    return fit_confidence(names, signals, categories, right, scenes).to_dict()


def probabilities_of(*, confidence: dict[str, object], signals: Floats, categories: Sequence[str]) -> Floats:
    """The probability in [0, 1] that each tag is right."""
    return confidence_from_dict(confidence).probabilities(signals, categories)


def threshold_prove(*, probabilities: Floats, right: Sequence[bool], target: float) -> Proof:
    """The lowest threshold that keeps ``target`` at 95 %, proven on decisions that the calibration has not seen; never one for 1.

    The report holds the reliability diagram (``bins``), the expected calibration error, and what the proof kept.
    """
    if len(right) == 0:
        return Proof(None)
    report: dict[str, Any] = {
        "bins": [asdict(each) for each in reliability(probabilities, right)],
        "error": expected_calibration_error(probabilities, right),
    }
    proof = prove_threshold(probabilities, right, target) if target < 1 else None
    if proof is None:
        return Proof(None, report)
    low = precision_lower_bound(proof.right, proof.kept)
    return Proof(proof.threshold, report | asdict(proof) | {"precision_low": low})


def share_between(*, hits: int, n: int, confidence: float) -> tuple[float, float]:
    """What a share is at least and at most, in [0, 1], each at this one-sided confidence (Clopper and Pearson 1934)."""
    return precision_lower_bound(hits, n, confidence), precision_upper_bound(hits, n, confidence)


def precision_watch(*, right: Sequence[bool], target: float, alpha: float = ALPHA) -> Precision:
    """What blind audits, in the order they were judged, say of a promised precision."""
    faults = [not each for each in right]
    low, high = share_bounds(faults)
    wealth = wealth_against(faults, 1 - target)
    return Precision(
        judged=len(faults),
        right=sum(right),
        low=1 - high,
        high=1 - low,
        wealth=wealth[-1] if wealth else 1.0,
        limit=1 / alpha,
        alarm=alarm_after(faults, 1 - target, alpha) is not None,
    )
