"""Sign-bit codes: a vector of ``dim`` floats in ``dim / 8`` bytes, searched by Hamming distance and scored again by floats.

The sign of each coordinate keeps the angle (Charikar, *Similarity estimation techniques from rounding algorithms*, 2002):
two bits of unit vectors at angle t differ with probability t / pi. The floats may stay on disk: only those of the short
list are read.
"""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from models_ml.index.ground import Nearest, VectorIndexError, best_first, checked_k, checked_vectors
from models_ml.types import Vectors

Codes = npt.NDArray[np.uint8]
"""``(n, ceil(dim / 8))``: a bit a coordinate, 1 where it is not negative, the first in the lowest bit."""
SHORTLIST = 200


def sign_codes(vectors: npt.NDArray[np.floating]) -> Codes:
    """The codes of ``(n, dim)`` vectors; the last byte is filled up with zeros."""
    return np.packbits(np.asarray(vectors) >= 0, axis=1, bitorder="little")


class CodedVectors:
    """``(n, dim)`` unit vectors behind their codes. ``vectors`` may be a memory map; it is read when it is coded and,
    row by row, when a short list is scored."""

    def __init__(self, vectors: Vectors, *, codes: Codes | None = None) -> None:
        if vectors.ndim != 2 or vectors.shape[1] < 1:
            raise VectorIndexError(f"vectors of shape {vectors.shape} cannot be coded; give (n, dim)")
        self.dim, self._vectors = int(vectors.shape[1]), vectors
        self.codes: Codes = sign_codes(checked_vectors(vectors, self.dim)) if codes is None else codes
        if self.codes.shape != (len(vectors), -(-self.dim // 8)):
            raise VectorIndexError(f"codes of shape {self.codes.shape} do not belong to vectors of {vectors.shape}")
        self._index: Any = faiss.IndexBinaryFlat(8 * self.codes.shape[1])
        self._index.add(np.ascontiguousarray(self.codes))

    def __len__(self) -> int:
        return len(self._vectors)

    def hamming(self, vectors: Vectors, k: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """``(n, k)`` numbers of differing bits and positions of the nearest codes; ``k`` is cut to what there is."""
        asked = sign_codes(checked_vectors(vectors, self.dim))
        distances, places = self._index.search(asked, min(checked_k(k), len(self)))
        return distances, places

    def search(self, vectors: Vectors, k: int, *, shortlist: int = SHORTLIST) -> Nearest:
        """The ``k`` nearest by cosine among the ``shortlist`` nearest codes; ids are positions."""
        rows, k = checked_vectors(vectors, self.dim), checked_k(k)
        if not len(self) or not len(rows):
            return best_first(np.zeros((len(rows), 0), np.float32), np.zeros((len(rows), 0), np.int64), k)
        _, places = self.hamming(rows, max(shortlist, k))
        scores = np.stack([self._vectors[near] @ row for near, row in zip(places, rows, strict=True)])
        return best_first(scores, places, k)
