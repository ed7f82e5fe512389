"""The whole look at scenes that a worker takes: decode, detect, cut out, embed. What is found is then searched for.

pipeline = Pipeline(detector, embedder)
pictures = [decode(path) for path in paths]
for sight in pipeline.look(pictures):
    slates = indexes.search(sight.vectors, [item.category for item in sight.detections], 9)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import faiss
import numpy as np
import torch
from PIL import Image

from models_ml.detection import Detector
from models_ml.embedding import Embedder
from models_ml.images import MAX_PIXELS, crop, open_image
from models_ml.types import Detection, Vectors

ENOUGH_SIDE = 1024
"""Pixels on the longer side of a decoded scene that leave the crops of its objects sharp enough for an embedder."""


class Sight(NamedTuple):
    """What is found in one picture: its detections, surest first, and a vector for each, ``(n, dim)``."""

    detections: list[Detection]
    vectors: Vectors


def limit_threads(threads: int) -> None:
    """Let the models and the search of this process use so many threads.

    Both matter where several processes share the cores: a search takes a fraction of a millisecond, but many times that
    where it waits for threads whose cores others hold.
    """
    torch.set_num_threads(threads)
    faiss.omp_set_num_threads(threads)


def decode(source: Path | str | bytes, *, name: str | None = None, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """A scene as the models look at it. Raises :class:`models_ml.images.ImageError`."""
    return open_image(source, enough_side=ENOUGH_SIDE, max_pixels=max_pixels, name=name)


class Pipeline:
    """A detector and an embedder that look at many scenes together, so that all their crops fill large batches."""

    def __init__(self, detector: Detector, embedder: Embedder) -> None:
        self.detector, self.embedder = detector, embedder

    def look(
        self,
        pictures: Sequence[Image.Image],
        *,
        min_score: float = 0.3,
        max_detections: int = 40,
        leanings: Sequence[Mapping[str, float]] | None = None,
    ) -> list[Sight]:
        """What is found in each picture; the same as if each were looked at alone. ``leanings``: see :meth:`Detector.detect`."""
        found = self.detector.detect(pictures, min_score=min_score, max_detections=max_detections, leanings=leanings)
        crops = [crop(picture, item.box) for picture, items in zip(pictures, found, strict=True) for item in items]
        ends = np.cumsum([len(items) for items in found])[:-1]
        vectors = np.split(self.embedder.embed(crops), ends) if pictures else []
        return [Sight(items, rows) for items, rows in zip(found, vectors, strict=True)]
