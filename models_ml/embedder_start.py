"""Where an embedder starts: from random weights, from a backbone trained elsewhere, or from an embedder of ours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from models_ml import checkpoints
from models_ml.body_weights import load_body, of_body_alone, read_body
from models_ml.embedding import EmbedderConfig, EmbeddingNet, build_embedder, embedder_config


@dataclass(frozen=True, slots=True)
class Start:
    """An embedder about to be trained. ``origin`` goes into its sidecar: what it was started from, under which licence."""

    model: EmbeddingNet
    config: EmbedderConfig
    origin: dict[str, Any] | None


def start_embedder(config: EmbedderConfig, weights: Path | None, *, name: str = "", licence: str = "") -> Start:
    """An embedder from whatever ``weights`` are: none, an embedder's, or a backbone's (of a file, torchvision, a detector)."""
    if weights is None:
        return Start(build_embedder(config), config, None)
    if of_body_alone(weights, "embedder"):
        return start_from_backbone(config, weights, name=name, licence=licence)
    return start_from_embedder(weights)


def start_from_backbone(config: EmbedderConfig, weights: Path, *, name: str = "", licence: str = "") -> Start:
    """A backbone trained elsewhere, the rest random; ``name`` and ``licence`` are the credit of a file made by others."""
    body = read_body(weights, config.backbone, name=name, licence=licence)
    model = build_embedder(config)
    load_body(model.body, body.state)
    return Start(model, config, body.origin)


def start_from_embedder(path: Path) -> Start:
    """A trained embedder of ours, network and all."""
    state, sidecar = checkpoints.load(path)
    config = embedder_config(sidecar, path)
    model = build_embedder(config)
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise checkpoints.CheckpointError(f"{path}: weights and config do not fit together ({error})") from error
    origin = {
        "sha256": sidecar["weights_sha256"],
        "name": "looktag embedder",
        "initial_weights": sidecar.get("initial_weights"),
    }
    return Start(model, config, origin)


@torch.no_grad()
def unfold_norms(model: EmbeddingNet, pixels: Tensor) -> None:
    """Give batch norms that were folded into their convolutions real statistics again, without changing the output.

    Each takes the mean and variance that a batch (n, 3, side, side) shows it, front to back, and a scale and shift that
    undo them. Training can then normalise by batch as usual, where a folded norm has to stay frozen.
    """

    def unfold(norm: nn.BatchNorm2d, maps: Tensor) -> None:
        if norm.running_mean is None or norm.running_var is None:
            raise ValueError("a batch norm without running statistics holds nothing to unfold")
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        shift = norm.bias - norm.running_mean * scale
        mean, variance = maps.mean((0, 2, 3)), maps.var((0, 2, 3))
        norm.weight.copy_(scale * (variance + norm.eps).sqrt())
        norm.bias.copy_(shift + mean * scale)
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)

    norms = [module for module in model.body.modules() if isinstance(module, nn.BatchNorm2d)]
    hooks = [norm.register_forward_pre_hook(lambda norm, inputs: unfold(norm, inputs[0])) for norm in norms]
    training = model.training
    model.eval()
    model(pixels)
    model.train(training)
    for hook in hooks:
        hook.remove()
