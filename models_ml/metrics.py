"""The figures models are judged by: average precision of boxes, recall and nDCG of ranked lists. Free of torch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

from models_ml.boxes import as_array, box_iou
from models_ml.types import Box, Detection

Truths = Sequence[Sequence[tuple[Box, str]]]
RECALL_POINTS = np.linspace(0.0, 1.0, 101)


class MeanAveragePrecision(TypedDict):
    """``map50`` is the mean of ``per_class`` over the classes that occur in the truth (at whatever IoU was asked)."""

    map50: float
    per_class: dict[str, float]


class Judged(NamedTuple):
    """All detections of one category, surest first: ``correct`` (n,) says which found an object of its own, ``scene`` (n,) in
    which scene each was made; ``objects`` (scenes,) counts the category's objects scene by scene."""

    correct: npt.NDArray[np.bool_]
    scene: npt.NDArray[np.int64]
    objects: npt.NDArray[np.int64]


def average_precision(scores: Sequence[float], correct: Sequence[bool], n_truths: int) -> float:
    """Area under the precision-recall curve, interpolated at 101 recalls as COCO does (Lin et al. 2014).

    ``correct[i]``: whether the detection of ``scores[i]`` found an object of its own; ``n_truths`` counts the objects.
    """
    order = np.argsort(-np.asarray(scores, dtype=np.float64), kind="stable")
    verdicts = np.asarray(correct, dtype=bool)[order]
    return _area(verdicts, np.ones(len(verdicts), dtype=np.int64), n_truths)


def mean_average_precision(
    predictions: Sequence[Sequence[Detection]], truths: Truths, iou: float = 0.5, *, ignored: Truths | None = None
) -> MeanAveragePrecision:
    """mAP over scenes: ``predictions[i]`` and ``truths[i]`` belong to one scene. Judged as in :func:`judge`."""
    judged = judge(predictions, truths, iou, ignored=ignored)
    everywhere = np.ones(len(truths), dtype=np.int64)
    per_class = {name: weighted_average_precision(mine, everywhere) for name, mine in judged.items()}
    mean = sum(per_class.values()) / len(per_class) if per_class else 0.0
    return {"map50": mean, "per_class": per_class}


def judge(
    predictions: Sequence[Sequence[Detection]], truths: Truths, iou: float, *, ignored: Truths | None = None
) -> dict[str, Judged]:
    """Which detections are right, by category of the truth.

    A detection, surest first, takes the free object of its class it overlaps most, at ``iou`` or more. One that takes
    none but overlaps an ``ignored`` object of its class as much is left out, counted neither for nor against.
    """
    if len(predictions) != len(truths):
        raise ValueError(f"{len(predictions)} lists of predictions for {len(truths)} scenes")
    blurred: Truths = ignored if ignored is not None else [[] for _ in truths]
    judged: dict[str, Judged] = {}
    for category in sorted({name for scene in truths for _, name in scene}):
        rows: list[tuple[float, bool, int]] = []
        objects = np.zeros(len(truths), dtype=np.int64)
        for place, (found, known, vague) in enumerate(zip(predictions, truths, blurred, strict=True)):
            boxes = [box for box, name in known if name == category]
            objects[place] = len(boxes)
            mine = sorted((d for d in found if d.category == category), key=lambda d: -d.score)
            verdicts = _verdicts(mine, boxes, [box for box, name in vague if name == category], iou)
            rows += [(d.score, right, place) for d, right in zip(mine, verdicts, strict=True) if right is not None]
        rows.sort(key=lambda row: -row[0])
        judged[category] = Judged(
            np.array([right for _, right, _ in rows], dtype=bool),
            np.array([place for _, _, place in rows], dtype=np.int64),
            objects,
        )
    return judged


def weighted_average_precision(judged: Judged, times: npt.NDArray[np.int64]) -> float:
    """Average precision as if scene ``i`` had been seen ``times[i]`` times; NaN where no object is left."""
    total = int(judged.objects @ times)
    return _area(judged.correct, times[judged.scene], total) if total else math.nan


def resampled_map(at_ious: Sequence[Mapping[str, Judged]], times: npt.NDArray[np.int64]) -> float:
    """mAP averaged over the IoUs that ``at_ious`` was judged at, each scene counted as in
    :func:`weighted_average_precision`; a category without any object left is not averaged in."""
    areas = [weighted_average_precision(judged, times) for at_iou in at_ious for judged in at_iou.values()]
    sound = [area for area in areas if not math.isnan(area)]
    return sum(sound) / len(sound) if sound else math.nan


def _area(correct: npt.NDArray[np.bool_], weights: npt.NDArray[np.int64], total: int) -> float:
    if total <= 0 or len(correct) == 0:
        return 0.0
    hits, seen = (correct * weights).cumsum(), weights.cumsum()
    precision = np.divide(hits, seen, out=np.zeros(len(hits)), where=seen > 0)
    # Precision at a recall is the best one at that recall or beyond.
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(hits / total, RECALL_POINTS, side="left")
    return float(np.append(envelope, 0.0)[at].mean())


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
