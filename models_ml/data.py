"""Scenes as training batches for the detector: opened, varied, and boxed in pixels.

A batch is a pure function of the seed and the step, so a run that is resumed sees what it would have seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageEnhance, ImageFilter
from torch import Tensor
from torch.utils.data import Dataset

from models_ml.boxes import Boxes, area, as_array
from models_ml.detection import as_tensor, fit_side
from models_ml.images import open_image
from models_ml.manifest import ObjectEntry, ProductEntry, SceneEntry
from models_ml.photo_pictures import on_paper

Batch = tuple[list[Tensor], list[dict[str, Tensor]]]
"""Pictures ``(3, h, w)`` in [0, 1]; for each, ``boxes`` ``(n, 4)`` in pixels, ``labels`` ``(n,)`` counted from 1, ``ignored``
``(k, 4)`` and, where boxes are incomplete, ``checked`` ``(m, 4)`` (see :mod:`models_ml.sparing`)."""

Labels = npt.NDArray[np.int64]
"""What stands in a box: a class counted from 1, or one of these two."""
IGNORED, CHECKED = 0, -1

LEAST_VISIBLE = 0.15
LEAST_KEPT = 0.35
LEAST_SIDE = 3.0
SCALES = (0.7, 1.0)
PIXEL_BYTES = 4


def is_clear(item: ObjectEntry) -> bool:
    """Whether the object is to be asked of a detector: enough of it is seen, and nobody said to ignore it."""
    return not item.ignore and (item.visible is None or item.visible >= LEAST_VISIBLE)


class OpenedPictures:
    """Opens pictures and keeps them while they fit into ``limit`` bytes: decoding is a good part of the work of a batch.

    They are shared: change none in place.
    """

    def __init__(self, max_side: int, limit: int) -> None:
        self.max_side, self.left = max_side, limit
        self._kept: dict[Path, Image.Image] = {}

    def open(self, path: Path) -> Image.Image:
        """The RGB picture, at most ``max_side`` pixels long."""
        if path in self._kept:
            return self._kept[path]
        image = open_image(path, max_side=self.max_side)
        size = PIXEL_BYTES * image.width * image.height
        if size <= self.left:
            self._kept[path] = image
            self.left -= size
        return image


class SceneBatches(Dataset[Batch]):
    """``batches[step]`` is the batch of a step, for any step; each scene comes once an epoch, in a fresh order.

    ``scales`` is the range of a batch's picture size, as a share of ``side``. A share ``photos`` of all pictures are
    catalogue photos of ``products`` instead of scenes. Scenes known to be incomplete and without any box teach nothing and
    are left out. ``memory`` is how many bytes of opened pictures may be kept.
    """

    def __init__(
        self,
        scenes: Sequence[SceneEntry],
        classes: Sequence[str],
        *,
        side: int,
        size: int,
        seed: int,
        vary: bool = True,
        scales: tuple[float, float] = SCALES,
        products: Sequence[ProductEntry] = (),
        photos: float = 0.0,
        memory: int = 0,
    ) -> None:
        self.scenes = [s for s in scenes if not s.incomplete or any(is_clear(item) for item in s.objects)]
        if not self.scenes:
            raise ValueError("no scenes to train on: the manifests hold none in their train split")
        if not 0 < scales[0] <= scales[1]:
            raise ValueError(f"scales {scales} must rise from above 0")
        if not 0 <= photos < 1 or (photos and not products):
            raise ValueError(
                f"a share of {photos} photos of {len(products)} products: give products and 0 <= share < 1"
            )
        self.side, self.size, self.seed, self.vary, self.scales = side, size, seed, vary, scales
        self.products, self.photos = products, photos
        self.labels = {name: label for label, name in enumerate(classes, start=1)}
        asked = {o.category for s in self.scenes for o in s.objects} | {p.category for p in products if photos}
        if unknown := asked - set(self.labels):
            raise ValueError(f"the scenes hold categories the detector does not: {', '.join(sorted(unknown))}")
        self.pictures = OpenedPictures(2 * side, memory)
        self.rank, self.sharers = 0, 1

    def share(self, rank: int, size: int) -> None:
        """Make batches of every ``size``-th picture alone, from picture ``rank`` (from 0) on: others make the rest."""
        if self.size % size:
            raise ValueError(f"a batch of {self.size} cannot be shared out evenly among {size} processes")
        self.rank, self.sharers = rank, size

    @property
    def steps_an_epoch(self) -> int:
        """Batches until every scene has come."""
        return max(int(np.ceil(len(self.scenes) / (self.size * (1 - self.photos)))), 1)

    def __getitem__(self, step: int) -> Batch:
        images, targets = [], []
        # One size for the whole batch, or most of it would be padding.
        shrink = np.random.default_rng((self.seed, 2, step)).uniform(*self.scales) if self.vary else 1.0
        side = round(self.side * shrink)
        for draw in range(step * self.size + self.rank, (step + 1) * self.size, self.sharers):
            rng = np.random.default_rng((self.seed, 1, draw))
            photos_before = int(draw * self.photos)
            if int((draw + 1) * self.photos) > photos_before:
                image, target = self._photo(side, rng)
            else:
                image, target = self._sample(self._scene(draw - photos_before), side, rng)
            images.append(image)
            targets.append(target)
        return images, targets

    def _scene(self, number: int) -> SceneEntry:
        epoch, place = divmod(number, len(self.scenes))
        order = np.random.default_rng((self.seed, 0, epoch)).permutation(len(self.scenes))
        return self.scenes[int(order[place])]

    def _sample(self, scene: SceneEntry, side: int, rng: np.random.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        image = self.pictures.open(scene.image)
        known = [(o.box, self.labels[o.category] if is_clear(o) else IGNORED) for o in scene.objects]
        known += [(area_, CHECKED) for area_ in scene.checked]
        boxes = as_array([box for box, _ in known]) * np.tile(image.size, 2)
        labels = np.array([label for _, label in known], dtype=np.int64)
        if self.vary:
            window, cut, kept = zoomed(image, boxes, rng)
            # A window without any box of an incomplete scene would teach nothing.
            if not scene.incomplete or (kept & (labels > 0)).any():
                image, boxes, labels = window, cut, np.where(~kept & (labels > 0), IGNORED, labels)
        return self._target(image, boxes, labels, side, rng, incomplete=scene.incomplete)

    def _photo(self, side: int, rng: np.random.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        product = self.products[int(rng.integers(len(self.products)))]
        image, box = on_paper(self.pictures.open(product.image), side, rng)
        return self._target(image, np.array([box], dtype=float), np.array([self.labels[product.category]]), side, rng)

    def _target(
        self,
        image: Image.Image,
        boxes: Boxes,
        labels: Labels,
        side: int,
        rng: np.random.Generator,
        *,
        incomplete: bool = False,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        fitted = fit_side(image, side)
        boxes = boxes * np.tile((fitted.width / image.width, fitted.height / image.height), 2)
        if self.vary:
            fitted, boxes = mirrored(tinted(fitted, rng), boxes, rng)
        seen = area(boxes) > 0
        rows, what = torch.from_numpy(boxes[seen].astype(np.float32)), torch.from_numpy(labels[seen])
        target = {"boxes": rows[what > 0], "labels": what[what > 0], "ignored": rows[what == IGNORED]}
        return as_tensor(fitted), target | ({"checked": rows[what == CHECKED]} if incomplete else {})


def zoomed(
    image: Image.Image, boxes: Boxes, rng: np.random.Generator
) -> tuple[Image.Image, Boxes, npt.NDArray[np.bool_]]:
    """Half of the time, a window of the picture, at least half as wide and high.

    Boxes are in pixels and come back cut to the window, all of them; the mask says of which enough is left.
    """
    if rng.random() < 0.5:
        return image, boxes, np.ones(len(boxes), dtype=bool)
    share = rng.uniform(0.5, 1.0)
    width, height = (max(round(n * min(share * rng.uniform(0.85, 1.15), 1.0)), 8) for n in image.size)
    x, y = int(rng.integers(0, image.width - width + 1)), int(rng.integers(0, image.height - height + 1))
    cut = (boxes - np.array([x, y, x, y])).clip(0, np.tile((width, height), 2))
    kept = (area(cut) >= LEAST_KEPT * area(boxes)) & (cut[:, 2:] - cut[:, :2] >= LEAST_SIDE).all(1)
    return image.crop((x, y, x + width, y + height)), cut, kept


def mirrored(image: Image.Image, boxes: Boxes, rng: np.random.Generator) -> tuple[Image.Image, Boxes]:
    """Half of the time, left and right swapped."""
    if rng.random() < 0.5:
        return image, boxes
    flipped = boxes.copy()
    flipped[:, [0, 2]] = image.width - boxes[:, [2, 0]]
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), flipped


def tinted(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Another camera, lamp and hour: brightness, contrast, saturation, colour of the light, a little blur and noise."""
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        image = enhance(image).enhance(rng.uniform(0.65, 1.35))
    if rng.random() < 0.25:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2)))
    pixels = np.asarray(image, dtype=np.float32) * rng.uniform(0.88, 1.12, size=3).astype(np.float32)
    if rng.random() < 0.25:
        pixels = pixels + rng.normal(0, rng.uniform(1, 8), size=pixels.shape).astype(np.float32)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
