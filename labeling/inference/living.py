"""The door to indexes that follow the catalogue: opened once a process, brought up to date before each search.

An index on disk never changes. What came, went or changed since it was built stands in the database
(:class:`~labeling.inference.models.IndexChange`), and each process lays that over its own copy: a read of one database index a
search, and no process is told.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from django.conf import settings
from PIL import Image

from labeling.common.storage import image_bytes
from labeling.inference.findings import CataloguePicture
from labeling.inference.models import IndexBuild, IndexChange
from labeling.inference.selectors import index_changes
from models_ml.images import ImageError, open_image
from models_ml.index import CategoryIndexes, Facts, RecallMonitor
from models_ml.types import Vectors

VECTORS, PICTURES = "vectors.npy", "pictures.txt"
"""Kept beside an index, so that the next one embeds only pictures that are new."""

log = logging.getLogger(__name__)


@dataclass
class _Opened:
    """An index in memory with all changes up to number ``upto``."""

    products: CategoryIndexes
    upto: int = 0


def index_current(index: IndexBuild) -> CategoryIndexes:
    """An index as it is now. Raises ``VectorIndexError`` or FileNotFoundError where its folder is damaged or gone."""
    opened = _opened(index.path)
    news = index_changes(index, after=opened.upto)
    if news:
        changes_apply(opened.products, news)
        opened.upto = news[-1].pk
    return opened.products


def changes_apply(products: CategoryIndexes, changes: Sequence[IndexChange]) -> None:
    """Lay changes over an index, the newest of each product."""
    newest = {change.product_id: change for change in changes}
    products.remove(list(newest))
    there = [change for change in newest.values() if change.category is not None]
    for slug in sorted({str(change.category) for change in there}):
        mine = [change for change in there if change.category == slug]
        facts = Facts.of(
            [change.price for change in mine],
            [change.brand_id for change in mine],
            [change.available for change in mine],
        )
        vectors = np.stack([vector_of(change.vector) for change in mine])
        products.add(slug, [change.product_id for change in mine], vectors, facts=facts)


def vectors_known(index: IndexBuild, *, wanted: Collection[str] | None = None) -> dict[str, Vectors]:
    """The vectors an index was made of or has taken in since, by the content hash of their pictures: all, or those ``wanted``."""
    folder: Path = settings.INDEX_ROOT / index.path
    known: dict[str, Vectors] = {}
    if (folder / PICTURES).is_file():
        vectors = np.load(folder / VECTORS, mmap_mode="r")
        with (folder / PICTURES).open(encoding="ascii") as lines:
            digests = enumerate(map(str.strip, lines))
            known = {digest: vectors[row] for row, digest in digests if wanted is None or digest in wanted}
    for change in index_changes(index, after=0, pictures=wanted):
        if change.category is not None:
            known[change.sha256] = vector_of(change.vector)
    return known


def vector_of(stored: bytes | memoryview) -> Vectors:
    """A vector as the database keeps it: float32, little-endian."""
    return np.frombuffer(stored, dtype="<f4")


@lru_cache(maxsize=8)
def _opened(path: str) -> _Opened:
    folder = settings.INDEX_ROOT / path
    return _Opened(CategoryIndexes.load(folder, monitor=RecallMonitor(settings.INDEX_RECALL_ONE_IN, folder=folder)))


def picture_opened(row: CataloguePicture, *, max_side: int) -> Image.Image | None:
    """A product's picture, at most ``max_side`` pixels long; None where it cannot be read, and the log names it."""
    try:
        return open_image(image_bytes(row.image), max_side=max_side, name=row.image)
    except (ImageError, OSError) as error:
        log.warning("Product %s is left out of the index: %s. Import its picture again.", row.product_id, error)
        return None
