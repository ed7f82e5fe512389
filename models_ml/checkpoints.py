"""A checkpoint is two files: the weights (``.safetensors``, no code inside) and a JSON sidecar that describes them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn


class CheckpointError(ValueError):
    """A checkpoint is missing, damaged or not whole; the message names the file."""


def paths(path: Path) -> tuple[Path, Path]:
    """The weights and the sidecar of the checkpoint ``path``, which may be given with or without ``.safetensors``."""
    stem = path.with_suffix("") if path.suffix in (".safetensors", ".json") else path
    return stem.with_name(stem.name + ".safetensors"), stem.with_name(stem.name + ".json")


def save(path: Path, state: Mapping[str, Tensor], sidecar: Mapping[str, object], *, half: bool = False) -> None:
    """Write both files, each whole or not at all; ``half`` stores the floats as fp16, at half the size.

    The sidecar goes last and carries the sha256 of the weights, so that a crash between the two is found on loading.
    The torch version is added to it.
    """
    weights, notes = paths(path)
    weights.parent.mkdir(parents=True, exist_ok=True)
    stored = {name: _stored(tensor, half) for name, tensor in state.items()}
    fresh = weights.with_name(weights.name + ".part")
    save_file(stored, fresh)
    record = {**sidecar, "torch": torch.__version__, "weights_sha256": _sha256(fresh)}
    text = json.dumps(record, indent=1, sort_keys=True, allow_nan=False) + "\n"
    fresh_notes = notes.with_name(notes.name + ".part")
    fresh_notes.write_text(text, encoding="utf-8")
    fresh.chmod(0o644)
    os.replace(fresh, weights)
    os.replace(fresh_notes, notes)


def load(path: Path) -> tuple[dict[str, Tensor], dict[str, object]]:
    """Read the weights (floats as float32, on the CPU) and the sidecar. Raises :class:`CheckpointError`."""
    weights, notes = paths(path)
    sidecar = read_sidecar(path)
    if not weights.is_file():
        raise CheckpointError(f"{weights} is missing; train a model or restore the file")
    if _sha256(weights) != sidecar.get("weights_sha256"):
        raise CheckpointError(f"{weights} is not what {notes.name} describes (sha256 differs); restore both together")
    try:
        tensors = load_file(weights)
    except SafetensorError as error:
        raise CheckpointError(f"{weights} is damaged ({error}); restore it or train again") from error
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
            raise CheckpointError(f"{weights}: {name} holds values that are no numbers; restore it or train again")
    return {name: t.float() if t.is_floating_point() else t for name, t in tensors.items()}, sidecar


def restore(model: nn.Module, state: Mapping[str, Tensor], path: Path) -> None:
    """Lay weights into the network that the checkpoint ``path`` describes; :class:`CheckpointError` where it is another."""
    shapes = {name: tensor.shape for name, tensor in model.state_dict().items()}
    wrong = sorted(
        name
        for name in shapes.keys() | state.keys()
        if name not in shapes or name not in state or shapes[name] != state[name].shape
    )
    if wrong:
        raise CheckpointError(
            f"{path}: weights and config do not fit together ({len(wrong)} of {len(shapes)} tensors are missing, foreign or "
            f"of another shape, the first is {wrong[0]}); restore both, or train again"
        )
    model.load_state_dict(state)


def read_sidecar(path: Path) -> dict[str, object]:
    """The sidecar alone: what the model is, without reading the weights."""
    _, notes = paths(path)
    try:
        record = json.loads(notes.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CheckpointError(f"{notes} is missing; a checkpoint is a .safetensors and a .json file") from error
    except json.JSONDecodeError as error:
        raise CheckpointError(f"{notes} is not JSON ({error}); restore it") from error
    if not isinstance(record, dict):
        raise CheckpointError(f"{notes} must hold one JSON object")
    return record


def fingerprint(path: Path) -> str:
    """sha256 over the weights and the sidecar: equal if and only if the checkpoint is the same."""
    digest = hashlib.sha256()
    for file in paths(path):
        if not file.is_file():
            raise CheckpointError(f"{file} is missing; train a model or restore the file")
        digest.update(_sha256(file).encode())
    return digest.hexdigest()


def _stored(tensor: Tensor, half: bool) -> Tensor:
    tensor = tensor.detach().cpu()
    # A copy, because safetensors refuses tensors that share memory.
    return (tensor.half() if half and tensor.is_floating_point() else tensor).clone().contiguous()


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
