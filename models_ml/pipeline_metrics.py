"""The figures of the whole pipeline, from plain data: so that stored rows and live models are judged alike. Free of torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple, TypedDict

import numpy as np

from models_ml.boxes import as_array, box_iou
from models_ml.metrics import mean_average_precision, recall_at_k
from models_ml.types import Box, Detection

CANDIDATES = 9
IOU = 0.5


class TruthObject(NamedTuple):
    """A known object. ``products`` are the ids of the true product and of those with the same photo; empty if unknown."""

    box: Box
    category: str
    products: frozenset[Hashable] = frozenset()


class CategoryMetrics(TypedDict):
    """``ap50`` of the detector; the other figures as in :class:`PipelineMetrics`, for objects of the category."""

    ap50: float
    recall_at_9: float
    found: int
    objects: int


class PipelineMetrics(TypedDict):
    """``objects`` counts the truth, ``found`` those of them that were found and have a known product; ``recall_at_1`` and
    ``recall_at_9`` are the shares of the found whose product is the first, or among the nine, of their candidates."""

    map50: float
    recall_at_1: float
    recall_at_9: float
    found: int
    objects: int
    per_category: dict[str, CategoryMetrics]


def pipeline_metrics(
    truths: Mapping[str, Sequence[TruthObject]],
    detections: Mapping[str, Sequence[Detection]],
    candidates: Mapping[str, Sequence[Sequence[Hashable]]],
) -> PipelineMetrics:
    """Judge detections and their candidates, scene by scene.

    All three are keyed by scene. ``candidates[scene][i]`` are the product ids retrieved for ``detections[scene][i]``, best
    first. Scenes without truth are not judged; a scene without detections was searched in vain.
    """
    ranks: list[tuple[str, int | None]] = []
    for scene, objects in truths.items():
        found, slates = detections.get(scene, ()), candidates.get(scene, ())
        if len(found) != len(slates):
            raise ValueError(f"scene {scene!r}: {len(found)} detections but {len(slates)} lists of candidates")
        for truth, owner in zip(objects, match_objects([t.box for t in objects], found), strict=True):
            if owner is not None and truth.products:
                ranks.append((truth.category, _first_rank(slates[owner], truth.products)))
    scored = mean_average_precision(
        [list(detections.get(scene, ())) for scene in truths],
        [[(t.box, t.category) for t in objects] for objects in truths.values()],
        IOU,
    )
    totals = Counter(t.category for objects in truths.values() for t in objects)
    per_category: dict[str, CategoryMetrics] = {}
    for category, total in sorted(totals.items()):
        mine = [place for name, place in ranks if name == category]
        per_category[category] = {
            "ap50": scored["per_class"][category],
            "recall_at_9": recall_at_k(mine, CANDIDATES),
            "found": len(mine),
            "objects": total,
        }
    places = [place for _, place in ranks]
    return {
        "map50": scored["map50"],
        "recall_at_1": recall_at_k(places, 1),
        "recall_at_9": recall_at_k(places, CANDIDATES),
        "found": len(places),
        "objects": sum(totals.values()),
        "per_category": per_category,
    }


def match_objects(truths: Sequence[Box], detections: Sequence[Detection]) -> list[int | None]:
    """For each true box, the index of the detection that found it, of whatever class, or None.

    A detection, surest first, takes the free box it overlaps most, at an IoU of 0.5 or more.
    """
    overlaps = box_iou(as_array([d.box for d in detections]), as_array(truths))
    owners: list[int | None] = [None] * len(truths)
    for row in sorted(range(len(detections)), key=lambda i: -detections[i].score):
        free = np.array([overlaps[row, i] if owner is None else -1.0 for i, owner in enumerate(owners)])
        if len(free) and free.max() >= IOU:
            owners[int(free.argmax())] = row
    return owners


def _first_rank(slate: Sequence[Hashable], right: frozenset[Hashable]) -> int | None:
    return next((place for place, product in enumerate(slate, start=1) if product in right), None)
