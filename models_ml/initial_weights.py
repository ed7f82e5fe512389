"""Where a detector starts: from random weights, from a backbone trained elsewhere, or from a detector of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from torch import Tensor
from torchvision.models.detection import FasterRCNN

from models_ml import checkpoints
from models_ml.body_weights import BodyWeights, load_body, of_body_alone, read_body
from models_ml.detection import DetectorConfig, build_detector, detector_config


@dataclass(frozen=True, slots=True)
class Start:
    """A detector about to be trained. ``origin`` goes into its sidecar: what it was started from, under which licence."""

    model: FasterRCNN
    config: DetectorConfig
    origin: dict[str, Any] | None


def start_detector(
    config: DetectorConfig, weights: Path | None, *, name: str = "", licence: str = "", adapt: bool = False
) -> Start:
    """A detector of ``config.classes`` from whatever ``weights`` are: none, a detector's, or a backbone's."""
    if weights is None:
        return Start(build_detector(config), config, None)
    if of_body_alone(weights, "detector"):
        return start_from_body(config, read_body(weights, config.backbone, name=name, licence=licence))
    return start_from_detector(weights, config.classes, adapt=adapt)


def start_from_body(config: DetectorConfig, weights: BodyWeights) -> Start:
    """A trained backbone, the rest random.

    Its batch norm is frozen: batches are too small to estimate it anew, and fused weights have none to estimate.
    """
    config = replace(config, frozen_norm=True)
    model = build_detector(config)
    load_body(model.backbone.body, weights.state)
    return Start(model, config, weights.origin)


def start_from_detector(path: Path, classes: Sequence[str], *, adapt: bool) -> Start:
    """A trained detector of ours, network and all.

    If it knows all of ``classes`` its own list is kept, so that none is forgotten. Else ``adapt`` gives it ``classes``, and
    what it learned of those it shares goes along; without, ``ValueError`` names those it lacks.
    """
    state, sidecar = checkpoints.load(path)
    old = detector_config(sidecar, path)
    lacking = sorted(set(classes) - set(old.classes))
    if lacking and not adapt:
        raise ValueError(
            f"{path} does not know {', '.join(lacking)}; give --adapt to make the list of the packs its own, which drops"
            " what they do not name"
        )
    kept = tuple(classes) if lacking else old.classes
    config = replace(old, classes=kept)
    model = build_detector(config)
    try:
        model.load_state_dict(_reordered(state, model.state_dict(), old.classes, kept))
    except (RuntimeError, KeyError) as error:
        raise checkpoints.CheckpointError(f"{path}: weights and config do not fit together ({error})") from error
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
