"""How right a product is, as people's grades teach it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from models_ml.logistic import RIDGE
from models_ml.reranking.relevance import relevance_fit, relevance_of


def graded(n: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
    p = 1 / (1 + np.exp(-(x @ [0.5, 2.0, -1.0])))
    return x, (rng.random(n) < p).astype(float), rng.choice([0.3, 1.0], n)


def test_it_works() -> None:
    x, gains, _ = graded(3000)
    weights = relevance_fit(x, gains, np.ones(3000))
    np.testing.assert_allclose(weights, [0.5, 2.0, -1.0], atol=0.25)


def test_it_finds_what_scipy_finds() -> None:
    x, gains, sure = graded()
    gains = np.where(gains > 0, 0.6, gains)

    def loss(w: np.ndarray) -> float:
        z = x @ w
        told = sure * (gains * -np.logaddexp(0, -z) + (1 - gains) * -np.logaddexp(0, z))
        return float(-told.sum() + RIDGE / 2 * (w[1:] ** 2).sum() + 1e-3 / 2 * w[0] ** 2)

    np.testing.assert_allclose(relevance_fit(x, gains, sure), minimize(loss, np.zeros(3)).x, atol=1e-4)


def test_what_is_unsure_teaches_less() -> None:
    x, gains = np.ones((2, 1)), np.array([1.0, 0.0])
    lean = relevance_fit(x, gains, np.array([1.0, 0.25]))
    assert relevance_of(x[:1], lean)[0] == pytest.approx(0.8, abs=5e-3)


def test_grades_that_a_feature_parts_fully_do_not_run_away() -> None:
    x = np.column_stack([np.ones(40), np.repeat([1.0, -1.0], 20)])
    weights = relevance_fit(x, np.repeat([1.0, 0.0], 20), np.ones(40))
    assert 1 < weights[1] < 5


@pytest.mark.parametrize(("gains", "sure"), [([1.5], [1.0]), ([0.5], [-1.0]), ([], [])])
def test_bad_grades_are_refused(gains: list[float], sure: list[float]) -> None:
    with pytest.raises(ValueError, match=r"gains|features"):
        relevance_fit(np.ones((len(gains), 1)), np.array(gains), np.array(sure))
