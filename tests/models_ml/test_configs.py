"""A checkpoint whose config no network can be built from, or whose weights are another network's, is refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from models_ml.checkpoints import CheckpointError
from models_ml.configs import check_sides, check_whole
from models_ml.detection import Detector
from models_ml.embedding import Embedder
from tests.tiny import tiny_detector, tiny_embedder


def altered(path: Path, change: dict[str, Any]) -> Path:
    """The checkpoint with another config in its sidecar."""
    sidecar = path.with_suffix(".json")
    record = json.loads(sidecar.read_text())
    record["config"] |= change
    sidecar.write_text(json.dumps(record))
    return path


DETECTORS = [
    ({"backbone": "vit"}, "no backbone 'vit'; choose one of"),
    ({"backbone": None}, "no backbone None"),
    ({"backbone": "resnet18"}, "weights and config do not fit together"),
    ({"fpn_channels": 9}, "weights and config do not fit together"),
    ({"classes": ["lamp", "sofa", "vase", "rug", "bed"]}, "do not fit together .*box_predictor"),
    ({"classes": []}, "classes must be a list of names"),
    ({"classes": "sofa"}, "classes must be a list of names"),
    ({"classes": ["sofa", "sofa"]}, "none of them twice"),
    ({"classes": ["sofa", 3]}, "classes must be names"),
    ({"image_side": 0}, "image_side must be a whole number of 32 or more, got 0"),
    ({"image_side": "448"}, "image_side must be a whole number"),
    ({"image_side": True}, "image_side must be a whole number"),
    ({"rpn_proposals": 0}, "rpn_proposals must be a whole number of 1 or more"),
    ({"head_width": -1}, "head_width must be a whole number"),
    ({"roi_samples": 2.5}, "roi_samples must be a whole number"),
    ({"anchor_sides": []}, "anchor_sides must be as many sides over 0"),
    ({"anchor_sides": [[8], [16], [32], [0]]}, "anchor_sides must be as many sides over 0"),
    ({"anchor_sides": [[8], [16, 20], [32], [64]]}, "anchor_sides must be as many sides over 0"),
    ({"made_up": 1}, "no detector's config that this version knows"),
]


@pytest.mark.parametrize(("change", "complaint"), DETECTORS)
def test_a_detector_that_cannot_be_built(tmp_path: Path, change: dict[str, Any], complaint: str) -> None:
    path = altered(tiny_detector(tmp_path / "detector", ["sofa", "lamp"]), change)
    with pytest.raises(CheckpointError, match=complaint) as refusal:
        Detector.load(path)
    # One line that names the file, whatever torch has to say of every tensor.
    assert str(path) in str(refusal.value)
    assert len(str(refusal.value)) < 600 and "\n" not in str(refusal.value)


EMBEDDERS = [
    ({"backbone": "vit"}, "no backbone 'vit'"),
    ({"backbone": "resnet18"}, "weights and config do not fit together"),
    ({"dim": 7}, "do not fit together .2 of .* project"),
    ({"dim": 0}, "dim must be a whole number of 1 or more"),
    ({"side": 16}, "side must be a whole number of 32 or more"),
    ({"side": None}, "side must be a whole number"),
]


@pytest.mark.parametrize(("change", "complaint"), EMBEDDERS)
def test_an_embedder_that_cannot_be_built(tmp_path: Path, change: dict[str, Any], complaint: str) -> None:
    path = altered(tiny_embedder(tmp_path / "embedder"), change)
    with pytest.raises(CheckpointError, match=complaint) as refusal:
        Embedder.load(path)
    assert str(path) in str(refusal.value)
    assert len(str(refusal.value)) < 600 and "\n" not in str(refusal.value)


def test_what_is_not_said_has_its_default(tmp_path: Path) -> None:
    path = tiny_embedder(tmp_path / "embedder")
    record = json.loads(path.with_suffix(".json").read_text())
    del record["config"]["frozen_norm"]
    path.with_suffix(".json").write_text(json.dumps(record))
    assert Embedder.load(path).config.frozen_norm is False
    check_whole({}, {"side": 32})


def test_sides_may_be_fractions_of_a_pixel() -> None:
    check_sides([(13.5, 20), (40, 64.25)])
