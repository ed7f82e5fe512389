"""A graph of neighbours: Malkov and Yashunin, *Efficient and robust approximate nearest neighbor search using
Hierarchical Navigable Small World graphs* (2016)."""

from __future__ import annotations

from typing import Any

import faiss

from models_ml.index.engine import FaissEngine
from models_ml.index.flat import flat_rows, flat_search
from models_ml.index.ground import Ids, Mask, VectorIndexError
from models_ml.index.narrowing import among_all, in_graph
from models_ml.types import Vectors

LINKS = 16
"""Neighbours a node keeps on the upper levels, twice as many at the bottom (the paper's M)."""
EFFORT_BUILDING = 100
"""Candidates weighed when a node is linked (the paper's efConstruction)."""
EFFORT = 64
"""Candidates weighed by a search (the paper's ef), until :mod:`models_ml.index.tuning` has measured what is needed."""
FEWEST = 2000
"""So few products that pass a filter are looked at one by one: the walk among few allowed ones gets lost."""


class HnswIndex(FaissEngine):
    """Walks a graph towards the query. Removed nodes stay stepping stones until a tenth is dead.

    ``effort``: candidates weighed by a search; more finds more and takes longer.
    """

    dead_limit = 0.1

    def __init__(self, dim: int, *, effort: int = EFFORT) -> None:
        if effort < 1:
            raise VectorIndexError(f"a search weighs at least one candidate, got effort={effort}")
        super().__init__(dim)
        self._effort = effort

    @property
    def effort(self) -> int:
        """Candidates weighed by a search; saved with the index."""
        return self._effort if self._inner is None else int(self._inner.hnsw.efSearch)

    @effort.setter
    def effort(self, value: int) -> None:
        self._effort = value
        if self._inner is not None:
            self._inner.hnsw.efSearch = value

    @classmethod
    def structure(cls) -> type[Any]:
        return faiss.IndexHNSWFlat

    def _empty(self) -> Any:
        graph = faiss.IndexHNSWFlat(self.dim, LINKS, faiss.METRIC_INNER_PRODUCT)
        graph.hnsw.efConstruction, graph.hnsw.efSearch = EFFORT_BUILDING, self._effort
        return graph

    def _built(self, rows: Vectors) -> Any:
        self._effort = self.effort
        graph = self._empty()
        graph.add(rows)
        return graph

    def _stored(self) -> Vectors:
        return flat_rows(faiss.downcast_index(self._inner.storage))

    def _exactly(self, rows: Vectors, k: int, allowed: Mask | None) -> tuple[Vectors, Ids]:
        return flat_search(faiss.downcast_index(self._inner.storage), rows, k, allowed)

    def _approximately(self, rows: Vectors, k: int, allowed: Mask | None, passing: int) -> tuple[Vectors, Ids]:
        if allowed is None:
            return among_all(self._inner, rows, k)
        # The walk passes over what is not allowed, so it must go on for as much longer as they are fewer.
        effort = min(int(self.effort * len(allowed) / passing) + 1, len(allowed))
        scores, places = self._inner.search(rows, k, params=in_graph(allowed, max(effort, k)))
        return scores, places

    def _few(self, passing: int) -> bool:
        return passing <= max(FEWEST, len(self._keys) // 20)
