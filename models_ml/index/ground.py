"""What all engines share: the protocol, the answer of a search, and the checks on what comes in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import gt
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from models_ml.index.facts import Facts, ProductFilter
from models_ml.types import Match, Vectors

UNIT_TOLERANCE = 1e-2
SHORTEST, LONGEST = (1 - UNIT_TOLERANCE) ** 2, (1 + UNIT_TOLERANCE) ** 2

Ids = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class VectorIndexError(ValueError):
    """Vectors, ids or files do not fit an index; the message says which and why."""


class Nearest(NamedTuple):
    """The neighbours of ``n`` vectors, best first; equal scores stand by id, so that a search always answers the same.

    ``scores`` is ``(n, k)`` float32 cosines in [-1, 1]; ``ids`` is ``(n, k)``. Where fewer than ``k`` were found the rest
    of a row is id -1 with score -inf.
    """

    scores: Vectors
    ids: Ids

    def matches(self) -> list[list[Match]]:
        """The same as lists of matches, without the empty places."""
        return [
            [Match(key, score, rank) for rank, (key, score) in enumerate(zip(keys, row, strict=True), 1) if key >= 0]
            for keys, row in zip(self.ids.tolist(), self.scores.tolist(), strict=True)
        ]


class VectorIndex(Protocol):
    """What an engine must do. Another one (Milvus, a remote service) takes the place of ours by these four."""

    def add(self, ids: Sequence[int] | Ids, vectors: Vectors, facts: Facts | None = None) -> None:
        """Store ``(n, dim)`` vectors under ``n`` ids that are not there yet, with what filters ask for."""

    def remove(self, ids: Sequence[int] | Ids) -> int:
        """Forget these ids; unknown ones are passed over. Returns how many were there."""

    def search(self, vectors: Vectors, k: int, where: ProductFilter | None = None) -> Nearest:
        """For each vector its ``k`` nearest that pass the filter; all that pass, where they are fewer."""

    def save(self, path: Path) -> None:
        """Write the file ``path``, whole or not at all."""


def best_first(scores: Vectors, ids: Ids, k: int) -> Nearest:
    """The best ``k`` of every row of ``(n, m)`` scores and ids; ids of -1 are empty places. Pads to ``k`` columns."""
    scores = np.where(ids < 0, -np.inf, np.clip(scores, -1.0, 1.0)).astype(np.float32)
    order = np.lexsort((ids, -scores), axis=1)[:, :k]
    scores, ids = np.take_along_axis(scores, order, 1), np.take_along_axis(ids, order, 1)
    if (missing := k - ids.shape[1]) > 0:
        scores = np.pad(scores, ((0, 0), (0, missing)), constant_values=-np.inf)
        ids = np.pad(ids, ((0, 0), (0, missing)), constant_values=-1)
    return Nearest(scores, ids)


def in_order(scores: Vectors, places: Ids) -> bool:
    """Whether an answer of FAISS, ``(n, k)`` each, needs no second look: cosines, best first, without equals or empty places
    (of which one would stand last)."""
    if len(places) == 1:
        row = scores[0].tolist()
        return bool(places[0, -1] >= 0 and row[0] <= 1 and row[-1] >= -1 and all(map(gt, row, row[1:])))
    full, cosines = places[:, -1].min() >= 0, scores[:, 0].max() <= 1 and scores[:, -1].min() >= -1
    return bool(full and cosines and (scores[:, 1:] < scores[:, :-1]).all())


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
    # A search for one vector takes less time than numpy's reductions over one row.
    if len(rows) == 1 and SHORTEST < np.vdot(rows, rows) < LONGEST:
        return rows
    squares = np.einsum("ij,ij->i", rows, rows)
    # Written so that a NaN fails the test as well.
    if len(rows) and not (squares.min() > SHORTEST and squares.max() < LONGEST):
        good = (squares > SHORTEST) & (squares < LONGEST)
        raise VectorIndexError(f"vector {int(good.argmin())} is not of unit length; embed it again")
    return rows


def checked_ids(ids: Sequence[int] | Ids) -> Ids:
    """Whole numbers from 0 on as int64, or :class:`VectorIndexError`."""
    keys = np.asarray(ids).reshape(-1)
    if keys.size and (keys.dtype.kind not in "iu" or int(keys.min()) < 0):
        raise VectorIndexError(f"ids must be whole numbers from 0 on, got {list(ids)[:3]}")
    return keys.astype(np.int64)


def checked_k(k: int) -> int:
    """At least one neighbour, or :class:`VectorIndexError`."""
    if k < 1:
        raise VectorIndexError(f"ask for at least one neighbour, got k={k}")
    return k
