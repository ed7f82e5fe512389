"""Judge a detector: COCO figures with intervals, what it mixes up, and its worst scenes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from models_ml.bootstrap import Interval, bootstrap
from models_ml.coco_metrics import IOUS, MAX_DETECTIONS, CocoMetrics, coco_metrics
from models_ml.confusion import SURE, Confusion, confusion
from models_ml.detection import BATCH, SCORE_FLOOR, Detector
from models_ml.evaluate.inputs import EvaluationError, check_categories, mapped, truths_of
from models_ml.evaluate.pictures import SceneTile, save_grid, scene_tile
from models_ml.images import open_image
from models_ml.manifest import Manifest, SceneEntry
from models_ml.metrics import Truths, judge, resampled_map
from models_ml.pipeline_metrics import match_objects
from models_ml.types import Detection

ROUNDS = 300
WORST = 12


class DetectorReport(TypedDict):
    """``coco`` are the figures, ``intervals`` the 95 % intervals of ``map`` and ``map50`` over scenes drawn anew."""

    scenes: int
    objects: int
    coco: CocoMetrics
    intervals: dict[str, Interval | None]
    confusion: Confusion


@dataclass(frozen=True, slots=True)
class Judged:
    """A report with what it was made from, scene by scene."""

    report: DetectorReport
    scenes: tuple[SceneEntry, ...]
    found: Sequence[Sequence[Detection]]


def evaluate_detector(
    manifest: Manifest, detector: Detector, *, split: str = "test", class_map: Mapping[str, str] | None = None
) -> Judged:
    """Look at every scene of ``split`` and judge what is found; objects hardly seen count neither for nor against.

    ``class_map`` gives the pack's names of the detector's classes, where they differ. Raises
    :class:`models_ml.evaluate.inputs.EvaluationError` for a category that it cannot know, ``ImageError`` for a scene.
    """
    scenes = manifest.part(split).scenes
    names = class_map or {}
    check_categories(scenes, detector, names)
    found, sizes = detections_of(scenes, detector, names)
    truths, unclear = truths_of(scenes)
    named = {name for scene in truths for _, name in scene} | {item.category for items in found for item in items}
    report: DetectorReport = {
        "scenes": len(scenes),
        "objects": sum(len(objects) for objects in truths),
        "coco": coco_metrics(found, truths, sizes, ignored=unclear),
        "intervals": intervals(found, truths, unclear),
        "confusion": confusion(found, truths, sorted(named), ignored=unclear),
    }
    return Judged(report, scenes, found)


def detections_of(
    scenes: Sequence[SceneEntry], detector: Detector, class_map: Mapping[str, str]
) -> tuple[list[list[Detection]], list[tuple[int, int]]]:
    """All that the detector sees in each scene, as COCO judges it, and each picture's size in pixels."""
    found: list[list[Detection]] = []
    sizes: list[tuple[int, int]] = []
    for start in range(0, len(scenes), BATCH):
        images = [open_image(scene.image) for scene in scenes[start : start + BATCH]]
        sizes += [image.size for image in images]
        # Nothing is kept back as a duplicate: COCO judges each category by itself.
        looked = detector.detect(images, min_score=SCORE_FLOOR, max_detections=MAX_DETECTIONS[-1], duplicate_iou=1.0)
        found += [mapped(items, class_map) for items in looked]
    for scene, items in zip(scenes, found, strict=True):
        if not all(math.isfinite(number) for item in items for number in (*item.box, item.score)):
            raise EvaluationError(f"{scene.image}: the detector gives a box that is no number; restore the checkpoint")
    return found, sizes


def intervals(found: Sequence[Sequence[Detection]], truths: Truths, unclear: Truths) -> dict[str, Interval | None]:
    """95 % intervals of mAP over ten IoUs and at 0.5; None where there is nothing to judge."""
    judged = [judge(found, truths, iou, ignored=unclear) for iou in IOUS]

    def interval(chosen: slice) -> Interval | None:
        low, high = bootstrap(lambda times: resampled_map(judged[chosen], times), len(truths), rounds=ROUNDS)
        return None if math.isnan(low) else (round(low, 4), round(high, 4))

    return {"map": interval(slice(None)), "map50": interval(slice(1))}


def save_worst(judged: Judged, path: Path, *, count: int = WORST) -> None:
    """Draw the scenes with most errors: objects missed or taken for another category, and detections of nothing."""
    truths, _ = truths_of(judged.scenes)
    tiles: list[tuple[int, SceneTile]] = []
    for scene, found, objects in zip(judged.scenes, judged.found, truths, strict=True):
        sure = [item for item in found if item.score >= SURE]
        owners = match_objects([box for box, _ in objects], sure)
        right = {
            owner
            for owner, (_, name) in zip(owners, objects, strict=True)
            if owner is not None and sure[owner].category == name
        }
        missed = [place for place, owner in enumerate(owners) if owner not in right]
        errors = len(missed) + len(sure) - len(right)
        tiles.append((errors, SceneTile(scene.id, scene.image, objects, missed, sure, sorted(right))))
    tiles.sort(key=lambda tile: -tile[0])
    save_grid([scene_tile(tile) for _, tile in tiles[:count]], path, columns=3)


def as_table(report: DetectorReport) -> str:
    """The figures for a terminal, a line a category."""
    coco = report["coco"]
    lines = [f"{'category':24} {'AP':>6} {'AP50':>6} {'AP75':>6} {'AR':>6} {'of':>6}"]
    for name, row in coco["per_category"].items():
        figures = " ".join(f"{value:6.3f}" for value in (row["ap"], row["ap50"], row["ap75"], row["ar"]))
        lines.append(f"{name:24} {figures} {row['objects']:6d}")
    total = " ".join(f"{value:6.3f}" for value in (coco["map"], coco["map50"], coco["map75"], coco["ar_100"]))
    lines.append(f"{'all':24} {total} {report['objects']:6d}")
    sizes = (("small", coco["map_small"]), ("medium", coco["map_medium"]), ("large", coco["map_large"]))
    lines.append("AP by size: " + ", ".join(f"{name} {'-' if ap is None else f'{ap:.3f}'}" for name, ap in sizes))
    spans = {
        name: "-" if span is None else f"{span[0]:.3f} to {span[1]:.3f}" for name, span in report["intervals"].items()
    }
    lines.append(f"95 % intervals: AP {spans['map']}, AP50 {spans['map50']}; {report['scenes']} scenes")
    return "\n".join([*lines, *mix_ups(report["confusion"])])


def mix_ups(table: Confusion, count: int = 8) -> list[str]:
    """The most frequent errors of a confusion matrix, in words."""
    cells = [
        (times, row, column)
        for row, line in zip(table["rows"], table["matrix"], strict=True)
        for column, times in zip(table["columns"], line, strict=True)
        if times and row != column
    ]
    cells.sort(key=lambda cell: -cell[0])
    return [f"{times:4d} x {row} -> {column}" for times, row, column in cells[:count]]
