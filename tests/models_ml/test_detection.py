from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from models_ml import checkpoints
from models_ml.backbones import BACKBONES, build_extractor
from models_ml.checkpoints import CheckpointError
from models_ml.detection import Detector, DetectorConfig, fit_side
from models_ml.types import Box, Detection
from tests.tiny import tiny_detector, tiny_detector_config

CLASSES = ("lamp", "rug", "sofa")


class Scripted(nn.Module):
    """Stands in for the network and finds what it is told, in pixels."""

    def __init__(self, boxes: list[list[float]], labels: list[int], scores: list[float]) -> None:
        super().__init__()
        self.output = {
            "boxes": torch.tensor(boxes).reshape(-1, 4),
            "labels": torch.tensor(labels),
            "scores": torch.tensor(scores),
        }
        self.sizes: list[tuple[int, ...]] = []

    def forward(self, images: list[Tensor]) -> list[dict[str, Tensor]]:
        self.sizes += [tuple(image.shape) for image in images]
        return [self.output for _ in images]


def scripted(*args: Any) -> Detector:
    model: Any = Scripted(*args)
    return Detector(model, tiny_detector_config(CLASSES))


def noise(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8))


def test_it_works(tmp_path: Path) -> None:
    detector = Detector.load(tiny_detector(tmp_path, CLASSES), threads=1)
    assert detector.classes == CLASSES
    found = detector.detect([noise(96, 64), noise(200, 300)], min_score=0.0)
    assert len(found) == 2
    assert found[0]
    for detection in found[0] + found[1]:
        assert isinstance(detection, Detection)
        assert 0 <= detection.box.left < detection.box.right <= 1
        assert 0 <= detection.box.top < detection.box.bottom <= 1
        assert detection.category in CLASSES


def test_boxes_come_as_fractions_of_the_picture_whatever_its_size() -> None:
    detector = scripted([[24.0, 16.0, 48.0, 64.0]], [3], [0.9])
    for scale in (1, 4):
        [[found]] = detector.detect([noise(96 * scale, 64 * scale)])
        assert found == Detection(Box(0.25, 0.25, 0.5, 1.0), "sofa", pytest.approx(0.9))


def test_the_network_sees_pictures_at_its_own_size() -> None:
    detector = scripted([], [], [])
    detector.detect([noise(960, 640), noise(40, 80)])
    assert detector.model.sizes == [(3, 64, 96), (3, 96, 48)]


def test_one_object_is_not_offered_as_two_classes() -> None:
    boxes = [[10.0, 10.0, 50.0, 50.0], [11.0, 10.0, 50.0, 50.0], [60.0, 10.0, 90.0, 50.0]]
    detector = scripted(boxes, [1, 3, 3], [0.6, 0.8, 0.5])
    [found] = detector.detect([noise(96, 64)])
    assert [(d.category, round(d.score, 1)) for d in found] == [("sofa", 0.8), ("sofa", 0.5)]
    [every] = detector.detect([noise(96, 64)], duplicate_iou=1.0)
    assert len(every) == 3


def test_only_the_sure_and_only_so_many() -> None:
    boxes = [[float(x), 0.0, float(x + 10), 10.0] for x in (0, 20, 40)]
    detector = scripted(boxes, [1, 1, 1], [0.5, 0.9, 0.2])
    [found] = detector.detect([noise(96, 64)], min_score=0.4)
    assert [round(d.score, 1) for d in found] == [0.9, 0.5]
    [first] = detector.detect([noise(96, 64)], max_detections=1)
    assert [round(d.score, 1) for d in first] == [0.9]


def test_more_pictures_than_a_batch_keep_their_order() -> None:
    detector = scripted([], [], [])
    assert detector.detect([noise(96, 48 + n) for n in range(19)]) == [[]] * 19
    assert [size[1] for size in detector.model.sizes] == [48 + n for n in range(19)]


def test_no_pictures_no_detections() -> None:
    assert scripted([], [], []).detect([]) == []


def test_a_batch_finds_what_single_pictures_find(tmp_path: Path) -> None:
    detector = Detector.load(tiny_detector(tmp_path, CLASSES))
    images = [noise(96, 64), noise(96, 64).transpose(Image.Transpose.ROTATE_180)]
    together = detector.detect(images, min_score=0.0)
    for image, found in zip(images, together, strict=True):
        [alone] = detector.detect([image], min_score=0.0)
        assert [d.category for d in alone] == [d.category for d in found]
        assert [d.score for d in alone] == pytest.approx([d.score for d in found], abs=1e-4)


@pytest.mark.parametrize("name", list(BACKBONES))
def test_every_backbone_gives_strides_8_16_32(name: str) -> None:
    extractor = build_extractor(name, frozen_norm=False)
    maps: dict[str, Tensor] = {}
    for layer in extractor.layers:
        child = extractor.body.get_submodule(layer)
        child.register_forward_hook(lambda _m, _i, out, layer=layer: maps.update({layer: out}))
    with torch.inference_mode():
        features = torch.zeros(1, 3, 64, 64)
        for child in extractor.body.children():
            features = child(features)
            if len(maps) == 3:
                break
    shapes = [(maps[layer].shape[1], 64 // maps[layer].shape[-1]) for layer in extractor.layers]
    assert shapes == list(zip(extractor.channels, (8, 16, 32), strict=True))


def test_an_unknown_backbone_is_named() -> None:
    with pytest.raises(ValueError, match="no backbone 'vgg'; choose one of shufflenet"):
        build_extractor("vgg", frozen_norm=False)


def test_frozen_norm_has_nothing_to_learn() -> None:
    free = build_extractor("resnet10_tiny", frozen_norm=False).body
    frozen = build_extractor("resnet10_tiny", frozen_norm=True).body
    norms = sum(m.num_features * 2 for m in free.modules() if isinstance(m, nn.BatchNorm2d))
    counts = [sum(p.numel() for p in body.parameters()) for body in (free, frozen)]
    assert norms > 0
    assert counts[0] - counts[1] == norms


def test_the_config_survives_json(tmp_path: Path) -> None:
    path = tiny_detector(tmp_path, CLASSES)
    assert DetectorConfig.from_record(checkpoints.read_sidecar(path)["config"]) == tiny_detector_config(CLASSES)


def test_another_kind_of_model_is_refused(tmp_path: Path) -> None:
    checkpoints.save(tmp_path / "model", {"w": torch.ones(1)}, {"kind": "embedder"})
    with pytest.raises(CheckpointError, match="is a 'embedder'; give a detector's checkpoint"):
        Detector.load(tmp_path / "model")


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    config = tiny_detector_config(CLASSES)
    checkpoints.save(tmp_path / "model", {"w": torch.ones(1)}, {"kind": "detector", "config": config.record()})
    with pytest.raises(CheckpointError, match="weights and config do not fit together"):
        Detector.load(tmp_path / "model")


def test_fit_side_keeps_the_shape() -> None:
    assert fit_side(noise(300, 200), 96).size == (96, 64)
    assert fit_side(noise(20, 40), 96).size == (48, 96)
    assert fit_side(noise(1000, 1), 96).size == (96, 1)
