"""The one door to detector, embedder and index: rows in, findings out. Loading this file loads torch.

A version is read once per process. Scenes go through in chunks: decode, detect, cut out, embed all crops together, search
each crop in its category.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from django.conf import settings
from PIL import Image

from labeling.catalog.models import Scene
from labeling.common.storage import image_bytes
from labeling.inference.findings import CataloguePicture, ClassCategories, Finding, Refusal
from labeling.inference.models import IndexBuild, ModelVersion
from models_ml.detection import Detector
from models_ml.embedding import Embedder
from models_ml.images import ImageError, crop, open_image
from models_ml.index import CategoryIndexes
from models_ml.types import Box, Match, Vectors

EMBED_CHUNK = 64
VECTORS, PICTURES = "vectors.npy", "pictures.txt"
"""Kept beside an index, so that the next one embeds only pictures that are new."""


class RuntimeRefused(RuntimeError):
    """Versions and index do not belong together; the message says what to do."""


@dataclass(frozen=True, slots=True)
class BuiltIndex:
    """An index on disk: ``path`` is relative to INDEX_ROOT."""

    path: str
    products: int


def findings(
    scenes: Sequence[Scene],
    *,
    detector: ModelVersion,
    embedder: ModelVersion,
    index: IndexBuild,
    categories: ClassCategories,
) -> list[list[Finding] | Refusal]:
    """What stands in each scene with its matches, or why its picture could not be looked at; in the order given."""
    pictures = [_opened(scene) for scene in scenes]
    sound = [picture for picture in pictures if isinstance(picture, Image.Image)]
    detections = _detector(detector.path).detect(
        sound, min_score=settings.DETECTION_MIN_SCORE, max_detections=settings.DETECTIONS_MAX
    )
    crops = [crop(image, item.box) for image, found in zip(sound, detections, strict=True) for item in found]
    slugs = [categories.slug(item.category) for found in detections for item in found]
    matches = iter(_search(crops, slugs, embedder, index))
    looked = iter(
        [[Finding(item, categories.slug(item.category), next(matches)) for item in found] for found in detections]
    )
    return [picture if isinstance(picture, Refusal) else next(looked) for picture in pictures]


def retrieve(scene: Scene, box: Box, category: str | None, *, embedder: ModelVersion, index: IndexBuild) -> list[Match]:
    """The nearest products of one box of a scene. Raises :class:`ImageError` where its picture is no more."""
    image = open_image(image_bytes(scene.image), name=scene.external_id, max_pixels=settings.IMAGE_MAX_PIXELS)
    [matches] = _search([crop(image, box)], [category], embedder, index)
    return matches


def index_build(
    pictures: Iterable[CataloguePicture],
    *,
    embedder: ModelVersion,
    before: IndexBuild | None = None,
    on_progress: Callable[[int], None] = lambda done: None,
) -> BuiltIndex:
    """Write an index of these pictures (one a product) under INDEX_ROOT; ``before`` lends the vectors it has.

    Raises :class:`ImageError` naming a picture that cannot be read.
    """
    model = _embedder(embedder.path)
    rows = list(pictures)
    known = _vectors_of(before, embedder)
    fresh = list({row.sha256: row for row in rows if row.sha256 not in known}.values())
    on_progress(len(rows) - len(fresh))
    for start in range(0, len(fresh), EMBED_CHUNK):
        chunk = fresh[start : start + EMBED_CHUNK]
        vectors = model.embed(
            [open_image(image_bytes(row.image), max_side=4 * model.config.side, name=row.image) for row in chunk]
        )
        known.update(zip((row.sha256 for row in chunk), vectors, strict=True))
        on_progress(len(rows) - len(fresh) + start + len(chunk))
    index = CategoryIndexes(model.dim, model.fingerprint)
    for slug in sorted({row.category for row in rows}):
        mine = [row for row in rows if row.category == slug]
        index.add(slug, [row.product_id for row in mine], np.stack([known[row.sha256] for row in mine]))
    path = f"{embedder.vertical_id}/{secrets.token_hex(8)}"
    index.save(settings.INDEX_ROOT / path)
    kept = {row.sha256: known[row.sha256] for row in rows}
    np.save(
        settings.INDEX_ROOT / path / VECTORS,
        np.stack(list(kept.values())) if kept else np.zeros((0, model.dim), np.float32),
    )
    (settings.INDEX_ROOT / path / PICTURES).write_text("\n".join(kept), encoding="ascii")
    return BuiltIndex(path, len(rows))


def warm_up(*, detector: ModelVersion, embedder: ModelVersion) -> None:
    """Read the weights, so that what follows holds its locks no longer than the work takes."""
    _detector(detector.path)
    _embedder(embedder.path)


def _opened(scene: Scene) -> Image.Image | Refusal:
    try:
        return open_image(image_bytes(scene.image), name=scene.external_id, max_pixels=settings.IMAGE_MAX_PIXELS)
    except (ImageError, OSError) as error:
        return Refusal(f"{error}. Import the scene's picture again.")


def _search(
    crops: Sequence[Image.Image], slugs: Sequence[str | None], embedder: ModelVersion, index: IndexBuild
) -> list[list[Match]]:
    model, products = _embedder(embedder.path), _index(index.path)
    if products.fingerprint != model.fingerprint:
        raise RuntimeRefused(f"{index} was not made by {embedder}. Run manage.py propose, which builds the index anew.")
    return products.search(model.embed(crops), slugs, settings.CANDIDATES)


def _vectors_of(before: IndexBuild | None, embedder: ModelVersion) -> dict[str, Vectors]:
    if before is None or before.embedder_id != embedder.pk:
        return {}
    folder: Path = settings.INDEX_ROOT / before.path
    if not (folder / PICTURES).is_file():
        return {}
    digests = (folder / PICTURES).read_text(encoding="ascii").split()
    return dict(zip(digests, np.load(folder / VECTORS, mmap_mode="r"), strict=True))


def _device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


@lru_cache(maxsize=4)
def _detector(path: str) -> Detector:
    return Detector.load(settings.MODELS_ROOT / path, threads=settings.MODEL_THREADS, device=_device())


@lru_cache(maxsize=4)
def _embedder(path: str) -> Embedder:
    return Embedder.load(settings.MODELS_ROOT / path, threads=settings.MODEL_THREADS, device=_device())


@lru_cache(maxsize=8)
def _index(path: str) -> CategoryIndexes:
    return CategoryIndexes.load(settings.INDEX_ROOT / path)
