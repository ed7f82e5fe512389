"""The quick layout changes nothing but the time."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from models_ml.detection import build_detector
from models_ml.quick import quick_to_train
from tests.tiny import tiny_detector_config


def case() -> tuple[list[Tensor], list[dict[str, Tensor]]]:
    images = [torch.rand(3, 72, 96, generator=torch.Generator().manual_seed(i)) for i in range(2)]
    boxes = torch.tensor([[10.0, 12, 50, 60], [40, 20, 90, 50]])
    return images, [{"boxes": boxes, "labels": torch.tensor([1, 2])}, {"boxes": boxes[:1], "labels": torch.tensor([2])}]


@pytest.mark.parametrize("frozen", [True, False])
def test_losses_and_slopes_are_those_of_the_plain_network(frozen: bool) -> None:
    config = replace(tiny_detector_config(["lamp", "sofa"]), frozen_norm=frozen)
    torch.manual_seed(0)
    plain = build_detector(config).train()
    quick = quick_to_train(build_detector(config)).train()
    quick.load_state_dict(plain.state_dict())
    images, targets = case()
    slopes = []
    losses = []
    for model in (plain, quick):
        torch.manual_seed(1)
        parts = model(images, targets)
        losses.append(parts)
        sum(parts.values()).backward()
        slopes.append({name: p.grad for name, p in model.named_parameters()})
    for name, part in losses[0].items():
        torch.testing.assert_close(losses[1][name], part, rtol=1e-4, atol=1e-5)
    for name, slope in slopes[0].items():
        torch.testing.assert_close(slopes[1][name], slope, rtol=1e-2, atol=1e-4)


def test_it_is_published_under_the_same_names() -> None:
    config = replace(tiny_detector_config(["lamp"]), frozen_norm=True)
    assert list(quick_to_train(build_detector(config)).state_dict()) == list(build_detector(config).state_dict())
