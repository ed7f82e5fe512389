"""The figures models are judged by: average precision of boxes, recall and nDCG of ranked lists. Free of torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from models_ml.boxes import as_array, box_iou
from models_ml.types import Box, Detection

Truths = Sequence[Sequence[tuple[Box, str]]]
RECALL_POINTS = np.linspace(0.0, 1.0, 101)


class MeanAveragePrecision(TypedDict):
    """``map50`` is the mean of ``per_class`` over the classes that occur in the truth (at whatever IoU was asked)."""

    map50: float
    per_class: dict[str, float]


def average_precision(scores: Sequence[float], correct: Sequence[bool], n_truths: int) -> float:
    """Area under the precision-recall curve, interpolated at 101 recalls as COCO does (Lin et al. 2014).

    ``correct[i]``: whether the detection of ``scores[i]`` found an object of its own; ``n_truths`` counts the objects.
    """
    if n_truths <= 0 or len(scores) == 0:
        return 0.0
    order = np.argsort(-np.asarray(scores, dtype=np.float64), kind="stable")
    hits = np.asarray(correct, dtype=bool)[order].cumsum()
    recall = hits / n_truths
    precision = hits / np.arange(1, len(hits) + 1)
    # Precision at a recall is the best one at that recall or beyond.
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, RECALL_POINTS, side="left")
    return float(np.append(envelope, 0.0)[at].mean())


def mean_average_precision(
    predictions: Sequence[Sequence[Detection]], truths: Truths, iou: float = 0.5, *, ignored: Truths | None = None
) -> MeanAveragePrecision:
    """mAP over scenes: ``predictions[i]`` and ``truths[i]`` belong to one scene.

    A detection, surest first, takes the free object of its class it overlaps most, at ``iou`` or more. One that takes
    none but overlaps an ``ignored`` object of its class as much is not counted, neither for nor against.
    """
    if len(predictions) != len(truths):
        raise ValueError(f"{len(predictions)} lists of predictions for {len(truths)} scenes")
    blurred: Truths = ignored if ignored is not None else [[] for _ in truths]
    per_class: dict[str, float] = {}
    for category in sorted({name for scene in truths for _, name in scene}):
        scores: list[float] = []
        correct: list[bool] = []
        total = 0
        for found, known, vague in zip(predictions, truths, blurred, strict=True):
            boxes = [box for box, name in known if name == category]
            total += len(boxes)
            mine = sorted((d for d in found if d.category == category), key=lambda d: -d.score)
            verdicts = _verdicts(mine, boxes, [box for box, name in vague if name == category], iou)
            for detection, verdict in zip(mine, verdicts, strict=True):
                if verdict is not None:
                    scores.append(detection.score)
                    correct.append(verdict)
        per_class[category] = average_precision(scores, correct, total)
    mean = sum(per_class.values()) / len(per_class) if per_class else 0.0
    return {"map50": mean, "per_class": per_class}


def _verdicts(found: list[Detection], truths: list[Box], ignored: list[Box], iou: float) -> list[bool | None]:
    """For each detection, surest first: True, False, or None where it is not to be counted."""
    overlaps = box_iou(as_array([d.box for d in found]), as_array(truths))
    vague = box_iou(as_array([d.box for d in found]), as_array(ignored))
    free = np.ones(len(truths), dtype=bool)
    verdicts: list[bool | None] = []
    for row in range(len(found)):
        candidates = np.where(free, overlaps[row], -1.0)
        best = int(candidates.argmax()) if len(truths) else -1
        if best >= 0 and candidates[best] >= iou:
            free[best] = False
            verdicts.append(True)
        else:
            verdicts.append(None if bool((vague[row] >= iou).any()) else False)
    return verdicts


def recall_at_k(relevant_rank: Sequence[int | None], k: int) -> float:
    """Share of queries whose first relevant result has rank ``k`` or better; ranks start at 1, None is not found."""
    if not relevant_rank:
        return 0.0
    return sum(rank is not None and rank <= k for rank in relevant_rank) / len(relevant_rank)


def ndcg_at_k(gains: Sequence[float], k: int) -> float:
    """Normalised discounted cumulative gain (Järvelin and Kekäläinen 2002) of ``gains`` in ranked order, in [0, 1].

    Gains are linear and not negative; the ideal is the same gains sorted. 0 where nothing is relevant.
    """
    ideal = _dcg(sorted(gains, reverse=True)[:k])
    return _dcg(gains[:k]) / ideal if ideal > 0 else 0.0


def _dcg(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(position + 1) for position, gain in enumerate(gains, start=1))
