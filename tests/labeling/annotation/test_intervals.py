"""Intervals of shares, against scipy's."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest

from labeling.annotation.intervals import share


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (1, 1), (0, 7), (3, 10), (9, 10), (50, 50), (123, 1000), (999, 1000)])
def test_it_works(hits: int, n: int) -> None:
    theirs = binomtest(hits, n).proportion_ci(confidence_level=0.95, method="wilson")
    ours = share(hits, n)
    assert (ours.hits, ours.n, ours.value) == (hits, n, hits / n)
    assert ours.low == pytest.approx(theirs.low, abs=1e-9)
    assert ours.high == pytest.approx(theirs.high, abs=1e-9)


def test_nothing_counted_says_nothing() -> None:
    assert share(0, 0) == (0, 0, None, None, None)
