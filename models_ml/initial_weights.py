"""Where a detector starts: from random weights, from a backbone trained elsewhere, or from a detector of ours."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torchvision.models.detection import FasterRCNN

from models_ml import checkpoints
from models_ml.detection import DetectorConfig, build_detector, detector_config, load_body


@dataclass(frozen=True, slots=True)
class Start:
    """A detector about to be trained. ``origin`` goes into its sidecar: what it was started from, under which licence."""

    model: FasterRCNN
    config: DetectorConfig
    origin: dict[str, Any] | None


def start_fresh(config: DetectorConfig) -> Start:
    """Random weights throughout."""
    return Start(build_detector(config), config, None)


def start_from_backbone(config: DetectorConfig, weights: Path, *, name: str, licence: str) -> Start:
    """A backbone from a ``state_dict`` of the same network, the rest random; ``name`` and ``licence`` are its credit.

    Its batch norm is frozen: batches are too small to estimate it anew, and fused weights have none to estimate.
    """
    if not name or not licence:
        raise ValueError(
            "weights made by others need their name and licence: give --weights-name and --weights-licence"
        )
    config = replace(config, frozen_norm=True)
    model = build_detector(config)
    load_body(model, torch.load(weights, map_location="cpu", weights_only=True))
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    return Start(model, config, {"sha256": digest, "name": name, "licence": licence})


def start_from_detector(path: Path, classes: Sequence[str]) -> Start:
    """A trained detector of ours, network and all.

    If it knows all of ``classes`` its own list is kept, so that none is forgotten; else it is given ``classes``, and
    what it learned of those it shares goes along.
    """
    state, sidecar = checkpoints.load(path)
    old = detector_config(sidecar, path)
    kept = old.classes if set(classes) <= set(old.classes) else tuple(classes)
    config = replace(old, classes=kept)
    model = build_detector(config)
    model.load_state_dict(_reordered(state, model.state_dict(), old.classes, kept))
    origin = {
        "sha256": sidecar["weights_sha256"],
        "name": "looktag detector",
        "initial_weights": sidecar.get("initial_weights"),
    }
    return Start(model, config, origin)


def _reordered(
    state: dict[str, Tensor], fresh: dict[str, Tensor], old: Sequence[str], new: Sequence[str]
) -> dict[str, Tensor]:
    """Bring the rows of the box predictor, one block a class with the background first, into the order of ``new``."""
    moved = dict(state)
    for name in (n for n in state if "box_predictor" in n):
        rows = fresh[name].clone().reshape(len(new) + 1, -1)
        source = state[name].reshape(len(old) + 1, -1)
        rows[0] = source[0]
        for place, category in enumerate(new, start=1):
            if category in old:
                rows[place] = source[old.index(category) + 1]
        moved[name] = rows.reshape(fresh[name].shape)
    return moved
