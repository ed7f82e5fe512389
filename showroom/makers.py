"""What a maker of pictures offers, and the rule by which pixels become the truth of a scene."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from PIL import Image

from showroom.types import Ints, ObjectTruth, ProductSpec, Room, SceneTruth

MIN_PIXELS = 60
MIN_VISIBLE = 0.08


class Maker(Protocol):
    """Makes a product photo on white, and one picture a camera of a room, with its truth."""

    def product(self, spec: ProductSpec, *, view: int = 0) -> Image.Image:
        """RGB picture of one product; other views show it from other sides."""
        ...

    def scenes(self, room: Room) -> list[tuple[Image.Image, SceneTruth]]:
        """RGB picture and truth of each camera of ``room``, in their order."""
        ...


def scene_id(room: Room, camera: int) -> str:
    """``room-0012-a`` for the first camera of room 12."""
    return f"room-{room.seed:04d}-{chr(ord('a') + camera)}"


def scene_truth(room: Room, camera: int, owners: Ints, covered: Sequence[int]) -> SceneTruth:
    """The truth of one picture of a room; see `seen_objects`, where placements stand for products."""
    shown = seen_objects([placement.product for placement in room.placements], owners, covered)
    return SceneTruth(scene_id(room, camera), room.kind, shown)


def seen_objects(products: Sequence[ProductSpec], owners: Ints, covered: Sequence[int]) -> tuple[ObjectTruth, ...]:
    """Which of the ``products`` a picture shows, and where.

    ``owners`` (height, width) numbers the product seen in each pixel, -1 for none; ``covered[k]`` counts the pixels that
    number k would cover alone, beyond the frame too. Objects with under ``MIN_PIXELS`` visible pixels or a visible share
    under ``MIN_VISIBLE`` are left out. Boxes hold exactly the visible pixels.
    """
    height, width = owners.shape
    owner = owners.astype(np.int16)  # A quarter of the bytes to compare with each placement.
    counts = np.bincount(owner.ravel() + 1, minlength=len(products) + 1)[1:]
    objects = []
    for index, product in enumerate(products):
        seen = int(counts[index])
        visible = seen / max(covered[index], seen, 1)
        if seen < MIN_PIXELS or visible < MIN_VISIBLE:
            continue
        mine = owner == index
        rows, columns = np.flatnonzero(mine.any(axis=1)), np.flatnonzero(mine.any(axis=0))
        left, right, top, bottom = int(columns[0]), int(columns[-1]) + 1, int(rows[0]), int(rows[-1]) + 1
        box = (left / width, top / height, right / width, bottom / height)
        cut = left == 0 or top == 0 or right == width or bottom == height
        objects.append(ObjectTruth(product.id, product.category, box, visible, cut))
    return tuple(objects)
