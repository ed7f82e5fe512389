"""The dataclasses that cross the line between the models and the rest of the house. Free of torch.

A box is ``(left, top, right, bottom)``, normalised to [0, 1], origin at the top left, ``left < right`` and ``top < bottom``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
"""``(n, dim)`` embeddings, each of unit length."""


class Box(NamedTuple):
    """A rectangle in image fractions."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Detection:
    """One object found in a scene: where, of which detector class, how surely (``score`` in [0, 1])."""

    box: Box
    category: str
    score: float


@dataclass(frozen=True, slots=True)
class Match:
    """One product of the index near a crop: ``score`` is the cosine similarity in [-1, 1], ``rank`` starts at 1."""

    product_id: int
    score: float
    rank: int
