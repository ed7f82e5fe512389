"""What a detector takes for what: categories it mixes up, objects it misses, background it takes for objects. Free of torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from models_ml.boxes import as_array, box_iou
from models_ml.metrics import Truths
from models_ml.pipeline_metrics import IOU, match_objects
from models_ml.types import Detection

MISSED = "missed"
BACKGROUND = "background"
SURE = 0.3
"""Detections less sure than this are not counted: a matrix needs one threshold, where average precision needs none."""


class Confusion(TypedDict):
    """``matrix[i][j]`` counts objects of ``rows[i]`` that were taken for ``columns[j]``.

    The last row is the background, the last column what was missed.
    """

    rows: list[str]
    columns: list[str]
    matrix: list[list[int]]


def confusion(
    predictions: Sequence[Sequence[Detection]],
    truths: Truths,
    categories: Sequence[str],
    *,
    ignored: Truths | None = None,
    min_score: float = SURE,
) -> Confusion:
    """Count them over scenes; boxes are matched whatever their category, the surest first, at an IoU of 0.5 or more.

    A detection of nothing is not held against the detector where it overlaps an ``ignored`` object of any category.
    """
    known = {name: i for i, name in enumerate(categories)}
    matrix = np.zeros((len(categories) + 1, len(categories) + 1), dtype=np.int64)
    blurred: Truths = ignored if ignored is not None else [[] for _ in truths]
    for found, objects, vague in zip(predictions, truths, blurred, strict=True):
        sure = [d for d in found if d.score >= min_score and d.category in known]
        owners = match_objects([box for box, _ in objects], sure)
        for (_, name), owner in zip(objects, owners, strict=True):
            matrix[known[name], -1 if owner is None else known[sure[owner].category]] += 1
        excused = box_iou(as_array([d.box for d in sure]), as_array([box for box, _ in vague])).max(1, initial=0) >= IOU
        for i, detection in enumerate(sure):
            if i not in owners and not excused[i]:
                matrix[-1, known[detection.category]] += 1
    return {
        "rows": [*categories, BACKGROUND],
        "columns": [*categories, MISSED],
        "matrix": matrix.tolist(),
    }
