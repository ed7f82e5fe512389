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
from models_ml.images import ImageError
from models_ml.manifest import Manifest, train_parts
from models_ml.train_embedder import EmbedderTrainee, TrainConfig, main, train_embedder
from tests.tiny import tiny_detector
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
    assert all(torch.equal(one[name], two[name]) for name in one)


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


def test_a_detectors_body_starts_an_embedder(pack: Manifest, tmp_path: Path) -> None:
    weights, _ = checkpoints.paths(tiny_detector(tmp_path, ["lamp"]))
    config = replace(CONFIG, weights=weights, steps=1, learning_rate=1e-9)
    report = train_embedder(config, [pack], tmp_path / "e")
    theirs, ours = checkpoints.load(weights)[0], checkpoints.load(report.checkpoint)[0]
    name = "layer2.conv1.weight"
    torch.testing.assert_close(ours[f"body.{name}"], theirs[f"backbone.body.{name}"], atol=1e-4, rtol=1e-3)


def test_what_people_refused_is_a_part_of_the_loss(pack: Manifest, tmp_path: Path) -> None:
    first, *others = pack.scenes
    item = replace(first.objects[0], rejected=("rug-blue", "lamp-red"))
    taught = replace(pack, scenes=(replace(first, objects=(item, *first.objects[1:])), *others))
    parts: set[str] = set()
    config = replace(CONFIG, steps=6, batch=24)
    train_embedder(config, [taught], tmp_path / "e", on_progress=lambda p: parts.update(p.losses))
    assert parts == {"softmax", "in_group", "rejected"}


def test_pixels_that_are_no_numbers_are_refused(pack: Manifest) -> None:
    trainee = EmbedderTrainee(CONFIG, [pack], pack)
    [looks] = trainee.batches(range(1))
    looks.pixels[3, 0, 1, 2] = float("nan")
    with pytest.raises(ImageError, match="no numbers"):
        trainee.losses(looks)


def test_a_picture_that_cannot_be_read_is_named(pack: Manifest, tmp_path: Path) -> None:
    (pack.root / "images/scene-1.png").write_bytes(b"no picture")
    with pytest.raises(ImageError, match=r"scene-1\.png"):
        train_embedder(CONFIG, [pack], tmp_path / "e")


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
