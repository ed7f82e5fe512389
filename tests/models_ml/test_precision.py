"""A threshold keeps the precision it promises, as often as it promises."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models_ml.precision import precision_lower_bound, precision_upper_bound, prove_threshold


def drawn(n: int, seed: int, *, believed: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``n`` decisions: the stated probability, whether it was right, and the true one; ``believed`` below 1 boasts."""
    rng = np.random.default_rng(seed)
    truth = rng.beta(4, 1, n)
    return truth**believed, rng.random(n) < truth, truth


def tail(right: int, kept: int, share: float) -> float:
    """The chance of so many right ones or more, summed as the binomial is written."""
    return sum(math.comb(kept, k) * share**k * (1 - share) ** (kept - k) for k in range(right, kept + 1))


@pytest.mark.parametrize(("successes", "trials"), [(1, 1), (59, 59), (8, 10), (3, 50), (190, 200)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_the_bounds_solve_the_binomial_tail(successes: int, trials: int, confidence: float) -> None:
    low = precision_lower_bound(successes, trials, confidence)
    assert tail(successes, trials, low) == pytest.approx(1 - confidence, rel=1e-6)
    high = precision_upper_bound(successes, trials, confidence)
    if successes < trials:
        assert 1 - tail(successes + 1, trials, high) == pytest.approx(1 - confidence, rel=1e-6)
    assert low <= successes / trials <= high


def test_the_bounds_at_the_ends() -> None:
    assert precision_lower_bound(0, 0) == precision_lower_bound(0, 40) == 0
    assert precision_upper_bound(0, 0) == precision_upper_bound(40, 40) == 1
    assert precision_lower_bound(58, 58) < 0.95 < precision_lower_bound(59, 59)
    with pytest.raises(ValueError, match="successes"):
        precision_lower_bound(3, 2)
    with pytest.raises(ValueError, match="confidence"):
        precision_lower_bound(1, 2, 1.0)


def test_it_works() -> None:
    told, labels, truth = drawn(3000, seed=5)
    proof = prove_threshold(told, labels, 0.95)
    assert proof is not None
    taken = told >= proof.threshold
    assert (proof.right, proof.kept) == (labels[taken].sum(), taken.sum())
    assert tail(proof.right, proof.kept, 0.95) <= 0.05
    assert truth[taken].mean() > 0.95
    # And it does not give much away: all of them would not do, and much less would be waste.
    assert truth.mean() < 0.85
    assert taken.mean() > 0.25


@pytest.mark.parametrize("believed", [1.0, 0.5, 2.0])
def test_the_promise_holds_as_often_as_it_says_whatever_is_believed(believed: float) -> None:
    promised = broken = 0
    population = np.random.default_rng(99).beta(4, 1, 200_000)
    for seed in range(200):
        told, labels, _ = drawn(400, seed, believed=believed)
        proof = prove_threshold(told, labels, 0.9, 0.9)
        if proof is not None:
            promised += 1
            broken += float(population[population**believed >= proof.threshold].mean()) < 0.9
    assert promised > 100
    # One in ten may break; 200 draws scatter around that.
    assert broken <= 0.1 * 200 + 3 * math.sqrt(200 * 0.09)


@pytest.mark.parametrize("believed", [0.3, 1.0, 4.0])
def test_a_calibration_that_is_too_bold_or_too_shy_proves_nearly_as_much(believed: float) -> None:
    """Half of the surest objects are right in 995 of 1,000 cases, and people slip two times in 100."""
    truth = np.interp(np.linspace(0, 1, 900), [0, 0.5, 1], [0.999, 0.99, 0.7])
    proven = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        labels = (rng.random(900) < truth) & (rng.random(900) > 0.02)
        proof = prove_threshold(truth**believed, labels, 0.95)
        proven += proof is not None and proof.kept > 300
    assert proven >= 28


def test_a_good_head_before_a_bad_tail_is_proven() -> None:
    told = np.linspace(0.999, 0.5, 1000)
    labels = np.concatenate([np.ones(200), np.arange(800) % 2]).astype(bool)
    proof = prove_threshold(told, labels, 0.95)
    assert proof is not None and 100 <= proof.kept <= 220


def test_the_sequence_ends_at_the_first_cut_that_fails() -> None:
    told = np.repeat([0.99, 0.9, 0.5], 200)
    labels = np.concatenate([np.ones(200), np.ones(200) * (np.arange(200) % 2), np.ones(200)]).astype(bool)
    proof = prove_threshold(told, labels, 0.95)
    # Two thirds of all would be right below the bad middle, but nobody gets there through it.
    assert proof is not None and (proof.threshold, proof.right, proof.kept) == (0.99, 200, 200)


def test_equal_ones_stay_together() -> None:
    assert prove_threshold([0.9] * 59, [True] * 59, 0.95) is not None
    assert prove_threshold([0.9] * 80, [True] * 60 + [False] * 20, 0.95) is None


def test_none_without_evidence() -> None:
    assert prove_threshold([], [], 0.95) is None
    assert prove_threshold([0.9] * 58, [True] * 58, 0.95) is None
    assert prove_threshold(np.linspace(0, 1, 400), [False] * 400, 0.95) is None
    with pytest.raises(ValueError, match="target"):
        prove_threshold([0.5], [True], 1.0)
    with pytest.raises(ValueError, match="score"):
        prove_threshold([math.nan], [True], 0.9)
