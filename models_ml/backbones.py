"""Feature extractors for the detector, by name: each gives three maps, of stride 8, 16 and 32."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn
from torchvision.models import mobilenet_v3_large, mobilenet_v3_small, resnet18, resnet50, shufflenet_v2_x1_0
from torchvision.models.resnet import BasicBlock, conv1x1
from torchvision.ops import FrozenBatchNorm2d

from models_ml.mobilenet_v1 import STAGES, MobileNetV1


@dataclass(frozen=True, slots=True)
class Extractor:
    """``layers`` names the children of ``body`` that give strides 8, 16 and 32, ``channels`` how wide each is."""

    body: nn.Module
    layers: tuple[str, str, str]
    channels: tuple[int, int, int]


class ResNet10(nn.Module):
    """A ResNet with one basic block a stage (He et al. 2015); ``width`` 64 would be the standard width."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        self.layer1 = _block(width, width, stride=1)
        self.layer2 = _block(width, 2 * width, stride=2)
        self.layer3 = _block(2 * width, 4 * width, stride=2)
        self.layer4 = _block(4 * width, 8 * width, stride=2)

    def forward(self, pixels: Tensor) -> Tensor:
        """``(n, 3, h, w)`` to ``(n, 8 * width, h / 32, w / 32)``."""
        features: Tensor = self.layer4(self.layer3(self.layer2(self.layer1(self.stem(pixels)))))
        return features


def _block(inputs: int, outputs: int, *, stride: int) -> BasicBlock:
    if stride == 1 and inputs == outputs:
        return BasicBlock(inputs, outputs)
    shortcut = nn.Sequential(conv1x1(inputs, outputs, stride), nn.BatchNorm2d(outputs))
    return BasicBlock(inputs, outputs, stride, shortcut)


def _resnet10(width: int) -> Extractor:
    return Extractor(ResNet10(width), ("layer2", "layer3", "layer4"), (2 * width, 4 * width, 8 * width))


def _shufflenet(*, leaky: bool) -> Extractor:
    body = shufflenet_v2_x1_0(weights=None)
    if leaky:
        # The leak is that of the COCO weights this body is usually started from (NanoDet's).
        body = _replaced(body, nn.ReLU, lambda _: nn.LeakyReLU(0.1, inplace=True))
    return Extractor(body, ("stage2", "stage3", "stage4"), (116, 232, 464))


def _mobilenet_v1(width: float) -> Extractor:
    low, middle, high = (int(pairs[-1][0] * width) for pairs in STAGES.values())
    return Extractor(MobileNetV1(width), ("stride8", "stride16", "stride32"), (low, middle, high))


def _mobilenet() -> Extractor:
    return Extractor(mobilenet_v3_large(weights=None).features, ("6", "12", "15"), (40, 112, 160))


def _mobilenet_small() -> Extractor:
    return Extractor(mobilenet_v3_small(weights=None).features, ("3", "8", "11"), (24, 48, 96))


def _resnet(make: Callable[..., nn.Module], widest: int) -> Extractor:
    return Extractor(make(weights=None), ("layer2", "layer3", "layer4"), (widest // 4, widest // 2, widest))


BACKBONES: dict[str, Callable[[], Extractor]] = {
    "shufflenet_v2_x1_0": lambda: _shufflenet(leaky=True),
    "shufflenet_v2_x1_0_relu": lambda: _shufflenet(leaky=False),
    "mobilenet_v3_large": _mobilenet,
    "mobilenet_v3_small": _mobilenet_small,
    "mobilenet_v1_075": lambda: _mobilenet_v1(0.75),
    "resnet18": lambda: _resnet(resnet18, 512),
    "resnet50": lambda: _resnet(resnet50, 2048),
    "resnet10_half": lambda: _resnet10(32),
    "resnet10_tiny": lambda: _resnet10(8),
}

IN_TORCHVISION = {
    "shufflenet_v2_x1_0_relu": "shufflenet_v2_x1_0",
    **{name: name for name in ("mobilenet_v3_large", "mobilenet_v3_small", "resnet18", "resnet50")},
}
"""The backbones that are networks of torchvision's to the last detail, with their names there."""


def build_extractor(name: str, *, frozen_norm: bool) -> Extractor:
    """The extractor ``name`` of :data:`BACKBONES`; ``frozen_norm`` keeps batch norm as it was loaded."""
    if name not in BACKBONES:
        raise ValueError(f"no backbone {name!r}; choose one of {', '.join(BACKBONES)}")
    extractor = BACKBONES[name]()
    if frozen_norm:
        _replaced(extractor.body, nn.BatchNorm2d, lambda norm: FrozenBatchNorm2d(norm.num_features, norm.eps))
    return extractor


def _replaced(module: nn.Module, kind: type[nn.Module], make: Callable[..., nn.Module]) -> nn.Module:
    for name, child in module.named_children():
        if isinstance(child, kind):
            setattr(module, name, make(child))
        else:
            _replaced(child, kind, make)
    return module
