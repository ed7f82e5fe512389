"""Where an embedder starts: from random weights, from a backbone trained elsewhere, or from an embedder of ours."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from models_ml import checkpoints
from models_ml.embedding import EmbedderConfig, EmbeddingNet, build_embedder, embedder_config


@dataclass(frozen=True, slots=True)
class Start:
    """An embedder about to be trained. ``origin`` goes into its sidecar: what it was started from, under which licence."""

    model: EmbeddingNet
    config: EmbedderConfig
    origin: dict[str, Any] | None


def start_fresh(config: EmbedderConfig) -> Start:
    """Random weights throughout."""
    return Start(build_embedder(config), config, None)


def start_from_backbone(config: EmbedderConfig, weights: Path, *, name: str, licence: str) -> Start:
    """A backbone from a ``state_dict`` of the same network, the rest random; ``name`` and ``licence`` are its credit."""
    if not name or not licence:
        raise ValueError(
            "weights made by others need their name and licence: give --weights-name and --weights-licence"
        )
    model = build_embedder(config)
    state: dict[str, Tensor] = torch.load(weights, map_location="cpu", weights_only=True)
    known = [n for n in model.body.state_dict() if not n.endswith("num_batches_tracked")]
    missing = [n for n in known if n not in state]
    if missing:
        raise ValueError(f"the weights are of another network: they lack {missing[0]} and {len(missing) - 1} more")
    model.body.load_state_dict({n: state[n].float() for n in known}, strict=False)
    return Start(
        model, config, {"sha256": hashlib.sha256(weights.read_bytes()).hexdigest(), "name": name, "licence": licence}
    )


def start_from_embedder(path: Path) -> Start:
    """A trained embedder of ours, network and all."""
    state, sidecar = checkpoints.load(path)
    config = embedder_config(sidecar, path)
    model = build_embedder(config)
    model.load_state_dict(state)
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
