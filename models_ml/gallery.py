"""Where the right product stands in a ranking of catalogue photos. Free of torch.

Products that share a photo cannot be told apart by it, so they are one *entry*: each is a right answer for the others, and
together they take one place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from models_ml.manifest import Manifest, ProductEntry
from models_ml.metrics import recall_at_k
from models_ml.types import Vectors

CUTS = (1, 5, 10)


class Recalls(TypedDict):
    """Shares of queries whose product is among the first 1, 5 or 10 entries."""

    recall_at_1: float
    recall_at_5: float
    recall_at_10: float


@dataclass(frozen=True, eq=False)
class Gallery:
    """``vectors`` (products, dim) of the photos of ``products``, and the number of the entry that each belongs to."""

    products: tuple[ProductEntry, ...]
    vectors: Vectors
    entries: npt.NDArray[np.int64]

    def rank(self, vector: Vectors, place: int, *, category: str | None = None) -> int | None:
        """The place, from 1 on, of the product at position ``place``, among all entries or those of a ``category``.

        None where the product is not of that category. A tie counts against the product: an embedder that gives every
        picture the same vector finds nothing.
        """
        searched = np.ones(len(self.products), dtype=bool) if category is None else self._of(category)
        own = self.entries == self.entries[place]
        if not (own & searched).any():
            return None
        scores = self.vectors @ vector
        ahead = searched & ~own & (scores >= scores[own & searched].max())
        return 1 + len(np.unique(self.entries[ahead]))

    def nearest(self, vector: Vectors, k: int, *, category: str | None = None) -> list[tuple[ProductEntry, float]]:
        """The ``k`` best products with their cosines, in all or in one category; each entry comes once."""
        scores = self.vectors @ vector
        found: dict[int, tuple[ProductEntry, float]] = {}
        for i in np.argsort(-scores, kind="stable"):
            if category is None or self.products[i].category == category:
                found.setdefault(int(self.entries[i]), (self.products[i], float(scores[i])))
            if len(found) == k:
                break
        return list(found.values())

    def _of(self, category: str) -> npt.NDArray[np.bool_]:
        return np.array([product.category == category for product in self.products], dtype=bool)


def joined_entries(keys: Sequence[Sequence[Hashable]]) -> npt.NDArray[np.int64]:
    """Number the groups of items that share a key, directly or through others; ``keys[i]`` are those of item ``i``."""
    parent = list(range(len(keys)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = i = parent[parent[i]]
        return i

    first: dict[Hashable, int] = {}
    for i, mine in enumerate(keys):
        for key in mine:
            parent[root(i)] = root(first.setdefault(key, i))
    return np.unique([root(i) for i in range(len(keys))], return_inverse=True)[1].astype(np.int64)


def product_entries(manifests: Sequence[Manifest]) -> npt.NDArray[np.int64]:
    """The entry of each product of the packs, one pack after the other: joined by ``same_photo_group`` or the same file."""
    keys: list[list[Hashable]] = []
    for pack, manifest in enumerate(manifests):
        for product in manifest.products:
            digest = hashlib.sha256(product.image.read_bytes()).hexdigest()
            # Names of groups are a pack's own.
            keys.append([digest, *([(pack, product.same_photo_group)] if product.same_photo_group else [])])
    return joined_entries(keys)


def recalls(ranks: Sequence[int | None]) -> Recalls:
    """Recall at 1, 5 and 10, rounded to four places; None is not found."""
    at_1, at_5, at_10 = (round(recall_at_k(ranks, k), 4) for k in CUTS)
    return {"recall_at_1": at_1, "recall_at_5": at_5, "recall_at_10": at_10}
