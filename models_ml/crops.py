"""What the embedder learns from: crops of scenes and catalogue photos, held in memory as small pictures, and varied anew at
each look.

Every crop is cut once, as a square window round its object with some room to spare. A look then moves the edges of the
object's box a little, for boxes are never perfect, and letterboxes what is inside exactly as :mod:`models_ml.embedding` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from models_ml.boxes import from_pixels, to_pixels
from models_ml.data import is_clear
from models_ml.embedding import PADDING, content_box
from models_ml.images import open_image
from models_ml.manifest import Manifest, ObjectEntry, ProductEntry
from models_ml.types import Box

ROOM = 0.15
"""How far round its object a window reaches, as a share of the object's longer side."""
LEAST_SIDE = 12
"""Objects whose longer side has fewer pixels are left out: nobody could name the product."""


class Crop(NamedTuple):
    """One object or photo: its window (uint8, square), and in window coordinates [0, 1] its box and the picture's limits."""

    window: npt.NDArray[np.uint8]
    box: Box
    limits: Box
    label: str
    category: str
    photo: bool
    rejected: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class CropSet:
    """``windows`` (n, 3, s, s) uint8, ``boxes`` and ``limits`` (n, 4), ``labels``, ``categories`` and ``photos`` (n,);
    ``rejected`` (n, k) are the labels people refused for each, filled up with -1.

    ``names`` are the labels' names, ``category_names`` those of the categories, ``label_categories`` (labels,) joins them.
    """

    windows: Tensor
    boxes: Tensor
    limits: Tensor
    labels: Tensor
    categories: Tensor
    photos: Tensor
    rejected: Tensor
    names: tuple[str, ...]
    category_names: tuple[str, ...]
    label_categories: Tensor

    def __len__(self) -> int:
        return len(self.labels)


def label_of(product: ProductEntry) -> str:
    """What an embedder is asked to tell apart: products, save those that look the same in a photo."""
    return product.same_photo_group or product.id


def usable(item: ObjectEntry, size: tuple[int, int]) -> bool:
    """Whether a known object shows enough of a known product; ``size`` is (width, height) of the scene in pixels."""
    left, top, right, bottom = to_pixels(item.box, *size)
    return item.product is not None and is_clear(item) and max(right - left, bottom - top) >= LEAST_SIDE


def read_crops(manifests: Sequence[Manifest], *, window: int) -> CropSet:
    """Cut all crops of scenes and all catalogue photos of these (train) parts, to windows of ``window`` pixels.

    Products of different packs are the same if their ids are, each with its photos of all packs; a file that several packs
    share is read once. Raises ``ValueError`` without any crop.
    """
    crops: list[Crop] = []
    seen: set[Path] = set()
    for manifest in manifests:
        for product in manifest.products:
            if product.image not in seen:
                crops.append(_photo(product, window))
        fresh = replace(manifest, scenes=tuple(scene for scene in manifest.scenes if scene.image not in seen))
        crops += _scene_crops(fresh, window)
        seen |= {product.image for product in manifest.products} | {scene.image for scene in manifest.scenes}
    return _stacked(crops)


def _photo(product: ProductEntry, window: int) -> Crop:
    image = open_image(product.image)
    box = from_pixels(content_box(image), image.width, image.height)
    return _crop(image, box, window, product, photo=True)


def _scene_crops(manifest: Manifest, window: int) -> Iterator[Crop]:
    products = {product.id: product for product in manifest.products}
    for scene in manifest.scenes:
        if not any(item.product in products for item in scene.objects):
            continue
        image = open_image(scene.image)
        for item in scene.objects:
            # A product held out for tests is not in the catalogue of the train part.
            if usable(item, image.size) and item.product in products:
                refused = {label_of(products[name]) for name in item.rejected if name in products}
                cut = _crop(image, item.box, window, products[item.product], photo=False)
                # A twin with the same photo is no wrong answer, whatever was clicked.
                yield cut._replace(rejected=tuple(sorted(refused - {cut.label})))


def _crop(image: Image.Image, box: Box, window: int, product: ProductEntry, *, photo: bool) -> Crop:
    left, top, right, bottom = to_pixels(box, image.width, image.height)
    half = max(right - left, bottom - top) * (0.5 + ROOM)
    x, y = (left + right) / 2 - half, (top + bottom) / 2 - half
    inside = Box(max(x, 0), max(y, 0), min(x + 2 * half, image.width), min(y + 2 * half, image.height))

    def seen(area: Sequence[float]) -> Box:
        return Box(*((value - (x, y)[i % 2]) / (2 * half) for i, value in enumerate(area)))

    square = Image.new("RGB", (window, window), PADDING)
    limits = seen(inside)
    place = [round(edge * window) for edge in limits]
    size = (max(place[2] - place[0], 1), max(place[3] - place[1], 1))
    fitted = image.resize(size, Image.Resampling.BILINEAR, box=inside, reducing_gap=2.0)
    square.paste(fitted, (place[0], place[1]))
    cut = seen((left, top, right, bottom))
    return Crop(np.asarray(square), cut, limits, label_of(product), product.category, photo)


