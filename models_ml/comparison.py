"""Two models side by side on the same test scenes: the gain with its interval, category by category, and where they differ.

The interval is that of the paired bootstrap over scenes (:func:`models_ml.bootstrap.paired_interval`), so a gain counts as
one only where it is more than the luck of the scenes.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np

from models_ml.bootstrap import Counts, paired_interval
from models_ml.boxes import as_array, box_iou
from models_ml.confusion import SURE
from models_ml.data import is_clear
from models_ml.evidence import DETECTOR, Evidence
from models_ml.manifest import SceneEntry
from models_ml.metrics import judge, resampled_map, weighted_average_precision
from models_ml.pipeline_metrics import IOU, match_objects
from models_ml.types import Box, Detection

LEAST_SCENES = 10
"""Fewer test scenes tell nothing: drawn anew, they are always much the same."""
PICTURES = 24
FIGURES = {"detector": "map50", "embedder": "recall_at_1"}


class Outline(TypedDict):
    """One box to be drawn: ``state`` is ``right``, ``wrong`` or ``missed``.

    ``label`` is the category of a detection or a missed object, or the id of the product that an embedder was asked for;
    ``found`` is what it found instead."""

    box: list[float]
    label: str
    found: str
    state: str


class Picture(TypedDict):
    """A scene on which the two differ: ``gain`` counts the errors that ours made less than theirs."""

    scene: str
    gain: int
    ours: list[Outline]
    theirs: list[Outline]


class CategoryGain(TypedDict):
    """The figure of one category by either model, None where it cannot be told; ``asked`` counts its objects."""

    category: str
    ours: float | None
    theirs: float | None
    asked: int


class Comparison(TypedDict):
    """``difference`` is ``ours - theirs`` with its 95 % interval, None where nothing can be drawn.

    ``better`` says that ours is better beyond noise: the interval lies above 0, on at least :data:`LEAST_SCENES` scenes.
    """

    figure: str
    ours: float
    theirs: float
    difference: float
    low: float | None
    high: float | None
    scenes: int
    better: bool
    per_category: list[CategoryGain]
    pictures: list[Picture]


@dataclass(frozen=True, slots=True)
class _Side:
    """What one model comes to: its figure over scenes drawn anew, by category, and its outlines scene by scene."""

    figure: Callable[[Counts], float]
    per_category: Mapping[str, float]
    outlines: Sequence[Sequence[Outline]]


def compare(ours: Evidence, theirs: Evidence, scenes: Sequence[SceneEntry], *, seed: int = 0) -> Comparison:
    """Hold the evidence of two models of one kind on the same ``scenes`` side by side.

    A detector's figure is average precision at IoU 0.5, an embedder's recall at 1 in the true category. Raises ValueError
    where the two are of different kinds, or of other scenes.
    """
    if ours.kind != theirs.kind:
        raise ValueError(f"a {ours.kind} cannot be compared with a {theirs.kind}; give two of one kind")
    sides = [_side(each, scenes) for each in (ours, theirs)]
    everywhere: Counts = np.ones(len(scenes), dtype=np.int64)
    mine, other = (_sound(side.figure(everywhere)) for side in sides)
    low, high = paired_interval(sides[0].figure, sides[1].figure, len(scenes), seed=seed)
    told = not math.isnan(low)
    return {
        "figure": FIGURES[ours.kind],
        "ours": mine,
        "theirs": other,
        "difference": mine - other,
        "low": low if told else None,
        "high": high if told else None,
        "scenes": len(scenes),
        "better": told and low > 0 and len(scenes) >= LEAST_SCENES,
        "per_category": _by_category(sides, _asked(ours, scenes)),
        "pictures": _pictures(sides, scenes),
    }


def outlines_of(evidence: Evidence, scenes: Sequence[SceneEntry]) -> list[list[Outline]]:
    """What a model got right and wrong, scene by scene, to be drawn."""
    return [list(outlines) for outlines in _side(evidence, scenes).outlines]


def _side(evidence: Evidence, scenes: Sequence[SceneEntry]) -> _Side:
    return _detector_side(evidence, scenes) if evidence.kind == DETECTOR else _embedder_side(evidence, scenes)


def _detector_side(evidence: Evidence, scenes: Sequence[SceneEntry]) -> _Side:
    if len(evidence.found) != len(scenes):
        raise ValueError(f"evidence of {len(evidence.found)} scenes for {len(scenes)}; gather it again")
    truths = [[(item.box, item.category) for item in scene.objects if is_clear(item)] for scene in scenes]
    unclear = [[(item.box, item.category) for item in scene.objects if not is_clear(item)] for scene in scenes]
    judged = judge(evidence.found, truths, IOU, ignored=unclear)
    everywhere: Counts = np.ones(len(scenes), dtype=np.int64)
    return _Side(
        lambda times: resampled_map([judged], times),
        {name: weighted_average_precision(each, everywhere) for name, each in judged.items()},
        [_detector_outlines(*each) for each in zip(evidence.found, truths, unclear, strict=True)],
    )


def _detector_outlines(
    found: Sequence[Detection], known: Sequence[tuple[Box, str]], unclear: Sequence[tuple[Box, str]]
) -> list[Outline]:
    """Sure detections, right where they took an object of their own category, and what none of them found.

    A detection of what is too hidden to be asked for is neither.
    """
    sure = [item for item in found if item.score >= SURE]
    owners = match_objects([box for box, _ in known], sure)
    couples = list(zip(owners, known, strict=True))
    right = {owner for owner, (_, name) in couples if owner is not None and sure[owner].category == name}
    vague = np.any(
        box_iou(as_array([item.box for item in sure]), as_array([box for box, _ in unclear])) >= IOU, axis=1
    ).tolist()
    outlines = [
        _outline(item.box, f"{item.category} {item.score:.2f}", i in right)
        for i, item in enumerate(sure)
        if i in right or not vague[i]
    ]
    return outlines + [
        {"box": list(box), "label": name, "found": "", "state": "missed"}
        for owner, (box, name) in couples
        if owner not in right
    ]


def _embedder_side(evidence: Evidence, scenes: Sequence[SceneEntry]) -> _Side:
    if any(answer.scene >= len(scenes) for answer in evidence.answers):
        raise ValueError(f"evidence of more than {len(scenes)} scenes; gather it again")
    hits = np.array([answer.rank == 1 for answer in evidence.answers], dtype=np.float64)
    place = np.array([answer.scene for answer in evidence.answers], dtype=np.int64)

    def share(times: Counts) -> float:
        weights = times[place]
        return float(weights @ hits / weights.sum()) if weights.sum() else math.nan

    by_category: dict[str, list[float]] = defaultdict(list)
    outlines: list[list[Outline]] = [[] for _ in scenes]
    for answer, hit in zip(evidence.answers, hits, strict=True):
        by_category[answer.category].append(float(hit))
        instead = "" if hit else next(iter(answer.first), "")
        outlines[answer.scene].append(_outline(answer.box, answer.product, bool(hit), instead))
    return _Side(share, {name: float(np.mean(rows)) for name, rows in by_category.items()}, outlines)


def _outline(box: Box, label: str, right: bool, found: str = "") -> Outline:
    return {"box": list(box), "label": label, "found": found, "state": "right" if right else "wrong"}


def _asked(evidence: Evidence, scenes: Sequence[SceneEntry]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    if evidence.kind == DETECTOR:
        for item in (item for scene in scenes for item in scene.objects if is_clear(item)):
            counts[item.category] += 1
    for answer in evidence.answers:
        counts[answer.category] += 1
    return dict(counts)


def _by_category(sides: Sequence[_Side], asked: Mapping[str, int]) -> list[CategoryGain]:
    ours, theirs = (side.per_category for side in sides)
    return [
        {"category": name, "ours": _figure(ours, name), "theirs": _figure(theirs, name), "asked": count}
        for name, count in sorted(asked.items())
    ]


def _figure(figures: Mapping[str, float], name: str) -> float | None:
    value = figures.get(name, math.nan)
    return None if math.isnan(value) else value


def _pictures(sides: Sequence[_Side], scenes: Sequence[SceneEntry]) -> list[Picture]:
    """Where they differ, those first where the numbers of errors lie furthest apart, in either direction."""
    found: list[Picture] = []
    for scene, mine, other in zip(scenes, sides[0].outlines, sides[1].outlines, strict=True):
        if _verdicts(mine) != _verdicts(other):
            gain = _errors(other) - _errors(mine)
            found.append({"scene": scene.id, "gain": gain, "ours": list(mine), "theirs": list(other)})
    found.sort(key=lambda picture: (-abs(picture["gain"]), picture["scene"]))
    return found[:PICTURES]


def _verdicts(outlines: Sequence[Outline]) -> Any:
    return sorted(
        (
            outline["state"],
            outline["label"].split(" ")[0],
            outline["found"],
            [round(edge, 1) for edge in outline["box"]],
        )
        for outline in outlines
    )


def _errors(outlines: Sequence[Outline]) -> int:
    return sum(outline["state"] != "right" for outline in outlines)


def _sound(value: float) -> float:
    return 0.0 if math.isnan(value) else value
