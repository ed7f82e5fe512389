"""What our three engines have in common: a FAISS structure of vectors by position, with ids and facts beside it.

Removal is soft. A removed product's id becomes -1 and a search looks past it; when the share of the dead passes
``dead_limit`` the structure is built anew from the living. So no engine needs a removal of its own, which HNSW cannot do
(https://github.com/facebookresearch/faiss/wiki/Special-operations-on-indexes).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import faiss
import numpy as np

from models_ml.index.facts import Facts, ProductFilter
from models_ml.index.files import read_engine, write_engine
from models_ml.index.ground import (
    Ids,
    Mask,
    Nearest,
    VectorIndexError,
    best_first,
    checked_ids,
    checked_k,
    checked_vectors,
    in_order,
)
from models_ml.types import Vectors

MASKS_KEPT = 16
"""Filters whose outcome is remembered: a worker asks the same of every box."""


class FaissEngine(ABC):
    """The four methods, and what a subclass must say about its structure."""

    dead_limit: ClassVar[float]
    """Share of removed products above which the structure is built anew."""
    exact: ClassVar[bool] = False
    """Whether a search always finds the true neighbours."""

    def __init__(self, dim: int) -> None:
        if dim < 1:
            raise VectorIndexError(f"an index needs at least one dimension, got {dim}")
        self.dim = dim
        self._inner: Any = None
        self._keys: Ids = np.zeros(0, dtype=np.int64)
        self._facts = Facts.unknown(0)
        self._dead = 0
        self._sorted: Ids | None = None
        self._masks: dict[ProductFilter, tuple[Mask | None, int]] = {}
        self._mapping: Any = None

    def __len__(self) -> int:
        return len(self._keys) - self._dead

    @property
    def ids(self) -> Ids:
        """The ids held, in the order they were added."""
        return self._keys[self._keys >= 0]

    @property
    def vectors(self) -> Vectors:
        """``(n, dim)``: the vectors held, in the order of :attr:`ids`."""
        if self._inner is None:
            return np.zeros((0, self.dim), dtype=np.float32)
        return self._stored()[self._keys >= 0]

    @property
    def facts(self) -> Facts:
        """What filters ask for, in the order of :attr:`ids`."""
        return self._facts.take(self._keys >= 0)

    def holds(self, keys: Ids) -> Mask:
        """Which of these ids are there."""
        if self._sorted is None:
            self._sorted = np.sort(self.ids)
        if not len(self._sorted):
            return np.zeros(len(keys), dtype=np.bool_)
        places = np.minimum(np.searchsorted(self._sorted, keys), len(self._sorted) - 1)
        return np.asarray(self._sorted[places] == keys)

    def add(self, ids: Sequence[int] | Ids, vectors: Vectors, facts: Facts | None = None) -> None:
        """Store products. Raises :class:`VectorIndexError` and changes nothing where one does not fit."""
        keys, rows = checked_ids(ids), checked_vectors(vectors, self.dim)
        facts = Facts.unknown(len(keys)) if facts is None else facts
        if not len(keys) == len(rows) == len(facts.price):
            raise VectorIndexError(f"{len(keys)} ids for {len(rows)} vectors and {len(facts.price)} facts")
        known = keys[self.holds(keys)]
        twice = [key for key, n in Counter(keys.tolist()).items() if n > 1]
        if twice or known.size:
            raise VectorIndexError(
                f"id {(twice or known.tolist())[0]} is in the index already; remove it before adding it again"
            )
        if not len(keys):
            return
        self._forget()
        if self._inner is None or self._outgrown(len(rows)):
            rows = np.concatenate([self.vectors, rows])
            self._keys, self._facts = np.concatenate([self.ids, keys]), self.facts.joined(facts)
            self._renew(rows)
            return
        self._own()
        self._inner.add(rows)
        self._keys, self._facts = np.concatenate([self._keys, keys]), self._facts.joined(facts)

    def remove(self, ids: Sequence[int] | Ids) -> int:
        """Forget products; see the head of this file for how."""
        keys = checked_ids(ids)
        keys = keys[self.holds(keys)]
        if not len(keys):
            return 0
        gone = np.isin(self._keys, keys)
        count = int(gone.sum())
        self._keys = np.where(gone, -1, self._keys)
        self._forget()
        self._dead += count
        if self._dead > self.dead_limit * len(self._keys):
            self.rebuild()
        return count

    def rebuild(self) -> None:
        """Build the structure anew from the products that are there."""
        rows, facts = self.vectors, self.facts
        self._keys, self._facts = self.ids, facts
        self._renew(rows)

    def search(self, vectors: Vectors, k: int, where: ProductFilter | None = None) -> Nearest:
        """The nearest that pass; exact where only few pass, or where the structure comes back with too few."""
        rows, k = checked_vectors(vectors, self.dim), checked_k(k)
        allowed, passing = self._allowed(where)
        if passing == 0 or not len(rows):
            return _nothing(len(rows), k)
        if self.exact or (allowed is not None and self._few(passing)):
            return self._answer(self._exactly(rows, min(k, passing), allowed), k)
        scores, places = self._approximately(rows, min(k, passing), allowed, passing)
        if passing >= k and in_order(scores, places):
            return Nearest(scores, self._keys.take(places))
        short = places[:, -1] < 0
        if short.any():
            scores[short], places[short] = self._exactly(rows[short], min(k, passing), allowed)
        return self._answer((scores, places), k)

    def search_exactly(self, vectors: Vectors, k: int, where: ProductFilter | None = None) -> Nearest:
        """The true neighbours, whatever it takes: what a recall is measured against."""
        rows, k = checked_vectors(vectors, self.dim), checked_k(k)
        allowed, passing = self._allowed(where)
        if passing == 0 or not len(rows):
            return _nothing(len(rows), k)
        return self._answer(self._exactly(rows, min(k, passing), allowed), k)

    def save(self, path: Path) -> None:
        """Write one file: FAISS' own format, the facts after it."""
        write_engine(path, self._empty() if self._inner is None else self._inner, self._keys, self._facts)

    @classmethod
    def opened(cls, inner: Any, keys: Ids, facts: Facts, mapping: Any) -> Self:
        """An engine around a structure that was read from a file; ``mapping`` keeps the file's memory alive."""
        engine = cls(int(inner.d))
        if len(keys):
            engine._inner, engine._mapping = inner, mapping
        engine._keys, engine._facts, engine._dead = keys, facts, int((keys < 0).sum())
        return engine

    @classmethod
    def load(cls, path: Path) -> Self:
        """Map a saved engine of this kind into memory: pages are read as they are searched, an addition makes a copy.

        Raises FileNotFoundError or :class:`VectorIndexError`.
        """
        inner, keys, facts, mapping = read_engine(path)
        if not isinstance(inner, cls.structure()):
            raise VectorIndexError(f"{path} holds a {type(inner).__name__}, which is no {cls.__name__}; build it again")
        return cls.opened(inner, keys, facts, mapping)

    @classmethod
    @abstractmethod
    def structure(cls) -> type[Any]:
        """The FAISS class that holds the vectors."""

    @abstractmethod
    def _empty(self) -> Any:
        """A structure without vectors, as it is saved when nothing is there."""

    @abstractmethod
    def _built(self, rows: Vectors) -> Any:
        """A structure of these vectors, in this order."""

    @abstractmethod
    def _stored(self) -> Vectors:
        """``(len(keys), dim)``: every vector of the structure by position, the dead ones too; not to be written to."""

    @abstractmethod
    def _exactly(self, rows: Vectors, k: int, allowed: Mask | None) -> tuple[Vectors, Ids]:
        """Scores and positions of the ``k`` nearest allowed ones."""

    @abstractmethod
    def _approximately(self, rows: Vectors, k: int, allowed: Mask | None, passing: int) -> tuple[Vectors, Ids]:
        """The same by the structure's own short cut; position -1 where it ran out."""

    def _few(self, passing: int) -> bool:
        """Whether so few pass a filter that looking at each of them is better than the short cut."""
        return False

    def _outgrown(self, more: int) -> bool:
        """Whether ``more`` products are too many for the structure as it was built."""
        return False

    def _renew(self, rows: Vectors) -> None:
        self._inner = self._built(rows) if len(rows) else None
        self._dead, self._mapping = 0, None
        self._forget()

    def _forget(self) -> None:
        """What was worked out of the ids and facts, which are about to be others."""
        self._sorted = None
        self._masks.clear()

    def _own(self) -> None:
        """Before an addition: FAISS aborts the process when a memory-mapped structure is written to."""
        if self._mapping is not None:
            self._inner = faiss.deserialize_index(faiss.serialize_index(self._inner))
            self._mapping = None

    def _allowed(self, where: ProductFilter | None) -> tuple[Mask | None, int]:
        """The positions that may be found (None: all of them) and how many they are."""
        if where is None or where.asks_nothing:
            return (self._keys >= 0, len(self)) if self._dead else (None, len(self))
        kept = self._masks.get(where)
        if kept is None:
            allowed = self._facts.passing(where) & (self._keys >= 0)
            passing = int(allowed.sum())
            if len(self._masks) == MASKS_KEPT:
                self._masks.clear()
            kept = self._masks[where] = (None if passing == len(allowed) else allowed), passing
        return kept

    def _answer(self, found: tuple[Vectors, Ids], k: int) -> Nearest:
        scores, places = found
        if places.shape[1] == k and in_order(scores, places):
            return Nearest(scores, self._keys.take(places))
        return best_first(scores, np.where(places < 0, -1, self._keys[places]), k)


def _nothing(n: int, k: int) -> Nearest:
    return Nearest(np.full((n, k), -np.inf, dtype=np.float32), np.full((n, k), -1, dtype=np.int64))