def _stacked(crops: Sequence[Crop]) -> CropSet:
    if not crops:
        raise ValueError(
            "no crop to learn from: the packs hold no product and no object of a known product in their train part"
        )
    owners = {crop.label: crop.category for crop in crops}
    names, category_names = tuple(sorted(owners)), tuple(sorted(set(owners.values())))
    label = {name: i for i, name in enumerate(names)}
    category = {name: i for i, name in enumerate(category_names)}
    most = max(len(crop.rejected) for crop in crops)
    refused = [[label[name] for name in crop.rejected if name in label] for crop in crops]
    return CropSet(
        windows=torch.from_numpy(np.stack([crop.window for crop in crops])).permute(0, 3, 1, 2).contiguous(),
        boxes=torch.tensor([crop.box for crop in crops]),
        limits=torch.tensor([crop.limits for crop in crops]),
        labels=torch.tensor([label[crop.label] for crop in crops]),
        categories=torch.tensor([category[owners[crop.label]] for crop in crops]),
        photos=torch.tensor([crop.photo for crop in crops]),
        rejected=torch.tensor([row + [-1] * (most - len(row)) for row in refused], dtype=torch.int64).view(
            len(crops), most
        ),
        names=names,
        category_names=category_names,
        label_categories=torch.tensor([category[owners[name]] for name in names]),
    )


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How much a look may differ: ``jitter`` moves each edge of the box by up to that share of its side, ``occlude`` is the
    chance to be partly covered by another crop, ``light`` and ``tint`` the spread of brightness and of each colour (log),
    ``contrast`` that of contrast, ``blur`` the chance of a soft picture."""

    jitter: float = 0.1
    occlude: float = 0.3
    light: float = 0.25
    tint: float = 0.08
    contrast: float = 0.2
    blur: float = 0.3


def look(crops: CropSet, items: Tensor, side: int, augmentation: Augmentation, generator: torch.Generator) -> Tensor:
    """Cut ``items`` (n,) out anew, varied at random: ``(n, 3, side, side)`` RGB in [0, 1] for the embedder."""
    boxes = _jittered(crops.boxes[items], crops.limits[items], augmentation.jitter, generator)
    flipped = torch.rand(len(items), generator=generator) < 0.5
    pixels, inside = _letterboxed(crops.windows[items], boxes, flipped, side)
    pixels = _lit(pixels, augmentation, generator)
    pixels = _occluded(pixels, augmentation.occlude, generator)
    soft = torch.rand(len(items), generator=generator) < augmentation.blur
    pixels[soft] = functional.avg_pool2d(pixels[soft], 3, stride=1, padding=1, count_include_pad=False)
    padding = torch.tensor(PADDING).view(1, 3, 1, 1) / 255
    return torch.where(inside, pixels.clamp(0, 1), padding)


def _jittered(boxes: Tensor, limits: Tensor, amount: float, generator: torch.Generator) -> Tensor:
    sides = (boxes[:, 2:] - boxes[:, :2]).repeat(1, 2)
    moved = boxes + sides * amount * (2 * torch.rand(boxes.shape, generator=generator) - 1)
    low, high = limits[:, :2].repeat(1, 2), limits[:, 2:].repeat(1, 2)
    return torch.minimum(torch.maximum(moved, low), high)


def _letterboxed(windows: Tensor, boxes: Tensor, flipped: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """The boxes' insides (n, 3, side, side) in [0, 1], and where (n, 1, side, side) they lie in the square."""
    centre, sizes = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    longest = sizes.amax(1, keepdim=True)
    steps = (torch.arange(side) + 0.5) / side - 0.5
    across = torch.where(flipped[:, None], -steps, steps) * longest + centre[:, :1]
    down = steps * longest + centre[:, 1:]
    grid = torch.stack([across[:, None, :].expand(-1, side, -1), down[:, :, None].expand(-1, -1, side)], dim=3)
    low, high = boxes[:, None, None, :2], boxes[:, None, None, 2:]
    inside = ((grid >= low) & (grid <= high)).all(3)[:, None]
    pixels = functional.grid_sample(windows.float().div_(255), grid * 2 - 1, align_corners=False, padding_mode="border")
    return pixels, inside


def _lit(pixels: Tensor, augmentation: Augmentation, generator: torch.Generator) -> Tensor:
    def spread(*shape: int) -> Tensor:
        return 2 * torch.rand(len(pixels), *shape, generator=generator) - 1

    gain = torch.exp(augmentation.light * spread(1, 1, 1) + augmentation.tint * spread(3, 1, 1))
    middle = pixels.mean((1, 2, 3), keepdim=True)
    return (middle + (pixels - middle) * (1 + augmentation.contrast * spread(1, 1, 1))) * gain


def _occluded(pixels: Tensor, chance: float, generator: torch.Generator) -> Tensor:
    """Lay a rectangle of another crop, grown in from a random side, over some."""
    n, _, height, width = pixels.shape
    depth = 0.1 + 0.3 * torch.rand(n, generator=generator)
    start = 0.6 * torch.rand(n, generator=generator)
    rows, columns = torch.arange(height) / height, torch.arange(width) / width
    edge = torch.randint(4, (n,), generator=generator)
    along = torch.where((edge < 2)[:, None, None], rows[:, None], columns[None, :])
    inward = torch.where((edge < 2)[:, None, None], columns[None, :], rows[:, None])
    inward = torch.where((edge % 2 == 0)[:, None, None], inward, 1 - inward)
    covered = (inward < depth[:, None, None]) & (along > start[:, None, None]) & (along < start[:, None, None] + 0.5)
    [hit] = torch.where(torch.rand(n, generator=generator) < chance)
    others = pixels[(hit - n // 2) % n]
    return pixels.index_copy(0, hit, torch.where(covered[hit][:, None], others, pixels[hit]))
