"""Nearest products by vector: one exact FAISS index a category, saved whole or not at all.

Vectors are of unit length and scores are cosines. Ids are whole numbers from 0 on (a database's primary keys).
"""

from __future__ import annotations

import json
import os
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import faiss
import numpy as np
import numpy.typing as npt

from models_ml.types import Match, Vectors

LISTING = "index.json"
UNIT_TOLERANCE = 1e-2

Ids = npt.NDArray[np.int64]


class VectorIndexError(ValueError):
    """Vectors, ids or files do not fit an index; the message says which and why."""


class VectorIndex(Protocol):
    """What an index must do. Another engine (HNSW, Milvus) takes the place of :class:`FlatIndex` by these four."""

    def add(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Store ``(n, dim)`` vectors under ``n`` ids that are not there yet."""

    def remove(self, ids: Sequence[int]) -> int:
        """Forget these ids; unknown ones are passed over. Returns how many were there."""

    def search(self, vectors: Vectors, k: int) -> list[list[Match]]:
        """For each vector its ``k`` nearest (fewer if the index holds fewer), best first."""

    def save(self, path: Path) -> None:
        """Write the file ``path``, whole or not at all."""


class FlatIndex:
    """Exact search by inner product over all vectors: the right choice up to some ten thousand."""

    def __init__(self, dim: int) -> None:
        if dim < 1:
            raise VectorIndexError(f"an index needs at least one dimension, got {dim}")
        self.dim = dim
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dim))
        self._mapped = False

    @classmethod
    def load(cls, path: Path) -> FlatIndex:
        """Map a saved index into memory: pages are read as they are searched, the first change makes a copy."""
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no index here; build it first")
        try:
            index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise VectorIndexError(f"{path} is damaged ({error}); build the index again") from error
        if not isinstance(index, faiss.IndexIDMap2):
            raise VectorIndexError(f"{path} holds a {type(index).__name__}, not an index with ids; build it again")
        loaded = cls(index.d)
        loaded._index, loaded._mapped = index, True
        return loaded

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def ids(self) -> Ids:
        """The ids held, in the order they were added."""
        return np.asarray(faiss.vector_to_array(self._index.id_map), dtype=np.int64).copy()

    def add(self, ids: Sequence[int], vectors: Vectors) -> None:
        keys, rows = _checked_ids(ids), checked_vectors(vectors, self.dim)
        if len(keys) != len(rows):
            raise VectorIndexError(f"{len(keys)} ids for {len(rows)} vectors")
        twice = [key for key, n in Counter(keys.tolist()).items() if n > 1]
        known = np.intersect1d(keys, self.ids).tolist()
        if twice or known:
            raise VectorIndexError(
                f"id {(twice or known)[0]} is in the index already; remove it before adding it again"
            )
        self._own()
        self._index.add_with_ids(rows, keys)

    def remove(self, ids: Sequence[int]) -> int:
        keys = _checked_ids(ids)
        self._own()
        return int(self._index.remove_ids(keys))

    def search(self, vectors: Vectors, k: int) -> list[list[Match]]:
        rows = checked_vectors(vectors, self.dim)
        if k < 1:
            raise VectorIndexError(f"ask for at least one neighbour, got k={k}")
        nearest = min(k, len(self))
        if nearest == 0 or len(rows) == 0:
            return [[] for _ in rows]
        scores, keys = self._index.search(rows, nearest)
        return [ranked(zip(scores[i].tolist(), keys[i].tolist(), strict=True), k) for i in range(len(rows))]

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(path.name + ".part")
        faiss.write_index(self._index, str(fresh))
        os.replace(fresh, path)

    def _own(self) -> None:
        """Before a change: FAISS aborts the process when a memory-mapped index is written to."""
        if self._mapped:
            ids, vectors = self.ids, self._index.index.reconstruct_n(0, len(self))
            self._index = faiss.IndexIDMap2(faiss.IndexFlatIP(self.dim))
            self._index.add_with_ids(vectors, ids)
            self._mapped = False


class CategoryIndexes:
    """All products of a vertical: one index a category, made by one embedder (``fingerprint``)."""

    def __init__(self, dim: int, fingerprint: str) -> None:
        self.dim, self.fingerprint = dim, fingerprint
        self._indexes: dict[str, FlatIndex] = {}

    @classmethod
    def load(cls, folder: Path) -> CategoryIndexes:
        """Open a saved folder, memory-mapped. Raises :class:`VectorIndexError` or FileNotFoundError."""
        try:
            return cls._opened(folder)
        except FileNotFoundError:
            # A save that ended between reading the listing and its files took the old files away: the new ones are there.
            return cls._opened(folder)

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories that hold or once held a product, sorted."""
        return tuple(sorted(self._indexes))

    def __len__(self) -> int:
        return sum(len(index) for index in self._indexes.values())

    def add(self, category: str, ids: Sequence[int], vectors: Vectors) -> None:
        """Store products of one category. An id held by any category is refused: remove it first."""
        for name, index in self._indexes.items():
            if name != category and (held := np.intersect1d(_checked_ids(ids), index.ids)).size:
                raise VectorIndexError(
                    f"id {int(held[0])} is in category {name!r}; remove it before moving it to {category!r}"
                )
        index = self._indexes.get(category, FlatIndex(self.dim))
        index.add(ids, vectors)
        self._indexes[category] = index

    def remove(self, ids: Sequence[int]) -> int:
        """Forget these ids in whatever category they are. Returns how many were there."""
        return sum(index.remove(ids) for index in self._indexes.values() if np.isin(_checked_ids(ids), index.ids).any())

    def search(self, vectors: Vectors, categories: Sequence[str | None], k: int) -> list[list[Match]]:
        """For each vector its ``k`` nearest in its own category; in all of them where that is None.

        A category without products gives no matches.
        """
        rows = checked_vectors(vectors, self.dim)
        if len(categories) != len(rows):
            raise VectorIndexError(f"{len(categories)} categories for {len(rows)} vectors")
        results: list[list[Match]] = [[] for _ in rows]
        for category in dict.fromkeys(categories):
            mine = [i for i, name in enumerate(categories) if name == category]
            for i, matches in zip(mine, self._nearest(rows[mine], category, k), strict=True):
                results[i] = matches
        return results

    def save(self, folder: Path) -> None:
        """Write the folder. The listing names the files of this save and goes last, so a crash leaves the old index whole."""
        folder.mkdir(parents=True, exist_ok=True)
        token = secrets.token_hex(4)
        files = {name: f"{number:03d}-{token}.faiss" for number, name in enumerate(self.categories)}
        for name, file in files.items():
            self._indexes[name].save(folder / file)
        listing = {"dim": self.dim, "fingerprint": self.fingerprint, "products": len(self), "files": files}
        fresh = folder / f"{LISTING}.{token}.part"
        fresh.write_text(json.dumps(listing, indent=1) + "\n", encoding="utf-8")
        os.replace(fresh, folder / LISTING)
        for old in folder.glob("*.faiss"):
            if old.name not in files.values():
                old.unlink(missing_ok=True)

    @classmethod
    def _opened(cls, folder: Path) -> CategoryIndexes:
        try:
            listing = json.loads((folder / LISTING).read_text(encoding="utf-8"))
            opened = cls(int(listing["dim"]), str(listing["fingerprint"]))
            files = {str(name): folder / Path(file).name for name, file in listing["files"].items()}
        except FileNotFoundError as error:
            raise FileNotFoundError(f"{folder}: no {LISTING} here; build the index first") from error
        except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise VectorIndexError(f"{folder / LISTING} is damaged ({error!r}); build the index again") from error
        for name, file in files.items():
            index = FlatIndex.load(file)
            if index.dim != opened.dim:
                raise VectorIndexError(
                    f"{file} has {index.dim} dimensions, {LISTING} says {opened.dim}; build it again"
                )
            opened._indexes[name] = index
        return opened

    def _nearest(self, rows: Vectors, category: str | None, k: int) -> list[list[Match]]:
        searched = (
            list(self._indexes.values()) if category is None else [self._indexes.get(category, FlatIndex(self.dim))]
        )
        found = [index.search(rows, k) for index in searched]
        if len(found) == 1:
            return found[0]
        return [ranked(((m.score, m.product_id) for part in found for m in part[i]), k) for i in range(len(rows))]


def ranked(scored: Iterable[tuple[float, int]], k: int) -> list[Match]:
    """The best ``k`` of (score, id) couples as matches; equal scores by id, so that a search always answers the same."""
    best = sorted(scored, key=lambda couple: (-couple[0], couple[1]))[:k]
    return [
        Match(product_id, min(max(score, -1.0), 1.0), place) for place, (score, product_id) in enumerate(best, start=1)
    ]


def checked_vectors(vectors: Vectors, dim: int) -> Vectors:
    """``(n, dim)`` float32 of unit length, or :class:`VectorIndexError` naming the row at fault."""
    rows = np.ascontiguousarray(vectors, dtype=np.float32)
    if rows.ndim != 2 or rows.shape[1] != dim:
        raise VectorIndexError(f"vectors of shape {rows.shape} do not fit an index of (n, {dim})")
    # Written so that a NaN fails the test as well.
    bad = ~(np.abs(np.linalg.norm(rows, axis=1) - 1) < UNIT_TOLERANCE)
    if bad.any():
        raise VectorIndexError(f"vector {int(bad.argmax())} is not of unit length; embed it again")
    return rows


def _checked_ids(ids: Sequence[int]) -> Ids:
    keys = np.asarray(ids).reshape(-1)
    if keys.size and (keys.dtype.kind not in "iu" or int(keys.min()) < 0):
        raise VectorIndexError(f"ids must be whole numbers from 0 on, got {list(ids)[:3]}")
    return keys.astype(np.int64)
