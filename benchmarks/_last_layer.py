"""An embedder whose last layer alone learns, on features computed once: a second a training, so that chance averages out.

Loss, sampler and what a product's split allows are those of the house's training; crops are not varied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _judge import MODELS
from torch import Tensor
from torch.nn import functional

from models_ml.data import is_clear
from models_ml.detection import Detector
from models_ml.embedding import Embedder, as_batch
from models_ml.images import crop, open_image
from models_ml.losses import NormalisedSoftmax
from models_ml.manifest import Manifest, SceneEntry
from models_ml.samplers import CategoryBatchSampler
from models_ml.schedule import rate_factor
from showroom.people import overlap

MIN_SCORE = 0.2
ON_IT = 0.5
BATCH, VIEWS, CATEGORIES, TEMPERATURE = 64, 3, 5, 0.06
PROXY_RATE = 10.0


@dataclass(frozen=True)
class Layer:
    """The last layer: ``weight`` (dim, features) and ``bias`` (dim,)."""

    weight: Tensor
    bias: Tensor

    def vectors(self, features: Tensor) -> Tensor:
        """``(n, features)`` to ``(n, dim)`` of unit length."""
        return functional.normalize(features @ self.weight.T + self.bias, dim=1)


@dataclass(frozen=True)
class Seen:
    """A detected object: its category, score and features, and the place in the catalogue of what it really is, if anything."""

    category: str
    score: float
    features: Tensor
    truth: int | None


@dataclass(frozen=True)
class Stock:
    """A pack as features: ``photos`` (products, features), detected objects by scene to learn from, crops to judge by."""

    manifest: Manifest
    start: Layer
    photos: Tensor
    pool: dict[str, list[Seen]]
    crops: Tensor
    answers: list[int]

    @classmethod
    def read(cls, pack: Path) -> Stock:
        """Look at everything once, with the demo's models."""
        manifest = Manifest.read(pack)
        embedder, detector = Embedder.load(MODELS / "embedder"), Detector.load(MODELS / "detector")
        place = {product.id: number for number, product in enumerate(manifest.products)}
        pictures = [open_image(each.image, max_side=4 * embedder.config.side) for each in manifest.products]
        pool = {scene.id: _seen(scene, detector, embedder, place) for scene in manifest.part("train").scenes}
        crops, answers = list[Tensor](), list[int]()
        for scene in manifest.part("test").scenes:
            known = [each for each in scene.objects if each.product is not None and is_clear(each)]
            image = open_image(scene.image)
            crops.append(_features(embedder, [crop(image, each.box) for each in known]))
            answers += [place[str(each.product)] for each in known]
        project = embedder.model.project
        start = Layer(project.weight.detach(), project.bias.detach())
        return cls(manifest, start, _features(embedder, pictures), pool, torch.cat(crops), answers)

    @cached_property
    def categories(self) -> np.typing.NDArray[np.int64]:
        """The number of each product's category."""
        names = sorted({product.category for product in self.manifest.products})
        return np.array([names.index(product.category) for product in self.manifest.products])

    @cached_property
    def entries(self) -> np.typing.NDArray[np.int64]:
        """The number of each product's photo: those that share one cannot be told apart."""
        numbers: dict[str, int] = {}
        keys = [product.same_photo_group or product.id for product in self.manifest.products]
        return np.array([numbers.setdefault(key, len(numbers)) for key in keys])

    def r1(self, layer: Layer) -> float:
        """Recall at 1 of the test crops in their category."""
        scores = (layer.vectors(self.crops) @ layer.vectors(self.photos).T).numpy()
        right = 0
        for row, answer in zip(scores, self.answers, strict=True):
            own = self.entries == self.entries[answer]
            rivals = ~own & (self.categories == self.categories[answer])
            right += row[own].max() > row[rivals].max(initial=-1.0)
        return right / len(self.answers)

    def slates(
        self, layer: Layer, seen: Sequence[Seen], length: int
    ) -> list[tuple[tuple[int, ...], tuple[float, ...]]]:
        """For each object the nearest products of its category, by their places, with their cosines."""
        names = np.array([product.category for product in self.manifest.products])
        scores = (layer.vectors(torch.stack([each.features for each in seen])) @ layer.vectors(self.photos).T).numpy()
        slates = []
        for row, each in zip(scores, seen, strict=True):
            mine = np.flatnonzero(names == each.category)
            best = mine[np.argsort(-row[mine], kind="stable")[:length]]
            slates.append((tuple(best.tolist()), tuple(row[best].tolist())))
        return slates

    def learned(self, layer: Layer, pairs: Sequence[Seen], *, steps: int, rate: float, seed: int) -> Layer:
        """The layer after so many steps on the photos of the products to learn from and on these objects, as people say them."""
        free = np.array([product.split != "test" for product in self.manifest.products])
        told = [each for each in pairs if each.truth is not None and free[each.truth]]
        places = np.concatenate([np.flatnonzero(free), [int(each.truth or 0) for each in told]]).astype(int)
        features = torch.cat([self.photos[np.flatnonzero(free)], *[each.features[None] for each in told]])
        kinds, labels = np.unique(self.entries[places], return_inverse=True)
        of_kind = np.array([self.categories[places[labels == kind][0]] for kind in range(len(kinds))])
        is_photo = np.arange(len(places)) < free.sum()
        sampler = CategoryBatchSampler(
            labels, of_kind[labels], is_photo, batch=BATCH, views=VIEWS, categories_per_batch=CATEGORIES, seed=seed
        )
        torch.manual_seed(seed)
        now = Layer(layer.weight.clone().requires_grad_(), layer.bias.clone().requires_grad_())
        loss = NormalisedSoftmax(len(kinds), len(layer.bias), temperature=TEMPERATURE, groups=torch.from_numpy(of_kind))
        loss.centre(layer.vectors(features), torch.from_numpy(labels))
        groups: list[dict[str, Any]] = [
            {"params": [now.weight, now.bias], "peak": rate},
            {"params": list(loss.parameters()), "peak": rate * PROXY_RATE},
        ]
        optimizer = torch.optim.AdamW(groups, lr=rate, weight_decay=0.0)
        for step in range(steps):
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * rate_factor(step / steps)
            items = sampler[step]
            value = loss(now.vectors(features[items]), torch.from_numpy(labels[items]))
            optimizer.zero_grad(set_to_none=True)
            value.backward()
            optimizer.step()
        return Layer(now.weight.detach(), now.bias.detach())


def _seen(scene: SceneEntry, detector: Detector, embedder: Embedder, place: dict[str, int]) -> list[Seen]:
    image = open_image(scene.image)
    [found] = detector.detect([image], min_score=MIN_SCORE)
    features = _features(embedder, [crop(image, each.box) for each in found])
    known = [each for each in scene.objects if each.product is not None and is_clear(each)]

    def truth(box: Any) -> int | None:
        best = max(known, key=lambda each: overlap(each.box, box), default=None)
        return place[str(best.product)] if best is not None and overlap(best.box, box) >= ON_IT else None

    return [Seen(each.category, each.score, row, truth(each.box)) for each, row in zip(found, features, strict=True)]


@torch.inference_mode()
def _features(embedder: Embedder, pictures: Sequence[Any], batch: int = 32) -> Tensor:
    parts = [
        embedder.model.features(as_batch(pictures[start : start + batch], embedder.config.side))
        for start in range(0, len(pictures), batch)
    ]
    return torch.cat(parts).clone() if parts else torch.zeros(0, embedder.model.project.in_features)
