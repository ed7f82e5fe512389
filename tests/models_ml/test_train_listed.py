"""Training on lists: the layer learns which box a listed product is, and a run that was cut goes on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models_ml import checkpoints
from models_ml.detection import Detector
from models_ml.embedder_start import start_from_embedder
from models_ml.embedding import Embedder, EmbedderConfig, build_embedder
from models_ml.images import ImageError
from models_ml.listed_bags import Bags, photo_features, pooled, read_bags
from models_ml.manifest import Manifest
from models_ml.train_listed import ListedTrainee, TrainConfig, main, train_listed
from models_ml.whitening import whitening
from tests.models_ml.packs import listed_pack, pictures
from tests.tiny import tiny_detector, tiny_embedder

TINY = EmbedderConfig(backbone="resnet10_tiny", side=32, dim=6)


@pytest.fixture
def pack(tmp_path: Path) -> Manifest:
    return Manifest.read(listed_pack(tmp_path / "rooms"))


@pytest.fixture
def detector(tmp_path: Path) -> Detector:
    return Detector.load(tiny_detector(tmp_path, ["lamp"]))


@pytest.fixture
def config(tmp_path: Path) -> TrainConfig:
    weights, _ = checkpoints.paths(tiny_embedder(tmp_path))
    return TrainConfig(weights=weights, steps=4, batch=3, min_score=0.0, boxes=30)


def bags_of(pack: Manifest, detector: Detector, folder: Path, *, min_score: float) -> Bags:
    net = start_from_embedder(checkpoints.paths(tiny_embedder(folder))[0]).model
    photos = photo_features(net, pack.products, 32)
    return read_bags(net, detector, pack, photos, side=32, min_score=min_score, boxes=5)


def test_it_works(pack: Manifest, detector: Detector, config: TrainConfig, tmp_path: Path) -> None:
    parts: list[dict[str, float]] = []
    longer = replace(config, steps=60, learning_rate=1e-2, pull=0.1)
    report = train_listed(longer, pack, detector, tmp_path / "e", on_progress=lambda p: parts.append(dict(p.losses)))
    assert set(parts[0]) == {"in_category", "overall", "pull"}
    assert sum(p["overall"] for p in parts[-6:]) < 0.8 * sum(p["overall"] for p in parts[:6])
    _, sidecar = checkpoints.load(tmp_path / "e")
    assert (sidecar["kind"], sidecar["manifest_hash"]) == ("embedder", pack.hash)
    assert sidecar["metrics"] == json.loads(json.dumps(report.metrics))
    assert Embedder.load(tmp_path / "e").dim == 16


def test_nothing_but_the_last_layer_moves(
    pack: Manifest, detector: Detector, config: TrainConfig, tmp_path: Path
) -> None:
    train_listed(config, pack, detector, tmp_path / "e")
    before, _ = checkpoints.load(tmp_path / "embedder")
    after, _ = checkpoints.load(tmp_path / "e")
    changed = {name for name, weights in before.items() if not torch.equal(weights, after[name])}
    assert changed == {"project.weight", "project.bias"}


def test_a_run_that_was_cut_ends_as_one_that_was_not(
    pack: Manifest, detector: Detector, config: TrainConfig, tmp_path: Path
) -> None:
    train_listed(config, pack, detector, tmp_path / "whole")
    seen: list[int] = []
    cut = train_listed(
        config,
        pack,
        detector,
        tmp_path / "cut",
        on_progress=lambda p: seen.append(p.step),
        should_stop=lambda: len(seen) == 2,
    )
    assert (cut.stopped, cut.steps) == (True, 2)
    train_listed(replace(config, resume=True), pack, detector, tmp_path / "cut")
    one, _ = checkpoints.load(tmp_path / "whole")
    two, _ = checkpoints.load(tmp_path / "cut")
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_a_body_alone_is_whitened_first(
    pack: Manifest, detector: Detector, config: TrainConfig, tmp_path: Path
) -> None:
    torch.manual_seed(3)
    torch.save(build_embedder(TINY).body.state_dict(), tmp_path / "body.pt")
    fresh = replace(config, model=TINY, weights=tmp_path / "body.pt", weights_name="Net", weights_licence="MIT")
    trainee = ListedTrainee(fresh, pack, detector)
    features = torch.cat([trainee.bags.photos, *(bag.features for bag in trainee.bags.scenes)])
    torch.testing.assert_close(trainee.net.project.weight.detach(), whitening(features, 6).weight)
    white = trainee.net.project(features).detach()
    torch.testing.assert_close(white.T @ white / len(white), torch.eye(6), atol=0.05, rtol=0)
    assert trainee.origin is not None
    assert trainee.origin["licence"] == "MIT"


def test_scenes_are_judged_as_the_embedder_that_is_written_sees_them(
    pack: Manifest, detector: Detector, config: TrainConfig
) -> None:
    trainee = ListedTrainee(config, pack, detector)
    embedder = Embedder(trainee.net, trainee.model_config, "")
    photos = embedder.embed(pictures(pack))
    mine = torch.nn.functional.normalize(trainee.net.project(trainee.test.photos), dim=1)
    torch.testing.assert_close(torch.from_numpy(photos), mine.detach(), atol=1e-5, rtol=0)
    assert trainee.judge(trainee.net)["r100"] == 1.0


def test_products_that_share_a_photo_are_listed_together(pack: Manifest, detector: Detector, tmp_path: Path) -> None:
    twins = replace(
        pack,
        products=tuple(
            replace(p, same_photo_group="twins") if p.id in ("lamp-red", "lamp-blue") else p for p in pack.products
        ),
        scenes=tuple(replace(scene, listed=("lamp-red",)) for scene in pack.scenes[:1]),
    )
    bags = bags_of(twins, detector, tmp_path, min_score=0.0)
    ids = [product.id for product in twins.products]
    assert [ids[i] for i in torch.where(bags.scenes[0].listed)[0]] == ["lamp-red", "lamp-blue"]


def test_held_out_products_teach_nothing(pack: Manifest, detector: Detector, config: TrainConfig) -> None:
    lists = [("rug-sand",), ("rug-sand", "rug-red")]
    rooms = [replace(scene, listed=names) for scene, names in zip(pack.part("train").scenes, lists, strict=False)]
    test = pack.part("test").scenes
    trainee = ListedTrainee(config, replace(pack, scenes=(*rooms, *test)), detector)
    [bag] = trainee.bags.scenes
    assert (len(bag.listed), int(bag.listed.sum())) == (6, 1)
    assert len(trainee.test.photos) == 8


def test_a_scene_without_a_box_is_looked_at_whole(pack: Manifest, detector: Detector, tmp_path: Path) -> None:
    bags = bags_of(pack, detector, tmp_path, min_score=1.0)
    assert {len(bag.features) for bag in bags.scenes} == {1}
    assert bags.photos.shape == (8, 64)


def test_what_cannot_work_is_said(pack: Manifest, detector: Detector, config: TrainConfig, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="give --weights to start from"):
        train_listed(replace(config, weights=None), pack, detector, tmp_path / "e")
    silent = replace(pack, scenes=tuple(replace(scene, listed=()) for scene in pack.scenes))
    with pytest.raises(ValueError, match=r"no scene lists a product of the catalogue \(product_ids\)"):
        train_listed(config, silent, detector, tmp_path / "e")
    pack.products[0].image.write_bytes(b"torn")
    with pytest.raises(ImageError, match=pack.products[0].image.name):
        train_listed(config, pack, detector, tmp_path / "e")
    assert not (tmp_path / "e.json").exists()


def test_features_are_what_the_last_layer_is_given(tmp_path: Path, pack: Manifest) -> None:
    net = start_from_embedder(checkpoints.paths(tiny_embedder(tmp_path))[0]).model
    given: list[torch.Tensor] = []
    net.project.register_forward_pre_hook(lambda _module, inputs: given.append(inputs[0]))
    Embedder(net, EmbedderConfig(backbone="resnet10_tiny", side=32, dim=16), "").embed(pictures(pack)[:3])
    torch.testing.assert_close(pooled(net, pictures(pack)[:3], 32), given[0].clone(), atol=1e-5, rtol=1e-4)


def test_the_command_line(pack: Manifest, config: TrainConfig, tmp_path: Path) -> None:
    detector = tiny_detector(tmp_path, ["lamp"])
    options = ["--manifest", str(pack.root), "--detector", str(detector), "--weights", str(config.weights)]
    main([*options, "--steps", "1", "--batch", "2", "--min-score", "0", "--out", str(tmp_path / "cli")])
    assert checkpoints.read_sidecar(tmp_path / "cli")["training"]["min_score"] == 0.0
