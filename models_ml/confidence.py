"""From several signals of a tag to the probability that it is right. Free of torch.

A logistic regression weighs the signals, with an offset for each category that is drawn to zero where a category has little
to say for itself (ridge: Hoerl and Kennard 1970); what it says is then calibrated on decisions it has not seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models_ml.calibration import Calibration, calibration_from_dict, fit_platt
from models_ml.logistic import logistic_fit

Floats = npt.NDArray[np.float64]

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Confidence:
    """``offsets`` are by category; one that is not among them has none. ``names`` says what each signal is, in order."""

    names: tuple[str, ...]
    centre: tuple[float, ...]
    spread: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    offsets: Mapping[str, float]
    calibration: Calibration

    def probabilities(self, signals: Floats, categories: Sequence[str]) -> Floats:
        """The probability in [0, 1] that each tag is right; signals are ``(n, k)``, categories ``n``."""
        return self.calibration.probabilities(self.scores(signals, categories))

    def scores(self, signals: Floats, categories: Sequence[str]) -> Floats:
        """The log odds before calibration, ``(n,)``."""
        if signals.shape != (len(categories), len(self.names)):
            raise ValueError(
                f"signals of shape {signals.shape} for {len(categories)} tags: this confidence weighs {self.names}"
            )
        scaled = (signals - np.array(self.centre)) / np.array(self.spread)
        offsets = np.array([self.offsets.get(category, 0.0) for category in categories])
        return np.asarray(scaled @ np.array(self.weights) + offsets + self.intercept)

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values, read back by :func:`confidence_from_dict`."""
        return {
            "names": list(self.names),
            "centre": list(self.centre),
            "spread": list(self.spread),
            "weights": list(self.weights),
            "intercept": self.intercept,
            "offsets": dict(self.offsets),
            "calibration": self.calibration.to_dict(),
        }


def confidence_from_dict(record: Mapping[str, object]) -> Confidence:
    """Read what :meth:`Confidence.to_dict` wrote. Raises ValueError for anything else."""
    try:
        lists = {name: tuple(_list(record[name])) for name in ("names", "centre", "spread", "weights")}
        offsets, calibration = record["offsets"], record["calibration"]
        intercept = float(str(record["intercept"]))
        if not isinstance(offsets, Mapping) or not isinstance(calibration, Mapping):
            raise ValueError("offsets and calibration must be objects")
        if len({len(each) for each in lists.values()}) != 1:
            raise ValueError("names, centre, spread and weights differ in length")
        numbers = {name: tuple(float(str(each)) for each in lists[name]) for name in ("centre", "spread", "weights")}
        return Confidence(
            names=tuple(map(str, lists["names"])),
            **numbers,
            intercept=intercept,
            offsets={str(name): float(value) for name, value in offsets.items()},
            calibration=calibration_from_dict(calibration),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"this is no calibration of confidence ({error}); fit it again") from error


def fit_confidence(
    names: Sequence[str],
    signals: Floats,
    categories: Sequence[str],
    labels: Sequence[bool],
    groups: Sequence[int],
) -> Confidence:
    """Weigh ``signals`` (n, k) by ``labels`` (n), then calibrate on what each fifth of the ``groups`` says of itself.

    ``groups`` are what must not be torn apart, scenes say: the scores that are calibrated come from weights that have not
    seen the group.
    """
    if len(signals) == 0 or signals.shape != (len(labels), len(names)):
        raise ValueError(f"signals of shape {signals.shape} for {len(labels)} labels: give one row a label, and some")
    centre, spread = signals.mean(axis=0), signals.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    known = sorted(set(categories))
    design = _design((signals - centre) / spread, categories, known)
    y = np.asarray(labels, dtype=np.float64)
    fold = np.unique(np.asarray(groups), return_inverse=True)[1] % FOLDS
    unseen, k = np.zeros(len(y)), len(names)
    for number in range(FOLDS):
        held = fold == number
        if held.any():
            unseen[held] = design[held] @ _weigh(design[~held], y[~held], k)
    weights = _weigh(design, y, k)
    return Confidence(
        names=tuple(names),
        centre=tuple(map(float, centre)),
        spread=tuple(map(float, spread)),
        weights=tuple(map(float, weights[:k])),
        intercept=float(weights[k]),
        offsets={name: float(value) for name, value in zip(known, weights[k + 1 :], strict=True)},
        calibration=fit_platt(unseen, [bool(label) for label in labels]),
    )


def _design(scaled: Floats, categories: Sequence[str], known: Sequence[str]) -> Floats:
    ones = np.ones((len(scaled), 1))
    marks = np.array([[float(category == name) for name in known] for category in categories])
    return np.hstack([scaled, ones, marks])


def _weigh(design: Floats, y: Floats, constant: int) -> Floats:
    return logistic_fit(design, y, np.ones(len(y)), constant=constant)


def _list(value: object) -> list[object]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"{value!r} stands where a list belongs")
    return list(value)
