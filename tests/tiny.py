"""Models so small that a test can make one: real networks, real checkpoints, no skill."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from models_ml import checkpoints
from models_ml.detection import DetectorConfig, build_detector
from models_ml.embedding import EmbedderConfig, build_embedder


def tiny_detector_config(classes: Sequence[str]) -> DetectorConfig:
    """A network of a few thousand weights that looks at 96 pixels."""
    return DetectorConfig(
        classes=tuple(classes),
        backbone="resnet10_tiny",
        image_side=96,
        fpn_channels=8,
        head_width=16,
        rpn_proposals=20,
        roi_samples=16,
        anchor_sides=((16,), (32,), (48,), (80,)),
    )


def tiny_detector(folder: Path, classes: Sequence[str], seed: int = 0) -> Path:
    """Write a detector with random weights into ``folder`` and return the checkpoint's path."""
    torch.manual_seed(seed)
    config = tiny_detector_config(classes)
    path = folder / "detector"
    sidecar = {"kind": "detector", "config": config.record(), "seed": 0, "manifest_hash": "", "metrics": {}}
    checkpoints.save(path, build_detector(config).state_dict(), sidecar, half=True)
    return path


def tiny_embedder(folder: Path, dim: int = 16, seed: int = 0) -> Path:
    """Write an embedder with random weights into ``folder`` and return the checkpoint's path."""
    torch.manual_seed(seed)
    config = EmbedderConfig(backbone="resnet10_tiny", side=32, dim=dim)
    path = folder / "embedder"
    sidecar = {"kind": "embedder", "config": config.record(), "seed": 0, "manifest_hash": "", "metrics": {}}
    checkpoints.save(path, build_embedder(config).state_dict(), sidecar, half=True)
    return path
