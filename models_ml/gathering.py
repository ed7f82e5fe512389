"""Let a checkpoint look at the test scenes of a pack: gathered once, kept in a file, compared as often as one likes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from models_ml import checkpoints
from models_ml.detection import Detector
from models_ml.embedding import Embedder
from models_ml.evaluate.detector import detections_of
from models_ml.evaluate.inputs import EvaluationError, open_model
from models_ml.evaluate.queries import open_gallery, true_queries
from models_ml.evidence import DETECTOR, EMBEDDER, Answer, Evidence
from models_ml.manifest import Manifest

FIRST = 5
"""How many products are kept of what an embedder found for a crop."""


def gather(
    kind: str,
    checkpoint: Path,
    manifest: Manifest,
    *,
    split: str = "test",
    class_map: Mapping[str, str] | None = None,
    device: str = "cpu",
) -> Evidence:
    """Let a checkpoint look at every scene of ``split``; ``class_map`` gives the pack's names of a detector's classes.

    Raises ``CheckpointError`` for a checkpoint that cannot be read, ``ImageError`` for a picture, and
    :class:`models_ml.evaluate.inputs.EvaluationError` where the split shows nothing to judge by.
    """
    scenes = manifest.part(split).scenes
    if not scenes:
        raise EvaluationError(
            f"{manifest.root} has no scene in its {split} split; confirm more scenes and freeze again"
        )
    if kind == DETECTOR:
        found, _ = detections_of(scenes, open_model(Detector, checkpoint, device=device), class_map or {})
        return Evidence(kind, tuple(tuple(items) for items in found))
    if kind != EMBEDDER:
        raise EvaluationError(f"there is no kind of model {kind!r} to judge; known are {DETECTOR} and {EMBEDDER}")
    embedder = open_model(Embedder, checkpoint, device=device)
    gallery = open_gallery(embedder, [manifest])
    answers = []
    for query in true_queries(embedder, manifest, split):
        if query.vector is None or query.box is None:
            continue
        nearest = gallery.nearest(query.vector, FIRST, category=query.category)
        answers.append(
            Answer(
                scene=query.scene,
                box=query.box,
                category=query.category,
                product=gallery.products[query.place].id,
                rank=gallery.rank(query.vector, query.place, category=query.category),
                first=tuple(product.id for product, _ in nearest),
            )
        )
    return Evidence(kind, answers=tuple(answers))


def evidence_of(
    kind: str,
    checkpoint: Path,
    manifest: Manifest,
    *,
    kept: Path,
    split: str = "test",
    class_map: Mapping[str, str] | None = None,
    device: str = "cpu",
) -> Evidence:
    """The same from a file in the folder ``kept``, gathered and written where there is none or it is damaged."""
    asked = [checkpoints.fingerprint(checkpoint), manifest.hash, split, sorted((class_map or {}).items())]
    file = kept / f"{hashlib.sha256(json.dumps(asked).encode()).hexdigest()}.json"
    try:
        return Evidence.from_record(json.loads(file.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        evidence = gather(kind, checkpoint, manifest, split=split, class_map=class_map, device=device)
    kept.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}.part")
    fresh.write_text(json.dumps(evidence.record()), encoding="utf-8")
    os.replace(fresh, file)
    return evidence
