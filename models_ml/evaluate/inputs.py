"""What is judged and on what: opened with errors that name the item at fault."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from models_ml.checkpoints import CheckpointError
from models_ml.data import is_clear
from models_ml.detection import Detector
from models_ml.embedding import Embedder
from models_ml.manifest import Manifest, SceneEntry
from models_ml.metrics import Truths
from models_ml.types import Detection, Vectors

Model = TypeVar("Model", Detector, Embedder)


class EvaluationError(ValueError):
    """Pack and models cannot be judged together; the message names the item and what to do."""


def read_pack(path: Path, split: str) -> Manifest:
    """The pack in a folder. Raises :class:`EvaluationError` where ``split`` is empty, ``ManifestError`` for a bad pack."""
    manifest = Manifest.read(path)
    if not manifest.part(split).scenes:
        there = ", ".join(sorted({scene.split for scene in manifest.scenes})) or "no scenes at all"
        raise EvaluationError(f"{path} has no scenes in split {split!r} (it has {there}); name another with --split")
    return manifest


def open_model(kind: type[Model], path: Path, *, device: str = "cpu") -> Model:
    """A checkpoint, ready to work. Raises :class:`CheckpointError` naming the file, whatever is wrong with it."""
    try:
        return kind.load(path, device=device)
    except CheckpointError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(
            f"{path}.json does not describe a {kind.__name__.lower()} that this version can build ({error!r});"
            " give a checkpoint that it trained"
        ) from error


def read_class_map(path: Path | None) -> dict[str, str]:
    """``{detector class: category of the pack}`` from a JSON file; empty without one."""
    if path is None:
        return {}
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EvaluationError(
            f"{path}: no class map can be read ({error}); write {{class: category}} as JSON"
        ) from error
    if not isinstance(record, dict) or not all(isinstance(value, str) for value in record.values()):
        raise EvaluationError(f"{path}: a class map is one JSON object of texts, {{class: category}}")
    return record


def mapped(found: Sequence[Detection], class_map: Mapping[str, str]) -> list[Detection]:
    """Detections under the pack's names of their categories."""
    return [replace(item, category=class_map.get(item.category, item.category)) for item in found]


def check_categories(scenes: Sequence[SceneEntry], detector: Detector, class_map: Mapping[str, str]) -> None:
    """Raises :class:`EvaluationError` naming the categories of the truth that the detector can never answer with."""
    answers = {class_map.get(name, name) for name in detector.classes}
    asked = {item.category for scene in scenes for item in scene.objects if is_clear(item)}
    if missing := sorted(asked - answers):
        raise EvaluationError(
            f"the scenes hold {', '.join(missing)}, but the detector knows only {', '.join(sorted(answers))};"
            " map its classes to the pack's categories with --categories FILE.json, or judge it on a pack it knows"
        )


def truths_of(scenes: Sequence[SceneEntry]) -> tuple[Truths, Truths]:
    """The objects a detector is asked for, scene by scene, and those too hidden to be asked for."""
    clear = [[(item.box, item.category) for item in scene.objects if is_clear(item)] for scene in scenes]
    unclear = [[(item.box, item.category) for item in scene.objects if not is_clear(item)] for scene in scenes]
    return clear, unclear


def check_vectors(vectors: Vectors, names: Sequence[str]) -> Vectors:
    """The same vectors. Raises :class:`EvaluationError` naming the first picture whose vector is no number."""
    sound = np.isfinite(vectors).all(axis=1)
    if not sound.all():
        raise EvaluationError(
            f"{names[int(np.argmin(sound))]}: the embedder gives no number for it; look at the picture, or restore the"
            " checkpoint"
        )
    return vectors
