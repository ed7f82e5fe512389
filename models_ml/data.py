"""Scenes as training batches for the detector: opened, varied, and boxed in pixels.

A batch is a pure function of the seed and the step, so a run that is resumed sees what it would have seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageEnhance, ImageFilter
from torch import Tensor
from torch.utils.data import Dataset

from models_ml.boxes import Boxes, area, as_array
from models_ml.detection import as_tensor, fit_side
from models_ml.images import open_image
from models_ml.manifest import ObjectEntry, SceneEntry

Batch = tuple[list[Tensor], list[dict[str, Tensor]]]
"""Pictures ``(3, h, w)`` in [0, 1]; for each, ``boxes`` ``(n, 4)`` in pixels and ``labels`` ``(n,)``, counted from 1."""

LEAST_VISIBLE = 0.15
LEAST_KEPT = 0.35
LEAST_SIDE = 3.0


def is_clear(item: ObjectEntry) -> bool:
    """Whether enough of the object is seen for it to be asked of a detector."""
    return item.visible is None or item.visible >= LEAST_VISIBLE


class SceneBatches(Dataset[Batch]):
    """``batches[step]`` is the batch of a step, for any step; each scene comes once an epoch, in a fresh order."""

    def __init__(
        self,
        scenes: Sequence[SceneEntry],
        classes: Sequence[str],
        *,
        side: int,
        size: int,
        seed: int,
        vary: bool = True,
    ) -> None:
        if not scenes:
            raise ValueError("no scenes to train on: the manifests hold none in their train split")
        self.scenes, self.side, self.size, self.seed, self.vary = scenes, side, size, seed, vary
        self.labels = {name: label for label, name in enumerate(classes, start=1)}
        unknown = {o.category for s in scenes for o in s.objects} - set(self.labels)
        if unknown:
            raise ValueError(f"the scenes hold categories the detector does not: {', '.join(sorted(unknown))}")

    @property
    def steps_an_epoch(self) -> int:
        """Batches until every scene has come."""
        return max(-(-len(self.scenes) // self.size), 1)

    def __getitem__(self, step: int) -> Batch:
        images, targets = [], []
        # One size for the whole batch, or most of it would be padding.
        shrink = np.random.default_rng((self.seed, 2, step)).uniform(0.7, 1.0) if self.vary else 1.0
        side = round(self.side * shrink)
        for draw in range(step * self.size, (step + 1) * self.size):
            epoch, place = divmod(draw, len(self.scenes))
            order = np.random.default_rng((self.seed, 0, epoch)).permutation(len(self.scenes))
            image, target = self._sample(self.scenes[order[place]], side, np.random.default_rng((self.seed, 1, draw)))
            images.append(image)
            targets.append(target)
        return images, targets

    def _sample(self, scene: SceneEntry, side: int, rng: np.random.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        clear = [item for item in scene.objects if is_clear(item)]
        image = open_image(scene.image, max_side=2 * self.side)
        boxes = as_array([item.box for item in clear]) * np.tile(image.size, 2)
        labels = np.array([self.labels[item.category] for item in clear], dtype=np.int64)
        if self.vary:
            image, boxes, kept = zoomed(image, boxes, rng)
            labels = labels[kept]
        fitted = fit_side(image, side)
        boxes = boxes * np.tile((fitted.width / image.width, fitted.height / image.height), 2)
        if self.vary:
            fitted, boxes = mirrored(tinted(fitted, rng), boxes, rng)
        return as_tensor(fitted), {
            "boxes": torch.from_numpy(boxes.astype(np.float32)),
            "labels": torch.from_numpy(labels),
        }


def zoomed(
    image: Image.Image, boxes: Boxes, rng: np.random.Generator
) -> tuple[Image.Image, Boxes, npt.NDArray[np.bool_]]:
    """Half of the time, a window of the picture, at least half as wide and high.

    Boxes are in pixels and come back cut to the window; those of which too little is left are dropped, and the mask says
    which were kept.
    """
    if rng.random() < 0.5:
        return image, boxes, np.ones(len(boxes), dtype=bool)
    share = rng.uniform(0.5, 1.0)
    width, height = (max(round(n * min(share * rng.uniform(0.85, 1.15), 1.0)), 8) for n in image.size)
    x, y = int(rng.integers(0, image.width - width + 1)), int(rng.integers(0, image.height - height + 1))
    cut = boxes - np.array([x, y, x, y])
    cut = cut.clip(0, np.tile((width, height), 2))
    kept = (area(cut) >= LEAST_KEPT * area(boxes)) & (cut[:, 2:] - cut[:, :2] >= LEAST_SIDE).all(1)
    return image.crop((x, y, x + width, y + height)), cut[kept], kept


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
