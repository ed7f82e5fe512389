"""Training an embedder: it learns, it writes what it is, and it goes on where it was cut."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models_ml import checkpoints
from models_ml.embedding import Embedder, EmbedderConfig
from models_ml.engine import TrainingDivergedError
from models_ml.manifest import Manifest
from models_ml.train_embedder import TrainConfig, main, train_embedder, train_parts
from tests.tiny_pack import tiny_pack

TINY = EmbedderConfig(backbone="resnet10_tiny", side=32, dim=16)
CONFIG = TrainConfig(model=TINY, steps=4, batch=12, views=2)


@pytest.fixture
def pack(tmp_path: Path) -> Manifest:
    return Manifest.read(tiny_pack(tmp_path / "pack"))


def test_it_works(pack: Manifest, tmp_path: Path) -> None:
    losses: list[float] = []
    config = replace(CONFIG, steps=40, learning_rate=5e-3)
    report = train_embedder(config, [pack], tmp_path / "e", on_progress=lambda p: losses.append(p.loss))
    assert (report.steps, report.stopped, len(losses)) == (40, False, 40)
    assert sum(losses[-5:]) < 0.6 * sum(losses[:5])
    assert report.metrics["queries"] == 4
    _, sidecar = checkpoints.load(tmp_path / "e")
    assert sidecar["kind"] == "embedder"
    assert sidecar["manifest_hash"] == pack.hash
    assert sidecar["metrics"] == json.loads(json.dumps(report.metrics))
    assert Embedder.load(tmp_path / "e").dim == 16
    assert not (tmp_path / "e.resume.pt").exists()


def test_a_run_that_was_cut_ends_as_one_that_was_not(pack: Manifest, tmp_path: Path) -> None:
    train_embedder(CONFIG, [pack], tmp_path / "whole")
    seen: list[int] = []
    cut = train_embedder(
        CONFIG, [pack], tmp_path / "cut", on_progress=lambda p: seen.append(p.step), should_stop=lambda: len(seen) == 2
    )
    assert cut.stopped
    assert cut.steps == 2
    again = train_embedder(replace(CONFIG, resume=True), [pack], tmp_path / "cut")
    assert again.steps == 4
    one, _ = checkpoints.load(tmp_path / "whole")
    two, _ = checkpoints.load(tmp_path / "cut")
    for name in one:
        torch.testing.assert_close(one[name], two[name])


def test_resuming_with_other_data_is_refused(pack: Manifest, tmp_path: Path) -> None:
    train_embedder(CONFIG, [pack], tmp_path / "e", should_stop=lambda: True)
    other = Manifest.read(tiny_pack(tmp_path / "other", scenes=4))
    with pytest.raises(ValueError, match="other data"):
        train_embedder(replace(CONFIG, resume=True), [other], tmp_path / "e")


def test_products_held_out_anywhere_are_trained_on_nowhere(pack: Manifest) -> None:
    forgetful = replace(pack, products=tuple(replace(p, split=None) for p in pack.products))
    for part in train_parts([forgetful, pack]):
        assert not any(p.id.endswith("sand") for p in part.products)
        assert len(part.products) == 6


def test_it_goes_on_from_an_embedder(pack: Manifest, tmp_path: Path) -> None:
    first = train_embedder(CONFIG, [pack], tmp_path / "one")
    weights, _ = checkpoints.paths(first.checkpoint)
    train_embedder(replace(CONFIG, weights=weights, steps=1, learning_rate=1e-6), [pack], tmp_path / "two")
    one, notes = checkpoints.load(tmp_path / "one")
    two, sidecar = checkpoints.load(tmp_path / "two")
    torch.testing.assert_close(one["project.weight"], two["project.weight"], atol=1e-3, rtol=1e-2)
    assert sidecar["initial_weights"]["sha256"] == notes["weights_sha256"]


def test_a_loss_that_is_not_finite_stops_the_run(pack: Manifest, tmp_path: Path) -> None:
    with pytest.raises(TrainingDivergedError, match="learning rate"):
        train_embedder(replace(CONFIG, temperature=1e-45), [pack], tmp_path / "e")
    assert not (tmp_path / "e.safetensors").exists()


def test_the_command_line(pack: Manifest, tmp_path: Path) -> None:
    folder = str(pack.root)
    main(
        [
            *("--manifest", folder, "--catalogue", folder, "--out", str(tmp_path / "e"), "--backbone", "resnet10_tiny"),
            *("--side", "32", "--dim", "8", "--steps", "2", "--batch", "6"),
        ]
    )
    sidecar = checkpoints.read_sidecar(tmp_path / "e")
    assert sidecar["config"] == {"backbone": "resnet10_tiny", "side": 32, "dim": 8, "frozen_norm": False}
    assert str(tmp_path) not in json.dumps(sidecar)
