"""The gathered pooling gives torchvision's numbers, forwards and backwards."""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.ops import MultiScaleRoIAlign

from models_ml.roi_align import GatheredRoIAlign

SHAPES = [(96, 128), (90, 120)]


def pyramid(*, last: bool) -> dict[str, Tensor]:
    torch.manual_seed(0)
    maps = {str(level): torch.randn(2, 6, 96 // stride, 128 // stride) for level, stride in enumerate((8, 16, 32))}
    order = torch.channels_last if last else torch.contiguous_format
    return {name: m.contiguous(memory_format=order).requires_grad_() for name, m in maps.items()}


def some_boxes() -> list[Tensor]:
    generator = torch.Generator().manual_seed(1)
    corners = torch.rand(40, 4, generator=generator) * torch.tensor([110.0, 80, 110, 80])
    sizes = torch.rand(40, 2, generator=generator) ** 2 * 120
    boxes = torch.cat([corners[:, :2], corners[:, :2] + sizes + 0.1], dim=1)
    # Smaller than a bin, over the far edges, all of the picture.
    odd = torch.tensor([[5.0, 5, 5.2, 5.3], [100, 60, 300, 200], [0, 0, 128, 96], [-40, -40, -20, -20]])
    return [torch.cat([boxes[:25], odd]), boxes[25:]]


def test_it_equals_torchvisions() -> None:
    settings = {"featmap_names": ["0", "1", "2"], "output_size": 7, "sampling_ratio": 1, "canonical_scale": 60}
    theirs_in, ours_in, boxes = pyramid(last=False), pyramid(last=True), some_boxes()
    theirs = MultiScaleRoIAlign(**settings)(theirs_in, boxes, SHAPES)
    ours = GatheredRoIAlign(**settings)(ours_in, boxes, SHAPES)
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)
    slope = torch.randn_like(theirs)
    theirs.backward(slope)
    ours.backward(slope)
    for name, level in theirs_in.items():
        assert level.grad is not None and level.grad.abs().sum() > 0
        torch.testing.assert_close(ours_in[name].grad, level.grad, atol=1e-3, rtol=1e-4)


def test_pictures_without_boxes_are_passed_over() -> None:
    boxes = [torch.zeros(0, 4), torch.tensor([[10.0, 10, 60, 50]])]
    settings = {"featmap_names": ["0", "1", "2"], "output_size": 7, "sampling_ratio": 1}
    maps = pyramid(last=False)
    ours = GatheredRoIAlign(**settings)(maps, boxes, SHAPES)
    torch.testing.assert_close(ours, MultiScaleRoIAlign(**settings)(maps, boxes, SHAPES), atol=1e-4, rtol=1e-4)
