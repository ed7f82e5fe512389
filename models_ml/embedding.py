"""Turn a crop into a vector, so that crops of one product lie close together.

embedder = Embedder.load(Path("showroom/checkpoints/embedder"))
vectors = embedder.embed([crop(image, detection.box) for detection in found])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models._utils import IntermediateLayerGetter

from models_ml import checkpoints
from models_ml.backbones import build_extractor
from models_ml.configs import check_backbone, check_whole
from models_ml.images import MEAN, SPREAD
from models_ml.runtimes import Part
from models_ml.types import Vectors

PADDING = (124, 116, 104)
"""The mean colour: what letterboxing adds is 0 after normalisation."""

WHITE = 236


@dataclass(frozen=True, slots=True)
class EmbedderConfig:
    """All that is needed to build the network again; it travels inside the checkpoint.

    ``side`` is that of the square a crop is letterboxed to, in pixels; ``dim`` the length of the vectors; ``frozen_norm``
    keeps the backbone's batch norm fixed.
    """

    backbone: str = "shufflenet_v2_x1_0"
    side: int = 96
    dim: int = 128
    frozen_norm: bool = False

    @staticmethod
    def from_record(record: Mapping[str, Any]) -> EmbedderConfig:
        """Rebuild from the JSON of a sidecar. ValueError where no network can be built of it."""
        check_backbone(record)
        check_whole(record, {"side": 32, "dim": 1})
        return EmbedderConfig(**record)

    def record(self) -> dict[str, Any]:
        """The JSON form."""
        return asdict(self)


class GeM(nn.Module):
    """Generalised mean over a map (Radenovic et al. 2018): 1 is the average, large powers near the maximum; learned."""

    def __init__(self, power: float = 3.0) -> None:
        super().__init__()
        self.power = nn.Parameter(torch.tensor(power))

    def forward(self, maps: Tensor) -> Tensor:
        """``(n, c, h, w)`` to ``(n, c)``."""
        return maps.clamp(min=1e-6).pow(self.power).mean((2, 3)).pow(1 / self.power)


class EmbeddingNet(nn.Module):
    """Backbone, GeM pooling, layer norm, projection, unit length."""

    mean: Tensor
    spread: Tensor

    def __init__(self, config: EmbedderConfig) -> None:
        super().__init__()
        extractor = build_extractor(config.backbone, frozen_norm=config.frozen_norm)
        self.body = IntermediateLayerGetter(extractor.body, {extractor.layers[-1]: "top"})
        self.pool = GeM()
        self.norm = nn.LayerNorm(extractor.channels[-1])
        self.project = nn.Linear(extractor.channels[-1], config.dim)
        self.register_buffer("mean", torch.tensor(MEAN).view(3, 1, 1), persistent=False)
        self.register_buffer("spread", torch.tensor(SPREAD).view(3, 1, 1), persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        """``(n, 3, side, side)`` RGB in [0, 1] to ``(n, dim)`` of unit length."""
        return functional.normalize(self.project(self.features(pixels)), dim=1)

    def features(self, pixels: Tensor) -> Tensor:
        """``(n, 3, side, side)`` RGB in [0, 1] to ``(n, c)``: what the last layer projects."""
        maps = self.body((pixels - self.mean) / self.spread)["top"]
        pooled: Tensor = self.norm(self.pool(maps))
        return pooled


def build_embedder(config: EmbedderConfig) -> EmbeddingNet:
    """The network with random weights."""
    return EmbeddingNet(config)


def content_box(image: Image.Image) -> tuple[int, int, int, int]:
    """The pixel box that is left when a white border, as catalogue photos have, is taken away; without one, all of it.

    The border is white where all four corners are: each colour at ``WHITE`` or more.
    """
    whole = (0, 0, image.width, image.height)
    corners = [image.getpixel((x, y)) for x in (0, image.width - 1) for y in (0, image.height - 1)]
    if any(min(corner) < WHITE for corner in corners if isinstance(corner, tuple)):
        return whole
    return image.point([255 if level < WHITE else 0 for level in range(256)] * 3).getbbox() or whole


def letterbox(image: Image.Image, side: int) -> Image.Image:
    """The RGB picture less its white border in the middle of a square of ``side`` pixels, the rest the mean colour.

    Proportions are kept. Without its border a product fills the square as it does in a scene crop.
    """
    if (content := content_box(image)) != (0, 0, *image.size):
        image = image.crop(content)
    scale = side / max(image.size)
    size = (max(round(image.width * scale), 1), max(round(image.height * scale), 1))
    square = Image.new("RGB", (side, side), PADDING)
    # Bilinear smooths when it shrinks, as the training crops were.
    fitted = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    square.paste(fitted, ((side - size[0]) // 2, (side - size[1]) // 2))
    return square


def as_batch(images: Sequence[Image.Image], side: int) -> Tensor:
    """RGB pictures of any size as ``(n, 3, side, side)`` float32 in [0, 1]."""
    return squares(images, side).permute(0, 3, 1, 2).float().div_(255)


def squares(images: Sequence[Image.Image], side: int) -> Tensor:
    """RGB pictures of any size, letterboxed, as ``(n, side, side, 3)`` uint8."""
    return torch.from_numpy(np.stack([np.asarray(letterbox(image, side)) for image in images]))


class PartedEmbedder(nn.Module):
    """An embedding network as the one part that a runtime makes fast: from bytes to vectors."""

    def __init__(self, model: EmbeddingNet) -> None:
        super().__init__()
        self.model = model

    def forward(self, squares: Tensor) -> tuple[Tensor, ...]:
        """``(n, side, side, 3)`` uint8 to ``(n, dim)`` of unit length."""
        return (self.model(squares.permute(0, 3, 1, 2).float() / 255),)


class Embedder:
    """A trained embedder; ``network`` is the model itself unless a runtime made another of it.

    ``fingerprint`` tells its vectors from those of any other: never compare across.
    """

    def __init__(
        self,
        model: EmbeddingNet,
        config: EmbedderConfig,
        fingerprint: str,
        *,
        device: str = "cpu",
        network: Part | None = None,
    ) -> None:
        self.config = config
        self.dim = config.dim
        self.fingerprint = fingerprint
        self.device = device
        self.model = model.to(device).eval()
        self.network: Part = network or PartedEmbedder(self.model)

    @classmethod
    def load(cls, path: Path, *, threads: int | None = None, device: str = "cpu") -> Embedder:
        """Read the checkpoint ``path``. ``threads`` limits the threads of the whole process; None leaves them alone."""
        if threads is not None:
            torch.set_num_threads(threads)
        state, sidecar = checkpoints.load(path)
        config = embedder_config(sidecar, path)
        model = build_embedder(config)
        checkpoints.restore(model, state, path)
        return cls(model, config, checkpoints.fingerprint(path), device=device)

    @torch.inference_mode()
    def embed(self, images: Sequence[Image.Image], *, batch: int = 32) -> Vectors:
        """A vector of unit length for each RGB crop or catalogue photo, ``(n, dim)`` in the order given."""
        vectors = np.empty((len(images), self.dim), dtype=np.float32)
        for start in range(0, len(images), batch):
            crops = squares(images[start : start + batch], self.config.side).to(self.device)
            vectors[start : start + batch] = self.network(crops)[0].float().cpu().numpy()
        return vectors


def embedder_config(sidecar: Mapping[str, Any], path: Path) -> EmbedderConfig:
    """The config in the sidecar of the checkpoint ``path``; refuses the sidecar of another kind of model."""
    if sidecar.get("kind") != "embedder":
        raise checkpoints.CheckpointError(
            f"{path} is no embedder but {sidecar.get('kind')!r}; give an embedder's checkpoint"
        )
    try:
        return EmbedderConfig.from_record(sidecar["config"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise checkpoints.CheckpointError(
            f"{path}: the sidecar holds no embedder's config that this version knows ({error!r}); train it again"
        ) from error
