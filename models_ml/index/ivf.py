"""Vectors sorted into lists around k-means centres; a search looks through the lists nearest to the query.

Sivic and Zisserman, *Video Google* (2003); as FAISS' ``IndexIVFFlat``. Against a graph it is built a good ten times
faster, takes 8 bytes beside each vector and, where products come in families, answers sooner as well.
"""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np

from models_ml.index.engine import FaissEngine
from models_ml.index.ground import Ids, Mask, VectorIndexError
from models_ml.index.narrowing import among_all, in_lists
from models_ml.types import Vectors

PROBES = 8
"""Lists looked through, until :mod:`models_ml.index.tuning` has measured what is needed."""
TRAINING_A_LIST = 64
"""Vectors a list that k-means sees at most: more move the centres very little."""
ROUNDS = 8
OUTGROWN = 4
"""Lists this many times longer than they were built for are sorted anew."""


class IvfIndex(FaissEngine):
    """``probes``: lists looked through by a search; more finds more and takes longer."""

    dead_limit = 0.1

    def __init__(self, dim: int, *, probes: int = PROBES) -> None:
        if probes < 1:
            raise VectorIndexError(f"a search looks through at least one list, got probes={probes}")
        super().__init__(dim)
        self._probes = probes

    @property
    def probes(self) -> int:
        """Lists looked through by a search; saved with the index."""
        return self._probes if self._inner is None else int(self._inner.nprobe)

    @probes.setter
    def probes(self, value: int) -> None:
        self._probes = value
        if self._inner is not None:
            self._inner.nprobe = value

    @property
    def lists(self) -> int:
        """How many lists there are."""
        return 0 if self._inner is None else int(self._inner.nlist)

    @classmethod
    def structure(cls) -> type[Any]:
        return faiss.IndexIVFFlat

    def _empty(self) -> Any:
        return self._lists(1)

    def _built(self, rows: Vectors) -> Any:
        self._probes = self.probes
        lists = self._lists(max(1, round(len(rows) ** 0.5)))
        lists.train(rows)
        lists.add(rows)
        return lists

    def _lists(self, number: int) -> Any:
        lists = faiss.IndexIVFFlat(faiss.IndexFlatIP(self.dim), self.dim, number, faiss.METRIC_INNER_PRODUCT)
        lists.nprobe = self._probes
        lists.cp.niter, lists.cp.max_points_per_centroid, lists.cp.min_points_per_centroid = ROUNDS, TRAINING_A_LIST, 1
        return lists

    def _stored(self) -> Vectors:
        rows = np.empty((len(self._keys), self.dim), dtype=np.float32)
        lists = self._inner.invlists
        for number in range(self._inner.nlist):
            if length := lists.list_size(number):
                codes = faiss.rev_swig_ptr(lists.get_codes(number), length * self._inner.code_size)
                places = faiss.rev_swig_ptr(lists.get_ids(number), length)
                rows[places] = codes.view(np.float32).reshape(length, self.dim)
        return rows

    def _exactly(self, rows: Vectors, k: int, allowed: Mask | None) -> tuple[Vectors, Ids]:
        return self._through(rows, k, allowed, self._inner.nlist)

    def _approximately(self, rows: Vectors, k: int, allowed: Mask | None, passing: int) -> tuple[Vectors, Ids]:
        if allowed is None:
            return among_all(self._inner, rows, k)
        probes = min(int(self.probes * len(allowed) / passing) + 1, self._inner.nlist)
        return self._through(rows, k, allowed, probes)

    def _through(self, rows: Vectors, k: int, allowed: Mask | None, probes: int) -> tuple[Vectors, Ids]:
        scores, places = self._inner.search(rows, k, params=in_lists(allowed, probes))
        return scores, places

    def _outgrown(self, more: int) -> bool:
        # The square of the number of lists is what they were built for.
        return len(self._keys) + more > max(self.lists**2, TRAINING_A_LIST) * OUTGROWN
