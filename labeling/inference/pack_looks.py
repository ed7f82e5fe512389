"""What the pipeline sees in a pack that need not be imported: a door to the models. Loading this file loads torch.

Nothing of the pack is kept, in the database or on disk: the vectors of its catalogue are held in memory for as long as it takes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from django.conf import settings
from PIL import Image

from labeling.catalog.fields import RowError
from labeling.catalog.packs import SceneRow, image_read
from labeling.inference.findings import ClassCategories
from labeling.inference.truth_packs import PackRefused, TruthPack
from models_ml.coco_metrics import MAX_DETECTIONS
from models_ml.gallery import joined_entries
from models_ml.images import ImageError, crop, open_image
from models_ml.pipeline import Pipeline, decode
from models_ml.scene_retrieval import Scores
from models_ml.types import Detection, Vectors

PHOTO_CHUNK = 64
SCORE_FLOOR = 0.02
"""Boxes down to this score are judged, as average precision asks; only those as sure as a worker wants are searched for."""
ELSEWHERE = 2.0
"""Taken off the cosine of a product that is not of the category found: it comes after all that are."""


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The pack's products: ``vectors`` (n, dim), the entry and the category of each, and the ``place`` of each id."""

    vectors: Vectors
    entries: npt.NDArray[np.int64]
    categories: npt.NDArray[np.object_]
    place: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Look:
    """One scene: its size in pixels, all its detections under the pack's names, and a score for every product (n,)."""

    size: tuple[int, int]
    found: list[Detection]
    scores: Scores


def catalogue_of(pack: TruthPack, pipeline: Pipeline, on_progress: Callable[[int], None]) -> Catalogue:
    """Embed every product's picture. Raises :class:`PackRefused` naming the one that cannot be."""
    embedder = pipeline.embedder
    vectors = [np.zeros((0, embedder.dim), dtype=np.float32)]
    keys: list[list[Hashable]] = []
    for start in range(0, len(pack.products), PHOTO_CHUNK):
        rows = pack.products[start : start + PHOTO_CHUNK]
        names = [f"product {row.external_id!r} ({row.image})" for row in rows]
        raw = [_read(pack, row.image, name) for row, name in zip(rows, names, strict=True)]
        photos = [_photo(data, name, 4 * embedder.config.side) for data, name in zip(raw, names, strict=True)]
        for row, data in zip(rows, raw, strict=True):
            group = row.fields.get("same_photo_group")
            keys.append([hashlib.sha256(data).hexdigest(), *([("group", group)] if group else [])])
        vectors.append(_checked(embedder.embed(photos), names))
        on_progress(start + len(rows))
    return Catalogue(
        np.concatenate(vectors),
        joined_entries(keys),
        np.array([row.category for row in pack.products], dtype=object),
        {row.external_id: i for i, row in enumerate(pack.products)},
    )


def looks(
    pack: TruthPack,
    scenes: Sequence[SceneRow],
    pipeline: Pipeline,
    catalogue: Catalogue,
    categories: ClassCategories,
    *,
    min_score: float,
) -> list[Look]:
    """Look at scenes as a worker does: decode, detect, embed all crops together, search each in its category.

    Boxes less sure than ``min_score`` are not searched for. Raises :class:`PackRefused` naming the scene at fault.
    """
    names = [f"scene {scene.external_id!r} ({scene.image})" for scene in scenes]
    pictures = [_picture(pack, scene, name) for scene, name in zip(scenes, names, strict=True)]
    floor = min(SCORE_FLOOR, min_score)
    found = pipeline.detector.detect(pictures, min_score=floor, max_detections=MAX_DETECTIONS[-1])
    searched = [[item for item in items if item.score >= min_score][: settings.DETECTIONS_MAX] for items in found]
    crops = [crop(picture, item.box) for picture, items in zip(pictures, searched, strict=True) for item in items]
    owners = [name for name, items in zip(names, searched, strict=True) for _ in items]
    vectors = _checked(pipeline.embedder.embed(crops), owners)
    ends = np.cumsum([len(items) for items in searched])[:-1]
    results = []
    for picture, items, boxes, rows in zip(pictures, found, searched, np.split(vectors, ends), strict=True):
        scores = product_scores(rows, [categories.slug(item.category) for item in boxes], catalogue)
        named = [replace(item, category=categories.slug(item.category) or item.category) for item in items]
        results.append(Look(picture.size, named, scores))
    return results


def product_scores(vectors: Vectors, slugs: Sequence[str | None], catalogue: Catalogue) -> Scores:
    """The best score of each product ``(products,)`` over the boxes of a scene; -inf where there is no box.

    In a box it is the cosine, less :data:`ELSEWHERE` where the box is of another category; a box without one (None) stands
    for all.
    """
    scores = np.full(len(catalogue.vectors), -np.inf, dtype=np.float32)
    for vector, slug in zip(vectors, slugs, strict=True):
        cosines = catalogue.vectors @ vector
        if slug is not None:
            cosines = cosines - np.where(catalogue.categories == slug, 0.0, ELSEWHERE).astype(np.float32)
        scores = np.maximum(scores, cosines)
    return scores


def _photo(data: bytes, name: str, side: int) -> Image.Image:
    with _refused():
        return open_image(data, max_side=side, name=name)


def _picture(pack: TruthPack, scene: SceneRow, name: str) -> Image.Image:
    data = _read(pack, scene.image, name)
    with _refused():
        return decode(data, name=name, max_pixels=settings.IMAGE_MAX_PIXELS)


def _read(pack: TruthPack, image: str, name: str) -> bytes:
    try:
        return image_read(pack.folder, image, settings.IMAGE_MAX_BYTES)
    except RowError as error:
        raise PackRefused(f"{name}: {error}") from error


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except ImageError as error:
        raise PackRefused(f"{error}. Mend the picture, or take its row out of the pack.") from error


def _checked(vectors: Vectors, names: Sequence[str]) -> Vectors:
    sound = np.isfinite(vectors).all(axis=1)
    if not sound.all():
        raise PackRefused(
            f"{names[int(np.argmin(sound))]}: the embedder gives no number for it. Restore its checkpoint."
        )
    return vectors
