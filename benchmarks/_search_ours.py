"""Our indexes as the benchmark of searching drives them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from models_ml.index import CategoryIndexes, CodedVectors, Tuning
from models_ml.index.hnsw import EFFORT_BUILDING, LINKS

Vectors = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
NEVER = 1 << 60


class Ours:
    """One index a category under one policy; ids are positions. Nothing is left to set: it tunes itself when built."""

    works: ClassVar[tuple[int, ...]] = (0,)

    def __init__(self, tuning: Tuning, folder: Path) -> None:
        self._tuning, self._folder = tuning, folder
        self.index: Any = None

    @classmethod
    def all(cls, folder: Path) -> dict[str, Ours]:
        """The default, which chooses by itself, and each engine alone."""
        policies = {
            "default": Tuning(),
            "exact": Tuning(exact_below=NEVER),
            "hnsw": Tuning(exact_below=1, engine="hnsw"),
            "ivf": Tuning(exact_below=1, engine="ivf"),
        }
        return {name: cls(policy, folder / name) for name, policy in policies.items()}

    def build(self, vectors: Vectors, category: Ids) -> None:
        self.index = CategoryIndexes(vectors.shape[1], "benchmark", tuning=self._tuning)
        for number in np.unique(category).tolist():
            mine = np.flatnonzero(category == number)
            self.index.add(str(number), mine, vectors[mine])

    def work(self, effort: int) -> None:
        """Nothing: see the class."""

    def search(self, queries: Vectors, k: int, category: int) -> Ids:
        ids: Ids = self.index.nearest(queries, [str(category)] * len(queries), k).ids
        return ids

    def bytes(self) -> int:
        self.index.save(self._folder)
        return sum(file.stat().st_size for file in self._folder.iterdir())

    def add(self, ids: Ids, vectors: Vectors, category: Ids) -> None:
        for number in np.unique(category).tolist():
            mine = category == number
            self.index.add(str(number), ids[mine], vectors[mine])

    def delete(self, ids: Ids) -> None:
        self.index.remove(ids)

    def close(self) -> None:
        self.index = None

    def told(self) -> dict[str, object]:
        """Which engines were chosen, and how they were set."""
        kinds = list(self.index.kinds().values())
        return {"engines": {kind: kinds.count(kind) for kind in sorted(set(kinds))}}


class OurCodes(Ours):
    """Sign codes of each category in memory, scored again by floats that may lie on disk; ``work`` is the short list."""

    works = (25, 50, 100, 200, 400, 800, 1600)

    def __init__(self) -> None:
        self._parts: dict[int, tuple[Ids, CodedVectors]] = {}
        self._shortlist = self.works[0]

    def build(self, vectors: Vectors, category: Ids) -> None:
        for number in np.unique(category).tolist():
            mine = np.flatnonzero(category == number)
            self._parts[number] = mine, CodedVectors(vectors[mine])

    def work(self, effort: int) -> None:
        self._shortlist = effort

    def search(self, queries: Vectors, k: int, category: int) -> Ids:
        ids, coded = self._parts[category]
        places = coded.search(queries, k, shortlist=self._shortlist).ids
        return np.where(places < 0, -1, ids[places])

    def bytes(self) -> int:
        return sum(coded.codes.nbytes for _, coded in self._parts.values())

    def close(self) -> None:
        self._parts = {}

    def told(self) -> dict[str, object]:
        return {"shortlist": self._shortlist, "floats": "not counted in bytes_per_vector: they may stay on disk"}


SETTINGS = {"links": LINKS, "effort_building": EFFORT_BUILDING}
"""How graphs are built, ours and the peers'."""
