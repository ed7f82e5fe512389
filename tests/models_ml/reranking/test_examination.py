"""What is the position's and what is the item's can be told apart where items stood at several positions."""

from __future__ import annotations

import numpy as np
import pytest

from models_ml.reranking.examination import examination_fit


def log(looked: list[float], *, items: int = 60, shown: int = 400, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Items that are mostly shown where they deserve to be, and now and then elsewhere."""
    rng = np.random.default_rng(seed)
    rates = rng.uniform(0.05, 0.4, items)
    rows = []
    for item, rate in enumerate(rates):
        usual = int((rates > rate).sum() * len(looked) / items)
        for at in range(len(looked)):
            times = shown if at == usual else shown // 20
            rows.append((item, at + 1, rng.binomial(times, rate * looked[at]), times))
    return tuple(np.array(column) for column in zip(*rows, strict=True))


def test_it_works() -> None:
    looked = [1.0, 0.8, 0.4, 0.3]
    item, position, taken, shown = log(looked)
    found = examination_fit(item, position, taken.astype(float), shown.astype(float), count=4)
    np.testing.assert_allclose(found, looked, atol=0.12)
    naive = [taken[position == at].sum() / shown[position == at].sum() for at in range(1, 5)]
    # Click rates alone blame the positions for the items that stand there.
    assert naive[3] / naive[0] < looked[3] / 2


def test_without_a_log_it_is_one_over_the_position() -> None:
    empty = np.zeros(0)
    found = examination_fit(empty.astype(int), empty.astype(int), empty, empty, count=3)
    np.testing.assert_allclose(found, [1, 1 / 2, 1 / 3])


def test_a_thin_log_moves_it_little() -> None:
    found = examination_fit(np.array([0, 0]), np.array([1, 2]), np.array([1.0, 1.0]), np.array([9.0, 9.0]), count=2)
    assert found[0] == 1.0
    assert found[1] == pytest.approx(0.5, abs=0.06)


def test_the_last_position_stands_for_all_further_ones() -> None:
    item, position, taken, shown = log([1.0, 0.8, 0.4, 0.3])
    beyond = np.where(position == 4, 9, position)
    same = [
        examination_fit(item, at, taken.astype(float), shown.astype(float), count=4).tolist()
        for at in (position, beyond)
    ]
    assert same[0] == same[1]
