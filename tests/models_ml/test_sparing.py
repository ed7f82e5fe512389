"""What is no background, and the losses of a detector, each against loops written from the papers."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.image_list import ImageList

from models_ml.detection import build_detector
from models_ml.sparing import covered, made_sparing, unsure
from tests.tiny import tiny_detector_config

Rectangle = list[float]


def overlap(a: Rectangle, b: Rectangle) -> float:
    return max(min(a[2], b[2]) - max(a[0], b[0]), 0) * max(min(a[3], b[3]) - max(a[1], b[1]), 0)


def area(a: Rectangle) -> float:
    return (a[2] - a[0]) * (a[3] - a[1])


def iou(a: Rectangle, b: Rectangle) -> float:
    return overlap(a, b) / (area(a) + area(b) - overlap(a, b))


def offsets(box: Rectangle, true: Rectangle, weights: tuple[float, ...]) -> list[float]:
    """How a box is moved and stretched to the true one (Girshick 2015)."""
    (x, y, w, h), (tx, ty, tw, th) = (
        ((r[0] + r[2]) / 2, (r[1] + r[3]) / 2, r[2] - r[0], r[3] - r[1]) for r in (box, true)
    )
    plain = [(tx - x) / w, (ty - y) / h, math.log(tw / w), math.log(th / h)]
    return [a * b for a, b in zip(plain, weights, strict=True)]


def smooth(difference: float, beta: float = 1 / 9) -> float:
    size = abs(difference)
    return 0.5 * size * size / beta if size < beta else size - 0.5 * beta


def is_unsure(box: Rectangle, target: dict[str, Tensor]) -> bool:
    def inside(areas: Tensor) -> bool:
        return any(overlap(box, other) >= 0.5 * area(box) for other in areas.tolist())

    if "ignored" in target and inside(target["ignored"]):
        return True
    return "checked" in target and not inside(target["checked"]) and not inside(target["boxes"])


def random_boxes(count: int, seed: int) -> Tensor:
    corners = torch.rand(count, 2, generator=torch.Generator().manual_seed(seed)) * 60
    sizes = 4 + torch.rand(count, 2, generator=torch.Generator().manual_seed(seed + 100)) * 40
    return torch.cat([corners, corners + sizes], dim=1)


TARGETS = [
    {"ignored": torch.tensor([[50.0, 10, 96, 60]])},
    {"checked": torch.zeros(0, 4)},
    {"checked": torch.tensor([[0.0, 0, 96, 30]]), "ignored": torch.tensor([[0.0, 0, 30, 96]])},
    {},
]


def full(target: dict[str, Tensor]) -> dict[str, Tensor]:
    return {"boxes": torch.tensor([[20.0, 20, 60, 64], [30, 5, 50, 22]]), "labels": torch.tensor([2, 1]), **target}


def test_covered_is_the_largest_share_inside() -> None:
    boxes, areas = random_boxes(30, 0), random_boxes(5, 1)
    expected = [max(overlap(b, a) / area(b) for a in areas.tolist()) for b in boxes.tolist()]
    assert covered(boxes, areas).tolist() == pytest.approx(expected, abs=1e-5)
    assert covered(boxes, areas[:0]).tolist() == [0.0] * 30


@pytest.mark.parametrize("target", TARGETS)
def test_unsure_equals_its_definition(target: dict[str, Tensor]) -> None:
    boxes = random_boxes(60, 2)
    expected = [is_unsure(box, full(target)) for box in boxes.tolist()]
    assert unsure(boxes, full(target)).tolist() == expected
    assert any(expected) == bool(target)
    assert not all(expected)


def tiny() -> FasterRCNN:
    torch.manual_seed(0)
    model = made_sparing(build_detector(tiny_detector_config(["lamp", "sofa"]))).train()
    # All samples are taken, so that nothing is left to chance.
    for part in (model.rpn, model.roi_heads):
        part.fg_bg_sampler.batch_size_per_image = 10**6
    return model


@pytest.mark.parametrize("given", TARGETS)
def test_the_losses_of_the_region_proposals(given: dict[str, Tensor]) -> None:
    target, rpn = full(given), tiny().rpn
    generator = torch.Generator().manual_seed(3)
    sides = (12, 6, 3, 2)
    features = {str(i): torch.randn(1, 8, side, side, generator=generator) for i, side in enumerate(sides)}
    pictures = ImageList(torch.zeros(1, 3, 96, 96), [(96, 96)])
    _, losses = rpn(pictures, features, [target])
    anchors = rpn.anchor_generator(pictures, list(features.values()))[0].tolist()
    scores, deltas = rpn.head(list(features.values()))
    flat = torch.cat([s.permute(0, 2, 3, 1).flatten() for s in scores]).tolist()
    moves = torch.cat([d.view(-1, 4, *d.shape[2:]).permute(2, 3, 0, 1).reshape(-1, 4) for d in deltas]).tolist()
    truths = target["boxes"].tolist()
    best = [max(iou(truth, anchor) for anchor in anchors) for truth in truths]
    wrong = shifted = 0.0
    taken = 0
    for anchor, score, move in zip(anchors, flat, moves, strict=True):
        overlaps = [iou(truth, anchor) for truth in truths]
        nearest = overlaps.index(max(overlaps))
        # A true box that no anchor meets well takes the best there is.
        positive = max(overlaps) >= 0.7 or any(abs(o - b) < 1e-7 for o, b in zip(overlaps, best, strict=True))
        if not positive and (max(overlaps) >= 0.3 or is_unsure(anchor, target)):
            continue
        taken += 1
        wrong += math.log1p(math.exp(-score if positive else score))
        if positive:
            goal = offsets(anchor, truths[nearest], (1.0, 1.0, 1.0, 1.0))
            shifted += sum(smooth(a - b) for a, b in zip(move, goal, strict=True))
    assert float(losses["loss_objectness"].detach()) == pytest.approx(wrong / taken, rel=1e-4)
    assert float(losses["loss_rpn_box_reg"].detach()) == pytest.approx(shifted / taken, rel=1e-4)


@pytest.mark.parametrize("given", TARGETS)
def test_the_losses_of_the_box_heads(given: dict[str, Tensor]) -> None:
    target, heads = full(given), tiny().roi_heads
    generator = torch.Generator().manual_seed(4)
    features = {str(i): torch.randn(1, 8, side, side, generator=generator) for i, side in enumerate((12, 6, 3))}
    regions = random_boxes(40, 5)
    _, losses = heads(features, [regions.clone()], [(96, 96)], [target])
    truths, names = target["boxes"].tolist(), target["labels"].tolist()
    # The true boxes join the proposals, so that there is always something to find.
    boxes = torch.cat([regions, target["boxes"]])
    pooled = heads.box_roi_pool(features, [boxes], [(96, 96)])
    logits, moves = (rows.tolist() for rows in heads.box_predictor(heads.box_head(pooled)))
    wrong = shifted = 0.0
    taken = 0
    for box, row, move in zip(boxes.tolist(), logits, moves, strict=True):
        overlaps = [iou(truth, box) for truth in truths]
        nearest = overlaps.index(max(overlaps))
        label = names[nearest] if max(overlaps) >= 0.5 else 0
        if label == 0 and is_unsure(box, target):
            continue
        taken += 1
        wrong += math.log(sum(math.exp(v) for v in row)) - row[label]
        if label:
            goal = offsets(box, truths[nearest], (10.0, 10.0, 5.0, 5.0))
            shifted += sum(smooth(a - b) for a, b in zip(move[4 * label : 4 * label + 4], goal, strict=True))
    assert taken >= 2
    assert float(losses["loss_classifier"].detach()) == pytest.approx(wrong / taken, rel=1e-4)
    assert float(losses["loss_box_reg"].detach()) == pytest.approx(shifted / taken, rel=1e-4)


def test_it_is_the_same_network() -> None:
    model = build_detector(tiny_detector_config(["lamp", "sofa"]))
    names = list(model.state_dict())
    assert list(made_sparing(model).state_dict()) == names
