"""Models that know the answer, and models that know nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from models_ml.detection import Detector
from models_ml.embedding import Embedder, EmbedderConfig
from models_ml.manifest import Manifest
from models_ml.types import Detection, Vectors
from tests.tiny_pack import CATEGORIES


class KnowingDetector(Detector):
    """Answers with what it is given, scene after scene."""

    def __init__(self, found: Sequence[Sequence[Detection]], classes: Sequence[str] = CATEGORIES) -> None:
        self.found, self.classes = iter(found), tuple(classes)

    def detect(self, images: Sequence[Image.Image], **_: object) -> list[list[Detection]]:
        return [list(next(self.found)) for _ in images]


class ColourEmbedder(Embedder):
    """Tells pictures apart by the mean colour of their middle; knows nothing of shape."""

    def __init__(self) -> None:
        self.config, self.dim, self.fingerprint = EmbedderConfig(side=16), 8, "colours"

    def embed(self, images: Sequence[Image.Image], *, batch: int = 32) -> Vectors:
        rows = [np.asarray(i.resize((8, 8)), dtype=np.float32)[3:5, 3:5].mean((0, 1)) - 120 for i in images]
        vectors = np.zeros((len(rows), 8), dtype=np.float32)
        for vector, row in zip(vectors, rows, strict=True):
            vector[:3] = row / np.linalg.norm(row)
        return vectors


class BrokenEmbedder(ColourEmbedder):
    """Gives one of its pictures, the ``number``th it is ever shown, no number."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.left = number

    def embed(self, images: Sequence[Image.Image], *, batch: int = 32) -> Vectors:
        vectors = super().embed(images)
        if 0 <= self.left < len(images):
            vectors[self.left] = np.nan
        self.left -= len(images)
        return vectors


def truth_of(manifest: Manifest, split: str = "test", score: float = 0.9) -> list[list[Detection]]:
    """What a perfect detector finds in each scene."""
    return [[Detection(o.box, o.category, score) for o in s.objects] for s in manifest.part(split).scenes]
