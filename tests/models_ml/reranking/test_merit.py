"""The rate of an item: features first, its own record the more the longer it is; fitted as the paper's likelihood says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import nbinom

from models_ml.reranking.merit import KAPPAS, RIDGE, Merit, merit_fit, shrunk


def items(n: int = 400, seed: int = 0, kappa: float = 4.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
    seen = rng.gamma(2.0, 40.0, n)
    rate = np.exp(x @ [-3.0, 0.8, -0.4]) * rng.gamma(kappa, 1 / kappa, n)
    return x, seen, rng.poisson(rate * seen).astype(float)


def test_it_works() -> None:
    x, seen, taken = items(3000)
    merit = merit_fit(x, seen, taken)
    np.testing.assert_allclose(merit.weights, [-3.0, 0.8, -0.4], atol=0.08)
    assert merit.kappa == 4.0


def test_it_climbs_to_the_top_that_scipy_finds() -> None:
    x, seen, taken = items(200)

    def loss(w: np.ndarray, kappa: float) -> float:
        mean = seen * np.exp(x @ w)
        told = nbinom.logpmf(taken, kappa, kappa / (kappa + mean)).sum()
        return float(-told + RIDGE / 2 * (w[1:] ** 2).sum())

    found = {kappa: minimize(loss, np.zeros(3), args=(kappa,), method="BFGS") for kappa in KAPPAS}
    best = min(found, key=lambda kappa: found[kappa].fun)
    merit = merit_fit(x, seen, taken)
    assert merit.kappa == best
    np.testing.assert_allclose(merit.weights, found[best].x, atol=1e-3)


def test_where_few_look_a_taking_weighs_more() -> None:
    merit = Merit(np.array([math.log(0.1)]), 4.0)
    one = np.ones((3, 1))
    shape, rate = merit.posterior(one, np.array([0.0, 100.0, 10.0]), np.array([0.0, 10.0, 10.0]))
    means = shape / rate
    assert means[0] == pytest.approx(0.1)
    assert means[1] == pytest.approx(0.1)
    assert means[2] == pytest.approx((4 + 10) / (40 + 10))


def test_what_is_unknown_is_told_by_features_and_what_is_known_by_its_record() -> None:
    merit = Merit(np.array([-3.0, 1.0]), 4.0)
    x = np.array([[1.0, 2.0], [1.0, 2.0]])
    shape, rate = merit.posterior(x, np.array([0.0, 1e6]), np.array([0.0, 1e4]))
    assert (shape / rate)[0] == pytest.approx(math.exp(-1.0))
    assert (shape / rate)[1] == pytest.approx(0.01, rel=1e-3)


def test_positions_that_are_never_looked_at_teach_nothing() -> None:
    x, seen, taken = items(300)
    more = np.vstack([x, x[:50]])
    merit = merit_fit(more, np.concatenate([seen, np.zeros(50)]), np.concatenate([taken, np.zeros(50)]))
    np.testing.assert_array_equal(merit.weights, merit_fit(x, seen, taken).weights)


def test_a_world_where_nothing_is_taken_is_endured() -> None:
    x, seen, _ = items(50)
    merit = merit_fit(x, seen, np.zeros(50))
    assert np.isfinite(merit.weights).all()
    assert merit.prior(x).max() < 0.01


@pytest.mark.parametrize(
    ("seen", "taken", "says"),
    [([0.0, 0.0], [0.0, 0.0], "must have been seen"), ([1.0, -1.0], [0.0, 0.0], "less than never"),
     ([1.0, math.nan], [0.0, 0.0], "finite"), ([1.0], [0.0], "of n items each")],
)  # fmt: skip
def test_bad_records_are_refused(seen: list[float], taken: list[float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        merit_fit(np.ones((2, 1)), np.array(seen), np.array(taken))


def test_shrinking_draws_thin_records_to_the_usual() -> None:
    told = shrunk([0, 10, 1000], [0, 50, 5000], 0.1, 5.0)
    assert told[0] == 1.0
    assert told[1] == pytest.approx(1.5)
    assert told[2] == pytest.approx(1005 / 505)
