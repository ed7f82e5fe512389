"""The camera's faults: any size of picture gets them, and the same seed the same ones."""

from __future__ import annotations

import numpy as np
import pytest

from showroom.finish import photographed


def shot(width: int, height: int, seed: int) -> np.ndarray:
    linear = np.full((height, width, 3), 0.3, np.float32)
    regions = np.zeros((height, width), np.int32)
    return np.asarray(photographed(linear, regions, np.random.default_rng(seed)))


@pytest.mark.parametrize(("width", "height"), [(64, 48), (1160, 1150), (2048, 1536)])
def test_pictures_of_any_size_have_grain(width: int, height: int) -> None:
    """The largest has more colour values than there is noise in stock."""
    picture = shot(width, height, 6)
    assert picture.shape == (height, width, 3)
    spread = picture.astype(float).std(axis=(0, 1))
    assert (spread > 0.3).all() and (spread < 12).all()


def test_noise_that_repeats_does_not_repeat_in_the_same_columns() -> None:
    picture = shot(2048, 1536, 6).astype(float)
    lines = picture[:, :, 1] - picture[:, :, 1].mean()
    for distance in (640, 650, 651, 652, 700):
        alike = (lines[:-distance] * lines[distance:]).mean() / lines.var()
        assert abs(alike) < 0.2


def test_the_same_seed_gives_the_same_picture_and_another_gives_another() -> None:
    assert np.array_equal(shot(64, 48, 1), shot(64, 48, 1))
    assert not np.array_equal(shot(64, 48, 1), shot(64, 48, 2))
