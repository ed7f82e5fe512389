"""One logistic fit for whatever is weighed: the maximum that scipy finds, wherever the constant stands."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from models_ml.logistic import FREE, chances, logistic_fit


def drawn(constant: int, n: int = 200) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(constant)
    x = rng.normal(size=(n, 3))
    x[:, constant] = 1.0
    told = 1 / (1 + np.exp(-(x @ [1.0, -2.0, 0.5])))
    return x, np.where(rng.random(n) < told, rng.choice([0.6, 1.0], n), 0.0), rng.choice([0.3, 1.0, 2.0], n)


@pytest.mark.parametrize("constant", [0, 1, 2])
@pytest.mark.parametrize("ridge", [0.1, 1.0, 20.0])
def test_it_finds_what_scipy_finds(constant: int, ridge: float) -> None:
    x, y, sure = drawn(constant)
    pull = np.full(3, ridge)
    pull[constant] = FREE

    def loss(w: np.ndarray) -> float:
        z = x @ w
        return float((sure * (np.logaddexp(0, z) - y * z)).sum() + (pull * w**2).sum() / 2)

    best = minimize(loss, np.zeros(3), tol=1e-10).x
    np.testing.assert_allclose(logistic_fit(x, y, sure, constant=constant, ridge=ridge), best, atol=1e-4)


def test_columns_of_great_numbers_do_not_make_it_leap() -> None:
    x = np.column_stack([np.ones(60), np.linspace(-1000, 1000, 60)])
    weights = logistic_fit(x, (x[:, 1] > 300).astype(float), np.ones(60), constant=0)
    assert np.isfinite(weights).all()
    assert ((chances(x, weights) > 0.5) == (x[:, 1] > 300)).all()


def test_nothing_to_learn_from_says_nothing() -> None:
    assert logistic_fit(np.zeros((0, 4)), np.zeros(0), np.zeros(0), constant=3).tolist() == [0.0] * 4
