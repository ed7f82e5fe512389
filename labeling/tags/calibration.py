"""The door to ``models_ml.calibration``: from the scores of past decisions to a probability, and to a threshold on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models_ml.calibration import calibration_from_dict, fit_platt
from models_ml.precision import precision_lower_bound, prove_threshold

Evidence = Sequence[tuple[float, bool]]


@dataclass(frozen=True, slots=True)
class Fit:
    """A calibration in JSON values and the probability from which on the target holds; None where the evidence is too thin."""

    calibration: dict[str, object]
    threshold: float | None


def calibration_fit(*, evidence: Evidence, target: float) -> Fit:
    """Calibrate on every second decision and set the threshold on the others, which the calibration has not seen.

    ``evidence`` is (raw score, was right) in the order of deciding.
    """
    fitting, holding = evidence[0::2], evidence[1::2]
    calibration = fit_platt([score for score, _ in fitting], [right for _, right in fitting])
    held_out = [calibration.probability(score) for score, _ in holding]
    proof = prove_threshold(held_out, [right for _, right in holding], target)
    return Fit(calibration.to_dict(), proof.threshold if proof else None)


def probability_of(*, calibration: dict[str, object], score: float) -> float:
    """The probability in [0, 1] that a tag of this raw score is right."""
    return calibration_from_dict(calibration).probability(score)


def precision_at_least(*, right: int, judged: int) -> float:
    """The lower end of the precision that ``right`` of ``judged`` audited tags vouch for, at 95 % (Clopper-Pearson)."""
    return precision_lower_bound(right, judged)
