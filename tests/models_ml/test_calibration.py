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
    precision_lower_bound,
    threshold_for_precision,
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
        pool = [k for k, p in enumerate(fitted.probabilities) if math.isclose(p, best)]
        assert pool, (value, best)
    assert list(fitted.probabilities) == sorted(fitted.probabilities)
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


@pytest.mark.parametrize(("successes", "trials"), [(1, 1), (59, 59), (8, 10), (3, 50), (190, 200)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_the_lower_bound_solves_the_binomial_tail(successes: int, trials: int, confidence: float) -> None:
    bound = precision_lower_bound(successes, trials, confidence)
    tail = sum(math.comb(trials, k) * bound**k * (1 - bound) ** (trials - k) for k in range(successes, trials + 1))
    assert tail == pytest.approx(1 - confidence, rel=1e-6)


def test_the_lower_bound_at_the_ends() -> None:
    assert precision_lower_bound(0, 0) == 0
    assert precision_lower_bound(0, 40) == 0
    assert precision_lower_bound(58, 58) < 0.95 < precision_lower_bound(59, 59)
    with pytest.raises(ValueError, match="successes"):
        precision_lower_bound(3, 2)


def test_a_threshold_keeps_its_promise() -> None:
    scores, labels, truth = drawn(3000, 12.0, -6.0, seed=5)
    threshold = threshold_for_precision(scores, labels, 0.95)
    assert threshold is not None
    taken = scores >= threshold
    assert precision_lower_bound(int(labels[taken].sum()), int(taken.sum())) >= 0.95
    assert truth[taken].mean() > 0.95
    # And it does not give away much: the whole set would not do.
    assert taken.mean() > 0.3
    assert labels.mean() < 0.95


def test_the_promise_holds_as_often_as_it_says() -> None:
    broken = 0
    for seed in range(100):
        scores, labels, _ = drawn(300, 6.0, 0.0, seed=seed)
        threshold = threshold_for_precision(scores, labels, 0.95, 0.9)
        if threshold is not None:
            grid = np.linspace(threshold, 1, 200)
            broken += float((1 / (1 + np.exp(-6 * grid))).mean()) < 0.95
    assert broken <= 0.1 * 100


def test_no_threshold_without_evidence() -> None:
    assert threshold_for_precision([], [], 0.95) is None
    assert threshold_for_precision([0.9] * 58, [True] * 58, 0.95) is None
    assert threshold_for_precision([0.9] * 59, [True] * 59, 0.95) == 0.9
    assert threshold_for_precision(np.linspace(0, 1, 400), [False] * 400, 0.95) is None


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
