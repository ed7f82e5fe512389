"""Scores become probabilities that can be believed, and thresholds keep their promise."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from models_ml.calibration import (
    calibration_from_dict,
    expected_calibration_error,
    fit_isotonic,
    fit_platt,
)


def drawn(n: int, slope: float, intercept: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    scores = rng.uniform(0, 1, n)
    truth = 1 / (1 + np.exp(-(slope * scores + intercept)))
    return scores, rng.random(n) < truth, truth


def test_it_works() -> None:
    scores, labels, truth = drawn(4000, 8.0, -4.0)
    for fit in (fit_platt, fit_isotonic):
        fitted = fit(scores, labels)
        told = np.array([fitted.probability(s) for s in scores])
        assert np.abs(told - truth).mean() < 0.03
        assert expected_calibration_error(told, labels) < 0.03
    assert expected_calibration_error(scores, labels) > 0.06


def test_platt_is_the_minimum_of_its_loss() -> None:
    scores, labels, _ = drawn(60, 5.0, -2.0, seed=3)
    fitted = fit_platt(scores, labels)
    n_pos, n_neg = labels.sum(), (~labels).sum()

    def loss(slope: float, intercept: float) -> float:
        total = 0.0
        for score, label in zip(scores, labels, strict=True):
            target = (n_pos + 1) / (n_pos + 2) if label else 1 / (n_neg + 2)
            p = 1 / (1 + math.exp(-(slope * score + intercept)))
            total -= target * math.log(p) + (1 - target) * math.log(1 - p)
        return total

    best = loss(fitted.slope, fitted.intercept)
    for step in (-0.01, 0.01):
        assert best < loss(fitted.slope + step, fitted.intercept)
        assert best < loss(fitted.slope, fitted.intercept + step)


def test_platt_stays_finite_when_scores_separate() -> None:
    fitted = fit_platt([0.1, 0.2, 0.8, 0.9], [False, False, True, True])
    assert 0 < fitted.probability(0.1) < 0.5 < fitted.probability(0.9) < 1


def test_platt_never_falls() -> None:
    fitted = fit_platt([0.9, 0.8, 0.2, 0.1], [False, False, True, True])
    assert fitted.probability(0.1) == fitted.probability(0.9) == pytest.approx(0.5)


def test_isotonic_equals_the_min_max_formula() -> None:
    rng = np.random.default_rng(1)
    scores = rng.integers(0, 12, 40).astype(float)
    labels = rng.random(40) < scores / 12
    fitted = fit_isotonic(scores, labels)
    values = sorted(set(scores))
    for i, value in enumerate(values):
        # Robertson et al. 1988: the fit at a point is the max over lower ends of the min over upper ends of the mean.
        best = max(
            min(labels[(scores >= low) & (scores <= high)].mean() for high in values[i:]) for low in values[: i + 1]
        )
        pool = [k for k, p in enumerate(fitted.levels) if math.isclose(p, best)]
        assert pool, (value, best)
    assert list(fitted.levels) == sorted(fitted.levels)
    assert all(a < b for a, b in zip(fitted.scores, fitted.scores[1:], strict=False))


@pytest.mark.parametrize("fit", [fit_platt, fit_isotonic])
def test_calibration_survives_json(fit) -> None:
    scores, labels, _ = drawn(100, 4.0, -2.0)
    fitted = fit(scores, labels)
    again = calibration_from_dict(json.loads(json.dumps(fitted.to_dict())))
    assert again == fitted
    assert again.probability(0.3) == fitted.probability(0.3)


@pytest.mark.parametrize(
    "record",
    [{}, {"method": "magic"}, {"method": "platt", "slope": 1.0}, {"method": "platt", "slope": "x", "intercept": 0}],
)
def test_a_damaged_record_is_refused(record: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="calibration"):
        calibration_from_dict(record)


@pytest.mark.parametrize(("scores", "labels"), [([], []), ([1.0], [True, False]), ([math.nan], [True])])
def test_bad_input_is_refused(scores: list[float], labels: list[bool]) -> None:
    with pytest.raises(ValueError, match=r"score"):
        fit_platt(scores, labels)


def test_calibration_error_equals_a_loop() -> None:
    rng = np.random.default_rng(2)
    told, labels = rng.random(50), rng.random(50) < 0.5
    total = 0.0
    for b in range(10):
        rows = [i for i in range(50) if b / 10 <= told[i] < (b + 1) / 10]
        if rows:
            gap = sum(told[i] for i in rows) / len(rows) - sum(labels[i] for i in rows) / len(rows)
            total += len(rows) / 50 * abs(gap)
    assert expected_calibration_error(told, labels) == pytest.approx(total)
    with pytest.raises(ValueError, match="calibrate"):
        expected_calibration_error([1.5], [True])
