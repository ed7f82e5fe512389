"""What an embedder learns from where scenes list their products without boxes: the features of all boxes a detector finds.

The network is looked through once, up to its last linear layer; that alone is learned, so a step costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from PIL import Image
from torch import Tensor

from models_ml.detection import Detector
from models_ml.embedding import EmbeddingNet, as_batch
from models_ml.gallery import product_entries
from models_ml.images import crop, open_image
from models_ml.manifest import Manifest, ProductEntry, SceneEntry
from models_ml.pipeline import decode
from models_ml.types import Box

CHUNK = 32
WHOLE = Box(0.0, 0.0, 1.0, 1.0)


class Bag(NamedTuple):
    """A scene: the features of its boxes (boxes, c), and which products stand somewhere in it (products,)."""

    features: Tensor
    listed: Tensor


@dataclass(frozen=True, eq=False)
class Bags:
    """The scenes with what they are compared with: ``photos`` (products, c) are the features of the catalogue's photos,
    ``categories`` and ``entries`` (products,) the numbers of their categories and of the photos they share."""

    scenes: tuple[Bag, ...]
    photos: Tensor
    categories: Tensor
    entries: Tensor


def photo_features(net: EmbeddingNet, products: Sequence[ProductEntry], side: int) -> dict[str, Tensor]:
    """What the last layer is given for the photo of each product, ``(c,)``, by the product's id."""
    features: dict[str, Tensor] = {}
    for start in range(0, len(products), CHUNK):
        chunk = products[start : start + CHUNK]
        rows = pooled(net, [open_image(product.image, max_side=4 * side) for product in chunk], side)
        features.update(zip((product.id for product in chunk), rows, strict=True))
    return features


def read_bags(
    net: EmbeddingNet,
    detector: Detector,
    manifest: Manifest,
    photos: Mapping[str, Tensor],
    *,
    side: int,
    min_score: float,
    boxes: int,
) -> Bags:
    """All scenes of ``manifest`` that list a product, seen by ``net`` at ``side`` pixels, and its products' ``photos``.

    Of each at most ``boxes`` that the detector is at least ``min_score`` sure of, or the whole picture where it finds none.
    Raises ``ValueError`` without such a scene, :class:`models_ml.images.ImageError` naming a picture that cannot be read.
    """
    place = {product.id: i for i, product in enumerate(manifest.products)}
    known = [scene for scene in manifest.scenes if any(name in place for name in scene.listed)]
    if not known:
        raise ValueError(
            f"{manifest.root}: no scene lists a product of the catalogue (product_ids); nothing to learn from"
        )
    entries = torch.from_numpy(product_entries([manifest]))
    slugs = sorted({product.category for product in manifest.products})
    scenes = []
    for scene in known:
        mine = torch.isin(entries, entries[[place[name] for name in scene.listed if name in place]])
        scenes.append(Bag(pooled(net, _crops(scene, detector, min_score, boxes), side), mine))
    categories = torch.tensor([slugs.index(product.category) for product in manifest.products])
    gallery = torch.stack([photos[product.id] for product in manifest.products])
    return Bags(tuple(scenes), gallery, categories, entries)


@torch.inference_mode()
def pooled(net: EmbeddingNet, images: Sequence[Image.Image], side: int) -> Tensor:
    """What the last linear layer of ``net`` is given for each RGB picture, ``(n, c)`` on the CPU."""
    device = net.project.weight.device
    net.eval()
    parts = []
    for start in range(0, len(images), CHUNK):
        pixels = as_batch(images[start : start + CHUNK], side).to(device)
        parts.append(net.features(pixels).float().cpu())
    # A copy, since what is made for inference alone cannot be learned from.
    return torch.cat(parts).clone()


def _crops(scene: SceneEntry, detector: Detector, min_score: float, boxes: int) -> list[Image.Image]:
    image = decode(scene.image)
    [found] = detector.detect([image], min_score=min_score, max_detections=boxes)
    return [crop(image, box) for box in ([item.box for item in found] or [WHOLE])]
