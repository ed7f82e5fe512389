"""How good the pipeline is on a pack that need not be imported: a door to the models' metrics. Loading this file loads torch."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypedDict

import numpy as np
from django.conf import settings

from labeling.catalog.packs import SceneRow
from labeling.inference import runtime
from labeling.inference.figures import LEAST_VISIBLE
from labeling.inference.findings import ClassCategories
from labeling.inference.pack_looks import Catalogue, Look, catalogue_of, looks
from labeling.inference.truth_packs import PackRefused, TruthPack
from models_ml.coco_metrics import coco_metrics
from models_ml.scene_retrieval import SceneRetrieval, scene_retrieval
from models_ml.split_pack import split_of
from models_ml.types import Box

SCENE_CHUNK = 8
Progress = Callable[[str, int, int], None]
"""Called with the stage (``products`` or ``scenes``), what is done and what there is."""


class CategoryAverage(TypedDict):
    """COCO's averages of one category; ``objects`` counts its known boxes."""

    map: float
    map50: float
    objects: int


class DetectionFigures(TypedDict):
    """mAP over IoUs from 0.5 to 0.95, and at 0.5."""

    map: float
    map50: float
    per_category: dict[str, CategoryAverage]


class PackFigures(TypedDict):
    """``detection`` is None where the pack has no known boxes, ``retrieval`` where no scene has known products."""

    detection: DetectionFigures | None
    retrieval: SceneRetrieval | None
    scenes_per_second: float


def pack_figures(
    pack: TruthPack,
    *,
    detector: str,
    embedder: str,
    class_map: Mapping[str, str],
    split: str = "all",
    min_score: float | None = None,
    on_progress: Progress = lambda stage, done, total: None,
) -> PackFigures:
    """Look at the pack's scenes with two checkpoints (relative to MODELS_ROOT, or absolute) as a worker would, and judge.

    A box is searched for in the category that ``class_map`` or its own name leads to, after which come the products of all
    others; a product scores in a scene as in its best box. Boxes less sure than ``min_score`` (by default the worker's) are
    not searched for. Raises :class:`PackRefused` naming the scene, picture or split at fault.
    """
    scenes = scenes_of(pack, split)
    try:
        pipeline = runtime.pipeline_of(detector=detector, embedder=embedder)
    except ValueError as error:
        raise PackRefused(f"The models cannot be loaded: {error}.") from error
    catalogue = catalogue_of(pack, pipeline, lambda done: on_progress("products", done, len(pack.products)))
    categories = ClassCategories(pack.categories, class_map)
    least = settings.DETECTION_MIN_SCORE if min_score is None else min_score

    def look(chunk: Sequence[SceneRow]) -> list[Look]:
        return looks(pack, chunk, pipeline, catalogue, categories, min_score=least)

    # What is made at the first look, such as a compiled network, is no part of the speed.
    look(scenes[:1])
    seen: list[Look] = []
    seconds = 0.0
    for start in range(0, len(scenes), SCENE_CHUNK):
        began = time.perf_counter()
        seen += look(scenes[start : start + SCENE_CHUNK])
        seconds += time.perf_counter() - began
        on_progress("scenes", len(seen), len(scenes))
    return {
        "detection": _detection(pack, scenes, seen),
        "retrieval": _retrieval(pack, scenes, seen, catalogue),
        "scenes_per_second": round(len(scenes) / seconds, 3),
    }


def scenes_of(pack: TruthPack, split: str) -> list[SceneRow]:
    """All scenes, or a part: by their own ``split`` where the pack has one, else the fifth that sha256 of the id chooses."""
    if split == "all":
        return pack.scenes
    own = [scene.fields.get("attributes", {}).get("split") for scene in pack.scenes]
    names = own if any(own) else [split_of(scene.external_id) for scene in pack.scenes]
    chosen = [scene for scene, name in zip(pack.scenes, names, strict=True) if name == split]
    if not chosen:
        raise PackRefused(f"{pack.folder} has no scene in split {split!r}. Judge it with --split all.")
    return chosen


def _detection(pack: TruthPack, scenes: Sequence[SceneRow], seen: Sequence[Look]) -> DetectionFigures | None:
    if not any(scene.external_id in pack.objects for scene in scenes):
        return None
    # In a pack with boxes, a scene without any holds none of the objects.
    figures = coco_metrics(
        [look.found for look in seen],
        [_objects(pack, scene, hidden=False) for scene in scenes],
        [look.size for look in seen],
        ignored=[_objects(pack, scene, hidden=True) for scene in scenes],
    )
    return {
        "map": round(figures["map"], 4),
        "map50": round(figures["map50"], 4),
        "per_category": {
            name: {"map": round(row["ap"], 4), "map50": round(row["ap50"], 4), "objects": row["objects"]}
            for name, row in figures["per_category"].items()
        },
    }


def _objects(pack: TruthPack, scene: SceneRow, *, hidden: bool) -> list[tuple[Box, str]]:
    items = pack.objects.get(scene.external_id, [])
    return [
        (Box(*item["box"]), item["category"]) for item in items if (item.get("visible", 1.0) < LEAST_VISIBLE) == hidden
    ]


def _retrieval(
    pack: TruthPack, scenes: Sequence[SceneRow], seen: Sequence[Look], catalogue: Catalogue
) -> SceneRetrieval | None:
    relevant = [{catalogue.place[name] for name in pack.products_in.get(scene.external_id, ())} for scene in scenes]
    if not any(relevant):
        return None
    scores = np.stack([look.scores for look in seen])
    return scene_retrieval(scores, relevant, catalogue.entries, catalogue.categories.tolist())
