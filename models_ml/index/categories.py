"""All products of a vertical: one index a category, saved whole or not at all."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models_ml.index.engine import FaissEngine
from models_ml.index.facts import Facts, ProductFilter
from models_ml.index.flat import FlatIndex
from models_ml.index.ground import (
    Ids,
    Nearest,
    VectorIndexError,
    best_first,
    checked_ids,
    checked_k,
    checked_vectors,
)
from models_ml.index.hnsw import HnswIndex
from models_ml.index.ivf import IvfIndex
from models_ml.index.monitor import RecallMonitor
from models_ml.index.tuning import Tuning
from models_ml.index_notes import LISTING
from models_ml.types import Match, Vectors

KINDS: dict[str, type[FaissEngine]] = {"flat": FlatIndex, "hnsw": HnswIndex, "ivf": IvfIndex}
GREW = 2
"""A category this many times as large as when its engine was chosen gets a new choice."""


class CategoryIndexes:
    """One engine a category, all made by one embedder (``fingerprint``). ``tuning`` says which engine and how hard it tries;
    ``monitor``, where there is one, looks at a share of the searches."""

    def __init__(
        self, dim: int, fingerprint: str, *, tuning: Tuning | None = None, monitor: RecallMonitor | None = None
    ) -> None:
        self.dim, self.fingerprint = dim, fingerprint
        self.tuning, self.monitor = tuning or Tuning(), monitor
        self._engines: dict[str, FaissEngine] = {}
        self._chosen_at: dict[str, int] = {}

    @classmethod
    def load(
        cls, folder: Path, *, tuning: Tuning | None = None, monitor: RecallMonitor | None = None
    ) -> CategoryIndexes:
        """Open a saved folder, memory-mapped. Raises :class:`VectorIndexError` or FileNotFoundError."""
        opened = cls(1, "", tuning=tuning, monitor=monitor)
        try:
            opened._open(folder)
        except FileNotFoundError:
            # A save that ended between reading the listing and its files took the old files away: the new ones are there.
            opened._open(folder)
        return opened

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories that hold or once held a product, sorted."""
        return tuple(sorted(self._engines))

    def __len__(self) -> int:
        return sum(len(engine) for engine in self._engines.values())

    def kinds(self) -> dict[str, str]:
        """The engine of each category: ``flat``, ``hnsw`` or ``ivf``."""
        return {name: _kind(self._engines[name]) for name in self.categories}

    def add(self, category: str, ids: Sequence[int] | Ids, vectors: Vectors, facts: Facts | None = None) -> None:
        """Store products of one category. An id held by any category is refused: remove it first."""
        keys = checked_ids(ids)
        for name, engine in self._engines.items():
            if name != category and (held := keys[engine.holds(keys)]).size:
                raise VectorIndexError(
                    f"id {int(held[0])} is in category {name!r}; remove it before moving it to {category!r}"
                )
        # A new category starts exact: what is added is checked there before an engine is chosen for it.
        engine = self._engines.get(category, FlatIndex(self.dim))
        engine.add(keys, vectors, facts)
        self._engines[category] = engine
        if len(engine) >= GREW * self._chosen_at.get(category, 0):
            self._choose(category)

    def remove(self, ids: Sequence[int] | Ids) -> int:
        """Forget these ids in whatever category they are. Returns how many were there."""
        keys = checked_ids(ids)
        return sum(engine.remove(keys) for engine in self._engines.values())

    def rebuild(self) -> None:
        """Choose, build and tune the engine of every category anew, from the products that are there."""
        for category in self.categories:
            self._choose(category)

    def search(
        self, vectors: Vectors, categories: Sequence[str | None], k: int, where: ProductFilter | None = None
    ) -> list[list[Match]]:
        """For each vector its ``k`` nearest in its own category; in all of them where that is None.

        A category without products gives no matches.
        """
        return self.nearest(vectors, categories, k, where).matches()

    def nearest(
        self, vectors: Vectors, categories: Sequence[str | None], k: int, where: ProductFilter | None = None
    ) -> Nearest:
        """The same as arrays of scores and ids, for whoever searches for thousands at a time."""
        if len(categories) != len(vectors):
            raise VectorIndexError(f"{len(categories)} categories for {len(vectors)} vectors")
        if len(categories) == 1 or len(set(categories)) == 1:
            return self._nearest(vectors, categories[0], k, where)
        asked: dict[str | None, list[int]] = {}
        for row, category in enumerate(categories):
            asked.setdefault(category, []).append(row)
        rows, k = checked_vectors(vectors, self.dim), checked_k(k)
        found = best_first(np.zeros((len(rows), 0), np.float32), np.zeros((len(rows), 0), np.int64), k)
        for category, mine in asked.items():
            found.scores[mine], found.ids[mine] = self._nearest(rows[mine], category, k, where)
        return found

    def recall(self) -> dict[str, float]:
        """By category, the share of what an exact search finds, on other queries than the engines were tuned by; 1 where
        the engine is exact."""
        return {name: self.tuning.recall_reached(self._engines[name]) for name in self.categories}

    def save(self, folder: Path) -> None:
        """Write the folder. The listing names the files of this save and goes last, so a crash leaves the old index whole."""
        folder.mkdir(parents=True, exist_ok=True)
        token = secrets.token_hex(4)
        files = {name: f"{number:03d}-{token}.faiss" for number, name in enumerate(self.categories)}
        for name, file in files.items():
            self._engines[name].save(folder / file)
        listing = {
            "dim": self.dim,
            "fingerprint": self.fingerprint,
            "products": len(self),
            "kinds": self.kinds(),
            "chosen_at": self._chosen_at,
            "files": files,
        }
        fresh = folder / f"{LISTING}.{token}.part"
        fresh.write_text(json.dumps(listing, indent=1) + "\n", encoding="utf-8")
        os.replace(fresh, folder / LISTING)
        for old in folder.glob("*.faiss"):
            if old.name not in files.values():
                old.unlink(missing_ok=True)

    def _open(self, folder: Path) -> None:
        listing = _listing(folder)
        try:
            self.dim, self.fingerprint = int(listing["dim"]), str(listing["fingerprint"])
            files = {str(name): folder / Path(file).name for name, file in listing["files"].items()}
            # Indexes of an earlier release are all exact and say nothing of it.
            kinds = {name: KINDS[listing.get("kinds", {}).get(name, "flat")] for name in files}
            self._chosen_at = {str(name): int(n) for name, n in listing.get("chosen_at", {}).items()}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise VectorIndexError(f"{folder / LISTING} is damaged ({error!r}); build the index again") from error
        self._engines = {name: kinds[name].load(file) for name, file in files.items()}
        for name, engine in self._engines.items():
            if engine.dim != self.dim:
                raise VectorIndexError(
                    f"{files[name]} has {engine.dim} dimensions, {LISTING} says {self.dim}; build it again"
                )

    def _choose(self, category: str) -> None:
        before = self._engines[category]
        self._chosen_at[category] = len(before)
        if len(before):
            self._engines[category] = self.tuning.engine_for(before.ids, before.vectors, before.facts)

    def _nearest(self, rows: Vectors, category: str | None, k: int, where: ProductFilter | None) -> Nearest:
        if category is not None:
            return self._searched(category, rows, k, where)
        parts = [self._searched(name, rows, k, where) for name in self.categories]
        if not parts:
            rows, k = checked_vectors(rows, self.dim), checked_k(k)
            return best_first(np.zeros((len(rows), 0), np.float32), np.zeros((len(rows), 0), np.int64), k)
        return best_first(np.hstack([part.scores for part in parts]), np.hstack([part.ids for part in parts]), k)

    def _searched(self, category: str, rows: Vectors, k: int, where: ProductFilter | None) -> Nearest:
        engine = self._engines.get(category)
        if engine is None:
            return FlatIndex(self.dim).search(rows, k, where)
        found = engine.search(rows, k, where)
        if self.monitor is not None and not engine.exact and (picked := self.monitor.picked(len(rows))):
            truth = engine.search_exactly(rows[picked], k, where)
            self.monitor.record(category, found.ids[picked], truth.ids)
        return found


def _listing(folder: Path) -> dict[str, Any]:
    try:
        listing = json.loads((folder / LISTING).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{folder}: no {LISTING} here; build the index first") from error
    except ValueError as error:
        raise VectorIndexError(f"{folder / LISTING} is damaged ({error!r}); build the index again") from error
    if not isinstance(listing, dict):
        raise VectorIndexError(f"{folder / LISTING} is damaged (no object); build the index again")
    return listing


def _kind(engine: FaissEngine) -> str:
    return next(name for name, kind in KINDS.items() if isinstance(engine, kind))
