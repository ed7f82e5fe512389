"""MobileNet v1 computes what TensorFlow's does, and takes the weights as they are published."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models_ml.backbones import build_extractor
from models_ml.body_weights import load_body, read_body
from models_ml.images import MEAN, SPREAD
from models_ml.mobilenet_v1 import MobileNetV1, Recentred, SameConv, staged


def naive_same(maps: np.ndarray, weight: np.ndarray, bias: np.ndarray, stride: int) -> np.ndarray:
    """TensorFlow's rule in loops: as many outputs as strides begin inside, the padding they need halved, the odd one last."""
    channels, height, width = maps.shape
    outs, _, size, _ = weight.shape
    rows, columns = -(-height // stride), -(-width // stride)
    top = max((rows - 1) * stride + size - height, 0) // 2
    left = max((columns - 1) * stride + size - width, 0) // 2
    result = np.zeros((outs, rows, columns))
    for o in range(outs):
        for r in range(rows):
            for c in range(columns):
                total = bias[o]
                for i in range(channels):
                    for y in range(size):
                        for x in range(size):
                            row, column = r * stride + y - top, c * stride + x - left
                            if 0 <= row < height and 0 <= column < width:
                                total += weight[o, i, y, x] * maps[i, row, column]
                result[o, r, c] = min(max(total, 0.0), 6.0)
    return result


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("shape", [(6, 6), (7, 5), (1, 4)])
def test_it_pads_as_tensorflow_does(size: int, stride: int, shape: tuple[int, int]) -> None:
    torch.manual_seed(size + stride)
    conv = SameConv(2, 3, size, stride)
    maps = torch.randn(1, 2, *shape)
    weight, bias = (parameter.detach().numpy() for parameter in (conv.weight, conv.bias))
    expected = naive_same(maps[0].numpy(), weight, bias, stride)
    with torch.inference_mode():
        np.testing.assert_allclose(conv(maps)[0].numpy(), expected, atol=1e-5)


def test_pixels_come_back_to_their_own_range() -> None:
    pixels = torch.rand(1, 3, 4, 4)
    mean, spread = (torch.tensor(numbers).view(3, 1, 1) for numbers in (MEAN, SPREAD))
    torch.testing.assert_close(Recentred()((pixels - mean) / spread), pixels * 2 - 1, atol=1e-5, rtol=0)


def published(width: float) -> dict[str, torch.Tensor]:
    """The network's own random weights under the numbered names of a published file, with a classifier behind them."""
    torch.manual_seed(1)
    convs = [layer for layer in MobileNetV1(width).modules() if isinstance(layer, SameConv)]
    assert len(convs) == 27
    state = {f"convs.{n}.{name}": t for n, conv in enumerate(convs) for name, t in conv.state_dict().items()}
    return state | {"fc.weight": torch.ones(2, 2)}


def test_published_weights_find_their_place(tmp_path: Path) -> None:
    state = published(0.75)
    torch.save(state, tmp_path / "body.pt")
    read = read_body(tmp_path / "body.pt", "mobilenet_v1_075", name="MobileNet v1 0.75", licence="Apache-2.0")
    body = build_extractor("mobilenet_v1_075", frozen_norm=True).body
    load_body(body, read.state)
    mine = [layer for layer in body.modules() if isinstance(layer, SameConv)]
    assert all(torch.equal(conv.weight, state[f"convs.{n}.weight"]) for n, conv in enumerate(mine))


def test_names_it_does_not_know_are_left_alone() -> None:
    other = {"fc.weight": torch.ones(1), "convs.27.weight": torch.ones(1), "convs.bias": torch.ones(1)}
    assert set(staged(other)) == set(other)
