"""Catalogue photos as training pictures with one object, which detectors of products gain from (Zhai et al. 2019)."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageChops

from models_ml.embedding import content_box

SMALLEST, LARGEST = 0.25, 0.95
"""The longer side of the object as a share of what fits into the picture."""
DARKEST = 0.45
LONGEST = 4 / 3

PixelBox = tuple[int, int, int, int]


def on_paper(photo: Image.Image, side: int, rng: np.random.Generator) -> tuple[Image.Image, PixelBox]:
    """An RGB picture of at most ``side`` pixels that shows the photo's object somewhere, at some size, on a plain colour;
    and the object's box in pixels.

    The object is what is left when the photo's white border is taken away. The photo is laid on the paper by
    multiplication, as a print is: its white takes the paper's colour, and its soft shadows stay.
    """
    thing = photo.crop(content_box(photo))
    shape = rng.uniform(1 / LONGEST, LONGEST)
    width, height = round(side * min(shape, 1.0)), round(side * min(1 / shape, 1.0))
    scale = min(width / thing.width, height / thing.height) * rng.uniform(SMALLEST, LARGEST)
    size = (max(round(thing.width * scale), 1), max(round(thing.height * scale), 1))
    left, top = (int(rng.integers(0, whole - part + 1)) for whole, part in zip((width, height), size, strict=True))
    light = rng.uniform(DARKEST, 1.0) * rng.uniform(0.85, 1.0, size=3)
    picture = Image.new("RGB", (width, height), (255, 255, 255))
    picture.paste(thing.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0), (left, top))
    paper = Image.new("RGB", (width, height), tuple(int(255 * channel) for channel in light))
    return ImageChops.multiply(picture, paper), (left, top, left + size[0], top + size[1])
