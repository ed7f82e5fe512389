"""Between its parts the cut network does what torchvision does, whatever runs the parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models_ml.detection import Detector
from models_ml.parted_detector import PADDING, PartedDetector, padded
from models_ml.runtimes import Eager
from tests.tiny import tiny_detector


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8))


@pytest.fixture
def both(tmp_path: Path) -> tuple[Detector, Detector]:
    """A tiny detector as torchvision runs it, and cut into parts."""
    eager = Detector.load(tiny_detector(tmp_path, ("lamp", "sofa")), threads=1)
    network = PartedDetector(eager.model, Eager(), tmp_path, side=eager.config.image_side)
    return eager, Detector(eager.model, eager.config, network=network)


def test_it_works(both: tuple[Detector, Detector]) -> None:
    eager, parted = both
    images = [noise(96, 64), noise(64, 96, 1), noise(192, 128, 2)]
    for expected, found in zip(eager.detect(images, min_score=0), parted.detect(images, min_score=0), strict=True):
        assert expected
        assert [item.category for item in found] == [item.category for item in expected]
        np.testing.assert_allclose([item.box for item in found], [item.box for item in expected], atol=1e-4)
        np.testing.assert_allclose([item.score for item in found], [item.score for item in expected], atol=1e-4)


def test_a_scene_is_seen_the_same_alone_and_beside_others(both: tuple[Detector, Detector]) -> None:
    images = [noise(96, 64), noise(64, 96, 1), noise(96, 50, 2), noise(96, 64, 3)]
    for detector in both:
        together = detector.detect(images, min_score=0)
        for image, found in zip(images, together, strict=True):
            [alone] = detector.detect([image], min_score=0)
            assert [item.category for item in alone] == [item.category for item in found]
            np.testing.assert_allclose([item.box for item in alone], [item.box for item in found], atol=1e-4)


def test_padding_is_the_mean_colour_below_and_to_the_right() -> None:
    batch = padded([torch.zeros((50, 96, 3), dtype=torch.uint8), torch.ones((40, 90, 3), dtype=torch.uint8)])
    assert batch.shape == (2, 64, 96, 3)
    assert int(batch[1, :40, :90].min()) == int(batch[1, :40, :90].max()) == 1
    assert batch[0, 50, 0].tolist() == batch[1, 0, 90].tolist() == list(PADDING)
