"""Exact search by inner product over all vectors: the right choice while a category is small."""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np

from models_ml.index.engine import FaissEngine
from models_ml.index.ground import Ids, Mask
from models_ml.index.narrowing import among_all, one_by_one
from models_ml.types import Vectors


class FlatIndex(FaissEngine):
    """Looks at every vector. Removal compacts at once: it is only a copy."""

    dead_limit = 0.0
    exact = True

    @classmethod
    def structure(cls) -> type[Any]:
        return faiss.IndexFlat

    def _empty(self) -> Any:
        return faiss.IndexFlatIP(self.dim)

    def _built(self, rows: Vectors) -> Any:
        flat = faiss.IndexFlatIP(self.dim)
        flat.add(rows)
        return flat

    def _stored(self) -> Vectors:
        return flat_rows(self._inner)

    def _exactly(self, rows: Vectors, k: int, allowed: Mask | None) -> tuple[Vectors, Ids]:
        return flat_search(self._inner, rows, k, allowed)

    def _approximately(self, rows: Vectors, k: int, allowed: Mask | None, passing: int) -> tuple[Vectors, Ids]:
        return self._exactly(rows, k, allowed)


def flat_rows(flat: Any) -> Vectors:
    """The ``(n, dim)`` vectors of an IndexFlat, without a copy."""
    return np.asarray(faiss.rev_swig_ptr(flat.get_xb(), flat.ntotal * flat.d)).reshape(-1, flat.d)


def flat_search(flat: Any, rows: Vectors, k: int, allowed: Mask | None) -> tuple[Vectors, Ids]:
    """Scores and positions of the ``k`` nearest; with ``allowed`` only those vectors are looked at."""
    if allowed is None:
        return among_all(flat, rows, k)
    scores, places = flat.search(rows, k, params=one_by_one(allowed))
    return scores, places
