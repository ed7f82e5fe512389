"""Weights for a backbone that somebody trained before: torchvision's by name, a file's, or those inside a model of ours."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import URLError

import torch
from torch import Tensor, nn
from torchvision.models import get_model_weights

from models_ml import checkpoints
from models_ml.backbones import IN_TORCHVISION
from models_ml.mobilenet_v1 import staged

TORCHVISION = Path("torchvision")
"""Given as weights, it means torchvision's own for the backbone's name (ImageNet; downloaded once)."""

INSIDE = {"detector": "backbone.body.", "embedder": "body."}
"""Where a model of ours, by kind, keeps its backbone."""


class BodyWeights(NamedTuple):
    """A backbone's ``state_dict`` and where it came from, for the sidecar."""

    state: dict[str, Tensor]
    origin: dict[str, Any]


def of_body_alone(weights: Path, kind: str) -> bool:
    """Whether ``weights`` hold a backbone for a model of ``kind``, not such a model itself."""
    return weights == TORCHVISION or weights.suffix == ".pt" or checkpoints.read_sidecar(weights).get("kind") != kind


def read_body(weights: Path, backbone: str, *, name: str = "", licence: str = "") -> BodyWeights:
    """The weights of ``backbone``: torchvision's, those of a ``.pt`` file (made by others: ``name`` and ``licence`` are
    their credit) or of an embedder's or detector's checkpoint. Raises ``ValueError`` where they cannot be had."""
    if weights == TORCHVISION:
        return _of_torchvision(backbone)
    if weights.suffix == ".pt":
        found = _of_file(weights, name, licence)
        return found._replace(state=staged(found.state)) if backbone.startswith("mobilenet_v1") else found
    return _of_checkpoint(weights, backbone)


def load_body(body: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Put plain weights of the same network, with or without its classifier, into ``body``.

    Raises ``ValueError`` if they leave a weight unset that is used, or are of another shape.
    """
    known = {n: t for n, t in body.state_dict().items() if not n.endswith("num_batches_tracked")}
    # torchvision's MobileNets keep their body one floor down.
    found = {n: state[n] if n in state else state[f"features.{n}"] for n in known if {n, f"features.{n}"} & set(state)}
    missing = [n for n in known if n not in found]
    if missing:
        raise ValueError(f"the weights are of another network: they lack {missing[0]} and {len(missing) - 1} more")
    misfits = [n for n, tensor in found.items() if tensor.shape != known[n].shape]
    if misfits:
        raise ValueError(
            f"the weights are of another network: {misfits[0]} is {tuple(found[misfits[0]].shape)}"
            f" where {tuple(known[misfits[0]].shape)} is needed"
        )
    body.load_state_dict({n: t.float() for n, t in found.items()}, strict=False)


def _of_torchvision(backbone: str) -> BodyWeights:
    if backbone not in IN_TORCHVISION:
        raise ValueError(
            f"torchvision has no weights for {backbone!r}; give --backbone one of {', '.join(IN_TORCHVISION)},"
            " or start from a file or from nothing"
        )
    weights = get_model_weights(IN_TORCHVISION[backbone]).DEFAULT
    try:
        state = weights.get_state_dict(progress=False, check_hash=True)
    except (URLError, OSError) as error:
        raise ValueError(
            f"torchvision's weights of {backbone} could not be fetched ({error}); allow {weights.url}, put that file into"
            f" {torch.hub.get_dir()}/checkpoints, or start from a file or from nothing"
        ) from error
    origin = {"name": f"torchvision {weights}", "licence": "BSD-3-Clause, trained on ImageNet", "url": weights.url}
    return BodyWeights(dict(state), origin)


def _of_file(weights: Path, name: str, licence: str) -> BodyWeights:
    if not name or not licence:
        raise ValueError(
            "weights made by others need their name and licence: give --weights-name and --weights-licence"
        )
    try:
        state = torch.load(weights, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise ValueError(f"{weights}: no such file") from error
    except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise ValueError(f"{weights} is damaged or no state_dict ({error})") from error
    if not isinstance(state, Mapping) or not all(isinstance(tensor, Tensor) for tensor in state.values()):
        raise ValueError(f"{weights} must hold a state_dict, names and tensors, and nothing else")
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    return BodyWeights(dict(state), {"sha256": digest, "name": name, "licence": licence})


def _of_checkpoint(path: Path, backbone: str) -> BodyWeights:
    state, sidecar = checkpoints.load(path)
    kind, config = str(sidecar.get("kind")), sidecar.get("config")
    if kind not in INSIDE or not isinstance(config, dict):
        raise checkpoints.CheckpointError(f"{path} is a {kind!r}; give the checkpoint of an embedder or a detector")
    if config.get("backbone") != backbone:
        raise ValueError(f"{path} has the backbone {config.get('backbone')}; give --backbone {config.get('backbone')}")
    body = {n.removeprefix(INSIDE[kind]): t for n, t in state.items() if n.startswith(INSIDE[kind])}
    origin = {
        "sha256": sidecar["weights_sha256"],
        "name": f"looktag {kind}",
        "initial_weights": sidecar.get("initial_weights"),
    }
    return BodyWeights(body, origin)
