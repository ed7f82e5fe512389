"""What ``pipeline.py`` measures against: torchvision's Faster R-CNN and the embedder, as a textbook runs them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import faiss
import numpy as np
import torch
from PIL import Image
from torchvision.models.detection import FasterRCNN
from torchvision.ops import MultiScaleRoIAlign, nms
from torchvision.transforms.functional import to_tensor

from models_ml.boxes import from_pixels, to_pixels
from models_ml.detection import Detector
from models_ml.embedding import Embedder, letterbox
from models_ml.types import Detection, Vectors


class Seen(NamedTuple):
    """What a scene gave: detections, and for each the ids of the nearest products of its category."""

    detections: list[Detection]
    slates: list[list[int]]


class Baseline:
    """One scene at a time, in float32: decode all of it, torchvision's forward, a forward of its crops, a search a box."""

    def __init__(self, detector: Path, embedder: Path, vectors: Vectors, categories: list[str]) -> None:
        loaded = Detector.load(detector)
        self.side, self.classes, self.model = loaded.config.image_side, loaded.classes, stock(loaded.model)
        self.embedder = Embedder.load(embedder)
        self.indexes: dict[str, faiss.IndexIDMap2] = {}
        for name in sorted(set(categories)):
            ids = np.array([place for place, other in enumerate(categories) if other == name])
            self.indexes[name] = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
            self.indexes[name].add_with_ids(vectors[ids], ids)

    def decode(self, path: Path) -> Image.Image:
        """The whole picture."""
        return Image.open(path).convert("RGB")

    @torch.inference_mode()
    def detect(self, image: Image.Image, *, min_score: float, most: int) -> list[Detection]:
        """The worker's rules on what torchvision finds, at the same input size."""
        scale = self.side / max(image.size)
        small = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BILINEAR)
        [found] = self.model([to_tensor(small)])
        keep = nms(found["boxes"], found["scores"], 0.75)
        keep = keep[found["scores"][keep] >= min_score][:most]
        rows = zip(found["boxes"][keep].tolist(), found["labels"][keep], found["scores"][keep].tolist(), strict=True)
        return [
            Detection(from_pixels(corners, *small.size), self.classes[int(label) - 1], score)
            for corners, label, score in rows
        ]

    @torch.inference_mode()
    def embed(self, image: Image.Image, detections: list[Detection]) -> Vectors:
        """A vector for each detection, all crops of the scene in one forward."""
        boxes = [to_pixels(item.box, *image.size) for item in detections]
        crops = [image.crop(tuple(round(edge) for edge in box)) for box in boxes]
        squares = [to_tensor(letterbox(piece, self.embedder.config.side)) for piece in crops if min(piece.size) > 0]
        if len(squares) < len(detections):
            raise ValueError("a box of no pixels; use larger pictures")
        if not squares:
            return np.zeros((0, self.embedder.dim), dtype=np.float32)
        return np.asarray(self.embedder.model(torch.stack(squares)).numpy())

    def search(self, vectors: Vectors, detections: list[Detection], k: int) -> list[list[int]]:
        """Exact search in the category's index, box by box."""
        slates = []
        for vector, item in zip(vectors, detections, strict=True):
            index = self.indexes.get(item.category)
            ids = index.search(vector[None], min(k, index.ntotal))[1][0].tolist() if index is not None else []
            slates.append(ids)
        return slates


def stock(model: FasterRCNN) -> FasterRCNN:
    """The model with torchvision's own RoIAlign, whatever the house put in its place."""
    pooling = model.roi_heads.box_roi_pool
    model.roi_heads.box_roi_pool = MultiScaleRoIAlign(
        pooling.featmap_names,
        pooling.output_size,
        pooling.sampling_ratio,
        canonical_scale=pooling.canonical_scale,
        canonical_level=pooling.canonical_level,
    )
    return model
