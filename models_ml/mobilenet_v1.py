"""MobileNet v1 (Howard et al. 2017), which torchvision lacks: small, and trained on real photos by others.

Batch norm is folded into the convolutions, as in the weights that are published for phones, so there is none to freeze. It was
trained with TensorFlow's padding and on pixels in [-1, 1]; both are kept inside.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn
from torch.nn import functional

from models_ml.images import MEAN, SPREAD

STAGES: dict[str, tuple[tuple[int, int], ...]] = {
    "stride8": ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1)),
    "stride16": ((512, 2), *((512, 1),) * 5),
    "stride32": ((1024, 2), (1024, 1)),
}
"""The pairs of depthwise and pointwise convolutions that end in each stride: channels out and stride, at width 1."""
STEM = 32


class SameConv(nn.Conv2d):
    """A convolution that pads as TensorFlow's "same", with one more at the right and bottom where it is odd; then ReLU6."""

    def forward(self, maps: Tensor) -> Tensor:
        """``(n, c, h, w)`` to ``(n, c', ceil(h / stride), ceil(w / stride))``."""
        pads = []
        for length in (maps.shape[-1], maps.shape[-2]):
            across = max(
                self.kernel_size[0] - (self.stride[0] if length % self.stride[0] == 0 else length % self.stride[0]), 0
            )
            pads += [across // 2, across - across // 2]
        return functional.relu6(super().forward(functional.pad(maps, pads)))


class Recentred(nn.Module):
    """From pixels normalised as torchvision's networks take them to pixels in [-1, 1]."""

    def forward(self, pixels: Tensor) -> Tensor:
        """``(n, 3, h, w)`` to the same."""
        mean, spread = (pixels.new_tensor(numbers).view(3, 1, 1) for numbers in (MEAN, SPREAD))
        return (pixels * spread + mean) * 2 - 1


class MobileNetV1(nn.Sequential):
    """The body in three parts, of stride 8, 16 and 32."""

    def __init__(self, width: float) -> None:
        super().__init__()
        channels = int(STEM * width)
        convs: list[nn.Module] = [Recentred(), SameConv(3, channels, 3, 2)]
        for name, pairs in STAGES.items():
            for wide, stride in pairs:
                out = int(wide * width)
                convs += [SameConv(channels, channels, 3, stride, groups=channels), SameConv(channels, out, 1)]
                channels = out
            self.add_module(name, nn.Sequential(*convs))
            convs = []


def staged(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A file's weights, whose convolutions are numbered through (``convs.0`` to ``convs.26``), under the names they have here."""
    here = [
        f"{stage}.{place}"
        for stage, part in MobileNetV1(1 / STEM).named_children()
        for place, layer in enumerate(part.children())
        if isinstance(layer, SameConv)
    ]
    renamed = {}
    for name, weights in state.items():
        group, _, rest = name.partition(".")
        number, _, leaf = rest.partition(".")
        known = group == "convs" and number.isdigit() and int(number) < len(here)
        renamed[f"{here[int(number)]}.{leaf}" if known else name] = weights
    return renamed
