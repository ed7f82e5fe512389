"""Several signals become one probability that can be believed."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from models_ml.calibration import expected_calibration_error, reliability
from models_ml.confidence import Confidence, confidence_from_dict, fit_confidence
from models_ml.logistic import RIDGE

NAMES = ("margin", "noise")
CATEGORIES = ("lamp", "sofa")


def drawn(n: int, seed: int = 0) -> tuple[np.ndarray, list[str], list[bool], list[int], np.ndarray]:
    """Signals of which one tells, categories of which one is harder, labels, scenes of three objects, and the truth."""
    rng = np.random.default_rng(seed)
    signals = rng.normal(size=(n, 2))
    categories = [CATEGORIES[int(each)] for each in rng.random(n) < 0.5]
    odds = 2 * signals[:, 0] + np.where([each == "sofa" for each in categories], 1.5, -0.5)
    truth = 1 / (1 + np.exp(-odds))
    return signals, categories, (rng.random(n) < truth).tolist(), [i // 3 for i in range(n)], truth


def fitted(n: int = 900, seed: int = 0) -> Confidence:
    signals, categories, labels, scenes, _ = drawn(n, seed)
    return fit_confidence(NAMES, signals, categories, labels, scenes)


def test_it_works() -> None:
    signals, categories, labels, _, truth = drawn(4000, seed=1)
    told = fitted().probabilities(signals, categories)
    assert np.abs(told - truth).mean() < 0.05
    assert expected_calibration_error(told, labels) < 0.04
    assert abs(fitted().weights[0]) > 10 * abs(fitted().weights[1])


def test_the_weights_are_the_minimum_of_the_penalised_loss() -> None:
    signals, categories, labels, scenes, _ = drawn(80, seed=2)
    model = fit_confidence(NAMES, signals, categories, labels, scenes)
    scaled = (signals - signals.mean(axis=0)) / signals.std(axis=0)

    def loss(first: float, second: float, intercept: float, lamp: float, sofa: float) -> float:
        total = RIDGE / 2 * (first**2 + second**2 + lamp**2 + sofa**2) + 0.0005 * intercept**2
        for row, category, label in zip(scaled, categories, labels, strict=True):
            z = first * row[0] + second * row[1] + intercept + (sofa if category == "sofa" else lamp)
            total += math.log1p(math.exp(z)) - label * z
        return total

    best = [*model.weights, model.intercept, model.offsets["lamp"], model.offsets["sofa"]]
    for place in range(5):
        for step in (-0.02, 0.02):
            other = list(best)
            other[place] += step
            assert loss(*best) < loss(*other)


def test_a_category_with_little_to_say_is_drawn_to_the_others() -> None:
    signals, categories, labels, scenes, _ = drawn(300, seed=3)
    model = fit_confidence(
        NAMES, np.vstack([signals, [[0, 0]]]), [*categories, "vase"], [*labels, False], [*scenes, 999]
    )
    assert abs(model.offsets["vase"]) < 0.6
    [vase, unheard] = model.scores(np.zeros((2, 2)), ["vase", "never seen"])
    assert unheard == pytest.approx(vase - model.offsets["vase"])


def test_what_is_calibrated_was_not_seen() -> None:
    """Pure noise in many columns fits its own labels well; unseen folds say that it is worth nothing."""
    rng = np.random.default_rng(4)
    signals, labels = rng.normal(size=(60, 30)), (rng.random(60) < 0.5).tolist()
    model = fit_confidence([str(i) for i in range(30)], signals, ["sofa"] * 60, labels, list(range(60)))
    fresh = model.probabilities(rng.normal(size=(500, 30)), ["sofa"] * 500)
    assert np.abs(fresh - 0.5).mean() < 0.2


@pytest.mark.parametrize("labels", [[True] * 30, [False] * 30])
def test_one_answer_alone_stays_finite(labels: list[bool]) -> None:
    signals = np.linspace(0, 1, 60).reshape(30, 2)
    told = fit_confidence(NAMES, signals, ["sofa"] * 30, labels, list(range(30))).probabilities(signals, ["sofa"] * 30)
    assert np.isfinite(told).all() and ((told > 0.8) == labels[0]).all()


def test_it_survives_json() -> None:
    model = fitted(100)
    again = confidence_from_dict(json.loads(json.dumps(model.to_dict())))
    assert again == model


@pytest.mark.parametrize(
    "change", [{"weights": [1.0]}, {"offsets": 3}, {"intercept": "x"}, {"names": None}, {"calibration": {}}]
)
def test_a_damaged_record_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="fit it again"):
        confidence_from_dict(fitted(60).to_dict() | change)
    with pytest.raises(ValueError, match="fit it again"):
        confidence_from_dict({})


def test_signals_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="weighs"):
        fitted(60).probabilities(np.zeros((2, 3)), ["sofa", "sofa"])
    with pytest.raises(ValueError, match="row a label"):
        fit_confidence(NAMES, np.zeros((0, 2)), [], [], [])


def test_the_diagram_equals_a_loop() -> None:
    rng = np.random.default_rng(5)
    told, labels = rng.random(80), (rng.random(80) < 0.5).tolist()
    expected = []
    for b in range(10):
        rows = [i for i in range(80) if b / 10 <= told[i] < (b + 1) / 10]
        if rows:
            expected.append(
                (len(rows), sum(told[i] for i in rows) / len(rows), sum(labels[i] for i in rows) / len(rows))
            )
    found = [(each.count, each.told, each.right) for each in reliability(told, labels)]
    assert found == [pytest.approx(each) for each in expected]
