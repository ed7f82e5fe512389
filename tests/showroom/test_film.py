"""The sensor's curve: monotonous, bounded and neutral where it should be."""

from __future__ import annotations

import numpy as np
import pytest

from showroom.film import as_bytes, auto_exposure, auto_white, develop, srgb, tone


def test_it_works() -> None:
    light = np.random.default_rng(0).uniform(0.0, 3.0, (48, 64, 3))
    picture = develop(light, np.random.default_rng(1))
    assert picture.shape == (48, 64, 3)
    assert picture.dtype == np.uint8
    assert 40 < picture.mean() < 215


@pytest.mark.parametrize(("linear", "encoded"), [(0.0, 0.0), (0.0031308, 0.04045), (0.21404, 0.5), (1.0, 1.0)])
def test_srgb_meets_the_standard(linear: float, encoded: float) -> None:
    assert float(srgb(np.array(linear))) == pytest.approx(encoded, abs=1e-4)


def test_tone_rises_and_stays_in_range() -> None:
    curve = tone(np.linspace(0.0, 6.0, 400))
    assert np.all(np.diff(curve) >= 0)
    assert curve[0] == 0.0
    assert curve.max() <= 1.0


def test_exposure_brings_the_mean_to_the_key() -> None:
    light = np.full((4, 4, 3), 0.1)
    assert auto_exposure(light, 0.3) * 0.1 == pytest.approx(0.3)


def test_full_white_balance_makes_the_mean_grey() -> None:
    light = np.ones((4, 4, 3)) * [0.6, 0.5, 0.3]
    balanced = light * auto_white(light, 1.0)
    assert np.ptp(balanced.mean(axis=(0, 1))) == pytest.approx(0.0, abs=1e-12)


def test_the_same_generator_gives_the_same_photograph() -> None:
    light = np.random.default_rng(2).uniform(0.0, 2.0, (32, 32, 3))
    assert np.array_equal(develop(light, np.random.default_rng(3)), develop(light, np.random.default_rng(3)))


def test_bytes_are_rounded_and_clipped() -> None:
    assert as_bytes(np.array([-1.0, 0.5, 2.0])).tolist() == [0, 128, 255]
