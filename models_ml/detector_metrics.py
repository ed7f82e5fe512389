"""How well a detector finds the objects of scenes, as training reports it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from models_ml.data import is_clear
from models_ml.detection import BATCH, SCORE_FLOOR, Detector
from models_ml.images import open_image
from models_ml.manifest import SceneEntry
from models_ml.metrics import mean_average_precision
from models_ml.types import Detection


class DetectorMetrics(TypedDict):
    """What a detector reached on ``scenes`` scenes with ``objects`` clear objects; average precision at IoU 0.5 and 0.75."""

    map50: float
    map75: float
    per_class: dict[str, float]
    scenes: int
    objects: int


def evaluate(detector: Detector, scenes: Sequence[SceneEntry]) -> DetectorMetrics:
    """Judge a detector on scenes with known boxes; objects hardly seen count neither for nor against."""
    found: list[list[Detection]] = []
    for start in range(0, len(scenes), BATCH):
        images = [open_image(s.image, max_side=2 * detector.config.image_side) for s in scenes[start : start + BATCH]]
        found += detector.detect(images, min_score=SCORE_FLOOR, max_detections=100, duplicate_iou=1.0)
    truths = [[(o.box, o.category) for o in s.objects if is_clear(o)] for s in scenes]
    unclear = [[(o.box, o.category) for o in s.objects if not is_clear(o)] for s in scenes]
    at50 = mean_average_precision(found, truths, 0.5, ignored=unclear)
    at75 = mean_average_precision(found, truths, 0.75, ignored=unclear)
    return {
        "map50": at50["map50"],
        "map75": at75["map50"],
        "per_class": at50["per_class"],
        "scenes": len(scenes),
        "objects": sum(len(t) for t in truths),
    }
