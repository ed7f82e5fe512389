"""A backbone's weights: whence they may come, and what is said where they may not."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torchvision.models import ResNet18_Weights, get_model, resnet18

from models_ml import checkpoints
from models_ml.backbones import IN_TORCHVISION, build_extractor
from models_ml.body_weights import TORCHVISION, load_body, of_body_alone, read_body
from models_ml.checkpoints import CheckpointError
from models_ml.detection import build_detector
from tests.tiny import tiny_detector, tiny_detector_config, tiny_embedder


def test_a_backbone_is_loaded_with_or_without_its_classifier() -> None:
    body = build_detector(tiny_detector_config(["lamp"])).backbone.body
    weights = {name: torch.randn_like(t.float()).half() for name, t in body.state_dict().items()}
    load_body(body, {**weights, "fc.weight": torch.ones(3)})
    name = "layer1.conv1.weight"
    assert torch.equal(body.state_dict()[name], weights[name].float())


def test_another_networks_weights_are_refused() -> None:
    body = build_detector(tiny_detector_config(["lamp"])).backbone.body
    with pytest.raises(ValueError, match="of another network: they lack"):
        load_body(body, {"conv1.weight": torch.ones(1)})
    wide = {name: torch.ones(*t.shape, 2) for name, t in body.state_dict().items()}
    with pytest.raises(ValueError, match=r"of another network: \S+ is \(.*\) where \(.*\) is needed"):
        load_body(body, wide)


def test_weights_made_by_others_need_their_credit(tmp_path: Path) -> None:
    torch.save({"a": torch.ones(1)}, tmp_path / "body.pt")
    with pytest.raises(ValueError, match="need their name and licence"):
        read_body(tmp_path / "body.pt", "resnet18")
    found = read_body(tmp_path / "body.pt", "resnet18", name="Net (someone)", licence="MIT")
    assert (found.origin["name"], found.origin["licence"], len(found.origin["sha256"])) == ("Net (someone)", "MIT", 64)


def test_a_file_that_holds_no_weights_is_named(tmp_path: Path) -> None:
    credit = {"name": "n", "licence": "l"}
    with pytest.raises(ValueError, match=r"gone\.pt: no such file"):
        read_body(tmp_path / "gone.pt", "resnet18", **credit)
    (tmp_path / "torn.pt").write_bytes(b"no weights")
    with pytest.raises(ValueError, match=r"torn\.pt is damaged or no state_dict"):
        read_body(tmp_path / "torn.pt", "resnet18", **credit)
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(ValueError, match=r"list\.pt must hold a state_dict"):
        read_body(tmp_path / "list.pt", "resnet18", **credit)


@pytest.mark.parametrize("kind", ["embedder", "detector"])
def test_a_model_of_ours_lends_its_backbone(tmp_path: Path, kind: str) -> None:
    path = tiny_embedder(tmp_path) if kind == "embedder" else tiny_detector(tmp_path, ["lamp"])
    found = read_body(path, "resnet10_tiny")
    body = build_extractor("resnet10_tiny", frozen_norm=True).body
    load_body(body, found.state)
    name = "layer2.conv1.weight"
    assert torch.equal(body.state_dict()[name], found.state[name])
    assert found.origin["name"] == f"looktag {kind}"
    with pytest.raises(ValueError, match="has the backbone resnet10_tiny; give --backbone resnet10_tiny"):
        read_body(path, "resnet18")


def test_a_checkpoint_of_something_else_is_refused(tmp_path: Path) -> None:
    checkpoints.save(tmp_path / "ranker", {"w": torch.ones(1)}, {"kind": "ranker", "config": {}})
    with pytest.raises(CheckpointError, match="is a 'ranker'; give the checkpoint of an embedder or a detector"):
        read_body(tmp_path / "ranker", "resnet18")


def test_a_checkpoint_of_the_same_kind_is_more_than_a_backbone(tmp_path: Path) -> None:
    path = tiny_embedder(tmp_path)
    assert not of_body_alone(path, "embedder")
    assert of_body_alone(path, "detector")
    assert of_body_alone(TORCHVISION, "detector")
    assert of_body_alone(Path("some.pt"), "detector")


def test_torchvisions_weights_are_taken_from_where_it_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    torch.manual_seed(0)
    theirs = resnet18().state_dict()
    kept = tmp_path / "hub/checkpoints" / Path(ResNet18_Weights.DEFAULT.url).name
    kept.parent.mkdir(parents=True)
    torch.save(theirs, kept)
    found = read_body(TORCHVISION, "resnet18")
    body = build_extractor("resnet18", frozen_norm=True).body
    load_body(body, found.state)
    assert torch.equal(body.state_dict()["layer3.0.conv1.weight"], theirs["layer3.0.conv1.weight"])
    assert found.origin["url"] == ResNet18_Weights.DEFAULT.url


@pytest.mark.parametrize(("ours", "theirs"), IN_TORCHVISION.items())
def test_torchvisions_networks_hold_all_that_our_backbones_of_their_name_need(ours: str, theirs: str) -> None:
    body = build_extractor(ours, frozen_norm=True).body
    load_body(body, get_model(theirs, weights=None).state_dict())


def test_where_torchvisions_weights_cannot_be_had_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    # A port where nobody listens.
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(ValueError, match=r"of resnet18 could not be fetched .*; allow https://.*, put that file into"):
        read_body(TORCHVISION, "resnet18")
    with pytest.raises(ValueError, match="torchvision has no weights for 'resnet10_half'"):
        read_body(TORCHVISION, "resnet10_half")
