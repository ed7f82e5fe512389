"""From raw scores to honest probabilities.

Free of torch. Scores are any finite numbers where more means surer; labels are true where the decision was right.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

NEWTON_STEPS = 100


class Calibration(ABC):
    """A rising map from score to the probability of being right."""

    @abstractmethod
    def probabilities(self, scores: Floats) -> Floats:
        """The probability in [0, 1] that a decision of each score is right."""

    def probability(self, score: float) -> float:
        """The same of one score."""
        return float(self.probabilities(np.asarray([score], dtype=np.float64))[0])

    @abstractmethod
    def to_dict(self) -> dict[str, object]:
        """Plain JSON values, read back by :func:`calibration_from_dict`."""


@dataclass(frozen=True, slots=True)
class PlattCalibration(Calibration):
    """``1 / (1 + exp(-(slope * score + intercept)))`` (Platt 1999)."""

    slope: float
    intercept: float

    def probabilities(self, scores: Floats) -> Floats:
        return _sigmoid(self.slope * scores + self.intercept)

    def to_dict(self) -> dict[str, object]:
        return {"method": "platt", **asdict(self)}


@dataclass(frozen=True, slots=True)
class IsotonicCalibration(Calibration):
    """Straight lines between rising knots, level beyond the first and the last."""

    scores: tuple[float, ...]
    levels: tuple[float, ...]

    def probabilities(self, scores: Floats) -> Floats:
        return np.asarray(np.interp(scores, self.scores, self.levels))

    def to_dict(self) -> dict[str, object]:
        return {"method": "isotonic", "scores": list(self.scores), "probabilities": list(self.levels)}


def calibration_from_dict(record: Mapping[str, object]) -> Calibration:
    """Read what :meth:`Calibration.to_dict` wrote. Raises ValueError for anything else."""
    try:
        match record["method"]:
            case "platt":
                return PlattCalibration(_number(record["slope"]), _number(record["intercept"]))
            case "isotonic":
                return IsotonicCalibration(_numbers(record["scores"]), _numbers(record["probabilities"]))
            case other:
                raise ValueError(f"unknown calibration method {other!r}; known are 'platt' and 'isotonic'")
    except KeyError as error:
        raise ValueError(f"calibration lacks {error}; fit it again") from error


def fit_platt(scores: Sequence[float] | Floats, labels: Sequence[bool]) -> PlattCalibration:
    """Logistic regression on one score, by Newton's method with halved steps (Lin, Lin and Weng 2007).

    Targets are drawn in from 0 and 1 by Platt's prior, so that a perfect separation gives a finite slope. The slope is
    never negative: scores that rank backwards give the flat base rate.
    """
    x, y = checked(scores, labels)
    positives = float(y.sum())
    targets = np.where(y > 0, (positives + 1) / (positives + 2), 1 / (len(y) - positives + 2))
    # Scores of unit spread keep Newton's system well conditioned whatever their unit is.
    centre, spread = float(x.mean()), float(x.std()) or 1.0
    slope, intercept = _newton((x - centre) / spread, targets)
    if slope < 0:
        base = float(targets.mean())
        return PlattCalibration(0.0, math.log(base / (1 - base)))
    return PlattCalibration(slope / spread, intercept - slope * centre / spread)


def fit_isotonic(scores: Sequence[float] | Floats, labels: Sequence[bool]) -> IsotonicCalibration:
    """The rising step function nearest to the labels, by pooling adjacent violators (Ayer et al. 1955).

    Each pool becomes a knot at the mean of its scores.
    """
    x, y = checked(scores, labels)
    order = np.argsort(x, kind="stable")
    pools: list[tuple[float, float, float]] = []  # sum of scores, sum of labels, weight
    for value in np.unique(x):
        rows = order[np.searchsorted(x[order], value, "left") : np.searchsorted(x[order], value, "right")]
        pool = (float(x[rows].sum()), float(y[rows].sum()), float(len(rows)))
        while pools and pools[-1][1] * pool[2] >= pool[1] * pools[-1][2]:
            last = pools.pop()
            pool = (last[0] + pool[0], last[1] + pool[1], last[2] + pool[2])
        pools.append(pool)
    return IsotonicCalibration(tuple(s / w for s, _, w in pools), tuple(hits / w for _, hits, w in pools))


def expected_calibration_error(
    probabilities: Sequence[float] | Floats, labels: Sequence[bool], bins: int = 10
) -> float:
    """Mean gap between stated probability and observed share over ``bins`` equal bins of [0, 1] (Naeini et al. 2015)."""
    p, y = checked(probabilities, labels)
    if p.min() < 0 or p.max() > 1:
        raise ValueError("probabilities must lie in [0, 1]; calibrate the scores first")
    which = np.minimum((p * bins).astype(int), bins - 1)
    gaps = [abs(p[which == b].sum() - y[which == b].sum()) for b in np.unique(which)]
    return float(sum(gaps) / len(p))


@dataclass(frozen=True, slots=True)
class Bin:
    """Decisions of about the same stated probability: how many, what was said of them on average, and how many were right."""

    count: int
    told: float
    right: float


def reliability(probabilities: Sequence[float] | Floats, labels: Sequence[bool], bins: int = 10) -> list[Bin]:
    """The reliability diagram (DeGroot and Fienberg 1983) over ``bins`` equal bins of [0, 1]; empty ones are left out."""
    p, y = checked(probabilities, labels)
    which = np.minimum((p * bins).astype(int), bins - 1)
    return [
        Bin(int((which == b).sum()), float(p[which == b].mean()), float(y[which == b].mean())) for b in np.unique(which)
    ]


def _newton(x: Floats, targets: Floats) -> tuple[float, float]:
    slope, intercept = 0.0, math.log(targets.mean() / (1 - targets.mean()))
    for _ in range(NEWTON_STEPS):
        p = _sigmoid(slope * x + intercept)
        gradient = np.array([((p - targets) * x).sum(), (p - targets).sum()])
        if np.abs(gradient).max() < 1e-9:
            break
        weight = p * (1 - p)
        cross = (weight * x).sum()
        hessian = np.array([[(weight * x * x).sum(), cross], [cross, weight.sum()]]) + 1e-12 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        size, loss = 1.0, _cross_entropy(x, targets, slope, intercept)
        while size > 1e-10 and _cross_entropy(x, targets, slope - size * step[0], intercept - size * step[1]) > loss:
            size /= 2
        slope, intercept = slope - size * float(step[0]), intercept - size * float(step[1])
    return slope, intercept


def _cross_entropy(x: Floats, targets: Floats, slope: float, intercept: float) -> float:
    z = slope * x + intercept
    return float((np.logaddexp(0.0, z) - targets * z).sum())


def _sigmoid(z: Floats) -> Floats:
    return np.asarray(np.exp(-np.logaddexp(0.0, -z)))


def checked(scores: Sequence[float] | Floats, labels: Sequence[bool]) -> tuple[Floats, Floats]:
    """Both as arrays, labels as 0 and 1. Raises ValueError where they are empty, unequal or not finite."""
    x, y = np.asarray(scores, dtype=np.float64), np.asarray(labels, dtype=bool).astype(np.float64)
    if x.ndim != 1 or x.shape != y.shape or len(x) == 0:
        raise ValueError(
            f"scores of shape {x.shape} and labels of shape {y.shape}: give two equal lists that are not empty"
        )
    if not np.isfinite(x).all():
        raise ValueError(f"score {int(np.flatnonzero(~np.isfinite(x))[0])} is not a finite number")
    return x, y


def _number(value: object) -> float:
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"calibration holds {value!r} where a finite number belongs; fit it again")
    return float(value)


def _numbers(values: object) -> tuple[float, ...]:
    if not isinstance(values, list | tuple) or not values:
        raise ValueError("calibration holds no knots; fit it again")
    return tuple(_number(value) for value in values)
