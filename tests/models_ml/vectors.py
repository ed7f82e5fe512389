"""Vectors for the index's tests, and the naive loops their answers are held against."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models_ml.index import Nearest
from models_ml.types import Vectors

DIM = 12


def unit(n: int, seed: int = 0, dim: int = DIM) -> Vectors:
    """``n`` directions, evenly spread."""
    rows = np.random.default_rng(seed).normal(size=(n, dim))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def families(n: int, seed: int = 0, dim: int = DIM, members: int = 8) -> Vectors:
    """``n`` directions in families of near-duplicates."""
    heads = unit(-(-n // members), seed, dim)
    rows = np.repeat(heads, members, axis=0)[:n] + 0.3 * unit(n, seed + 1, dim)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def brute(held: Mapping[int, Vectors], query: Vectors, k: int) -> list[int]:
    """The ids of the ``k`` nearest, by a loop over everything."""
    asked = query.tolist()
    near = {key: sum(a * b for a, b in zip(row.tolist(), asked, strict=True)) for key, row in held.items()}
    return sorted(near, key=lambda key: (-near[key], key))[:k]


def found(answer: Nearest) -> list[list[int]]:
    """The ids of each row, without the empty places."""
    return [[int(key) for key in row if key >= 0] for row in answer.ids]
