"""Unit vectors that lie as a catalogue's embeddings do, and the crops that are searched with.

A category has styles, a style has families, a family has near-duplicates (colours and sizes of one form, about eight):
``x = unit(0.55 category + 0.5 style + 0.6 family + 0.35 own)``, each part a random direction of 128 dimensions. So two of a
family have a cosine of about 0.87, two of a style 0.6, two of a category 0.33. A crop stands at a cosine between 0.7 and 0.9
to its product; a third of that way is common to all crops, as photographs of rooms differ from catalogue photos.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DIM = 128
FAMILY, STYLE = 8, 250
CHUNK = 100_000

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class VectorWorld:
    """``vectors`` ``(n, DIM)`` with their ``category`` numbers, sorted by it; ``extra`` and ``crops`` alike."""

    vectors: Vectors
    category: npt.NDArray[np.int64]
    extra: Vectors
    extra_category: npt.NDArray[np.int64]
    crops: Vectors
    crop_category: npt.NDArray[np.int64]


def vector_world(n: int, *, categories: int, crops: int, extra: int, seed: int) -> VectorWorld:
    """``n`` products, ``extra`` more of the same families to add later, and ``crops`` queries, in equal categories."""
    rng = np.random.default_rng(seed)
    total = n + extra
    families = max(categories, total // FAMILY)
    styles = max(categories, total // STYLE)
    style_of, category_of = rng.integers(styles, size=families), np.arange(styles) % categories
    parts = (0.55, _directions(rng, categories)), (0.5, _directions(rng, styles)), (0.6, _directions(rng, families))
    family = rng.integers(families, size=total)
    category = category_of[style_of[family]]
    vectors = np.empty((total, DIM), dtype=np.float32)
    for start in range(0, total, CHUNK):
        mine = family[start : start + CHUNK]
        places = category_of[style_of[mine]], style_of[mine], mine
        rows = 0.35 * _directions(rng, len(mine))
        for (weight, directions), place in zip(parts, places, strict=True):
            rows += weight * directions[place]
        vectors[start : start + CHUNK] = _unit(rows)
    asked = rng.integers(n, size=crops)
    order = np.argsort(category[:n], kind="stable")
    return VectorWorld(
        vectors[:n][order], category[:n][order], vectors[n:], category[n:], _crops(rng, vectors[asked]), category[asked]
    )


def _crops(rng: np.random.Generator, products: Vectors) -> Vectors:
    cosine = rng.uniform(0.7, 0.9, size=(len(products), 1))
    aside = _directions(rng, len(products)) + 0.58 * _directions(rng, 1)
    aside -= (aside * products).sum(axis=1, keepdims=True) * products
    return _unit(cosine * products + np.sqrt(1 - cosine**2) * _unit(aside))


def _directions(rng: np.random.Generator, n: int) -> Vectors:
    return _unit(rng.standard_normal((n, DIM), dtype=np.float32))


def _unit(rows: npt.NDArray[np.floating]) -> Vectors:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)
