"""Boxes of one object are dropped as plain non-maximum suppression drops them."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
import torch
from PIL import Image
from torch import Tensor

from models_ml.boxes import from_pixels, to_pixels
from models_ml.detection import Detector, build_detector
from tests.models_ml.oracles import naive_nms, nudged, scattered
from tests.tiny import tiny_detector_config

SIDE = 96


class Told:
    """A network that finds what it is told."""

    def __init__(self, boxes: list[list[float]], scores: list[float], labels: list[int]) -> None:
        self.output = {"boxes": torch.tensor(boxes), "scores": torch.tensor(scores), "labels": torch.tensor(labels)}

    def __call__(self, pictures: Sequence[Tensor]) -> list[dict[str, Tensor]]:
        return [self.output for _ in pictures]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("limit", [0.3, 0.75])
def test_it_equals_a_loop(seed: int, limit: float) -> None:
    rng = random.Random(seed)
    objects = [scattered(rng) for _ in range(6)]
    boxes = [from_pixels(to_pixels(nudged(box, rng), SIDE, SIDE), SIDE, SIDE) for box in objects for _ in range(5)]
    scores = [rng.uniform(0.1, 1.0) for _ in boxes]
    order = sorted(range(len(boxes)), key=lambda i: -scores[i])
    boxes, scores = [boxes[i] for i in order], [scores[i] for i in order]
    config = tiny_detector_config(["lamp", "sofa"])
    told = Told([list(to_pixels(box, SIDE, SIDE)) for box in boxes], scores, [rng.randint(1, 2) for _ in boxes])
    detector = Detector(build_detector(config), config, network=told)
    [found] = detector.detect([Image.new("RGB", (SIDE, SIDE))], min_score=0.0, duplicate_iou=limit)
    kept = naive_nms(boxes, scores, limit)
    assert [item.score for item in found] == pytest.approx([scores[i] for i in kept])
    assert 6 <= len(found) < len(boxes)
