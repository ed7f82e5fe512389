"""The detection figures of the COCO challenge, counted by faster-coco-eval. Free of torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np
from faster_coco_eval import COCO, COCOeval_faster

from models_ml.boxes import to_pixels
from models_ml.metrics import Truths
from models_ml.types import Box, Detection

IOUS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
MAX_DETECTIONS = (1, 10, 100)
OUT_OF_RANGE = 1e12
"""An area (pixels) beyond all that are judged."""


class CocoCategory(TypedDict):
    """One category's share of :class:`CocoMetrics`; ``objects`` counts its truth."""

    ap: float
    ap50: float
    ap75: float
    ar: float
    objects: int


class CocoMetrics(TypedDict):
    """``map`` is averaged over IoUs from 0.5 to 0.95, ``map50`` and ``map75`` are at one. ``small``, ``medium`` and ``large`` are
    objects of under 32 x 32, under 96 x 96 and more pixels of the scene as it was stored; None where the truth holds none.
    ``ar_n`` is the recall reached with the ``n`` surest detections a scene and category, averaged over the same IoUs."""

    map: float
    map50: float
    map75: float
    map_small: float | None
    map_medium: float | None
    map_large: float | None
    ar_1: float
    ar_10: float
    ar_100: float
    ar_small: float | None
    ar_medium: float | None
    ar_large: float | None
    per_category: dict[str, CocoCategory]


def coco_metrics(
    predictions: Sequence[Sequence[Detection]],
    truths: Truths,
    sizes: Sequence[tuple[int, int]],
    *,
    ignored: Truths | None = None,
) -> CocoMetrics:
    """Judge detections over scenes of ``sizes`` (width, height in pixels), as Lin et al. 2014 do.

    Only categories that occur in the truth are judged; all figures are 0 where it is empty. A detection that lies on an
    ``ignored`` object of its category counts neither for nor against.
    """
    if not len(predictions) == len(truths) == len(sizes):
        raise ValueError(f"{len(predictions)} lists of predictions and {len(sizes)} sizes for {len(truths)} scenes")
    names = sorted({name for scene in truths for _, name in scene})
    if not names:
        return _figures(None, {})
    number = {name: i for i, name in enumerate(names, start=1)}
    truth = COCO(_dataset(truths, ignored or [[] for _ in truths], sizes, number))
    found = COCO(_dataset([[] for _ in truths], [[] for _ in truths], sizes, number))
    found.dataset["annotations"] = _results(predictions, sizes, number)
    found.createIndex()
    judge = COCOeval_faster(truth, found, iouType="bbox")
    judge.params.maxDets = list(MAX_DETECTIONS)
    judge.evaluate()
    judge.accumulate()
    counts = {name: sum(other == name for scene in truths for _, other in scene) for name in names}
    return _figures(judge.eval, counts)


def _figures(table: Any, counts: dict[str, int]) -> CocoMetrics:
    # (IoU, recall, category, area, detections) and (IoU, category, area, detections); -1 where there is nothing to judge.
    precision = np.asarray(table["precision"]) if table else np.zeros((len(IOUS), 101, 0, 4, 3))
    recall = np.asarray(table["recall"]) if table else np.zeros((len(IOUS), 0, 4, 3))
    every, sizes = 0, {"small": 1, "medium": 2, "large": 3}

    def area(size: int) -> float | None:
        return _mean(precision[:, :, :, size, -1])

    return {
        "map": area(every) or 0.0,
        "map50": _mean(precision[0, :, :, every, -1]) or 0.0,
        "map75": _mean(precision[5, :, :, every, -1]) or 0.0,
        "map_small": area(sizes["small"]),
        "map_medium": area(sizes["medium"]),
        "map_large": area(sizes["large"]),
        "ar_1": _mean(recall[:, :, every, 0]) or 0.0,
        "ar_10": _mean(recall[:, :, every, 1]) or 0.0,
        "ar_100": _mean(recall[:, :, every, 2]) or 0.0,
        "ar_small": _mean(recall[:, :, sizes["small"], -1]),
        "ar_medium": _mean(recall[:, :, sizes["medium"], -1]),
        "ar_large": _mean(recall[:, :, sizes["large"], -1]),
        "per_category": {
            name: {
                "ap": _mean(precision[:, :, k, every, -1]) or 0.0,
                "ap50": _mean(precision[0, :, k, every, -1]) or 0.0,
                "ap75": _mean(precision[5, :, k, every, -1]) or 0.0,
                "ar": _mean(recall[:, k, every, -1]) or 0.0,
                "objects": count,
            }
            for k, (name, count) in enumerate(counts.items())
        },
    }


def _mean(values: np.ndarray[Any, Any]) -> float | None:
    judged = values[values > -1]
    return float(judged.mean()) if judged.size else None


def _dataset(
    truths: Truths, ignored: Truths, sizes: Sequence[tuple[int, int]], number: dict[str, int]
) -> dict[str, list[dict[str, Any]]]:
    annotations: list[dict[str, Any]] = []
    for place, size in enumerate(sizes):
        for objects, vague in ((truths[place], False), (ignored[place], True)):
            for box, name in objects:
                if name in number:
                    entry = _entry(box, size, place, number[name], len(annotations) + 1)
                    # What is outside all areas is what COCO ignores at the usual IoU; its crowds are matched by another rule.
                    annotations.append({**entry, "area": OUT_OF_RANGE} if vague else entry)
    return {
        "images": [{"id": i, "width": width, "height": height} for i, (width, height) in enumerate(sizes)],
        "categories": [{"id": i, "name": name} for name, i in number.items()],
        "annotations": annotations,
    }


def _results(
    predictions: Sequence[Sequence[Detection]], sizes: Sequence[tuple[int, int]], number: dict[str, int]
) -> list[dict[str, Any]]:
    rows = [
        (place, detection)
        for place, found in enumerate(predictions)
        for detection in found
        if detection.category in number
    ]
    return [
        {**_entry(d.box, sizes[place], place, number[d.category], i), "score": d.score}
        for i, (place, d) in enumerate(rows, start=1)
    ]


def _entry(box: Box, size: tuple[int, int], place: int, category: int, identity: int) -> dict[str, Any]:
    left, top, right, bottom = to_pixels(box, *size)
    width, height = right - left, bottom - top
    return {
        "id": identity,
        "image_id": place,
        "category_id": category,
        "bbox": [left, top, width, height],
        "area": width * height,
        "iscrowd": 0,
    }
