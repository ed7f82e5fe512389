"""Vectors laid out on a plane, so that a person sees which lie together: principal component analysis. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Plane:
    """``points`` ``(n, 2)`` in [0, 1], with one scale for both axes; ``shares`` of all variance that each axis shows."""

    points: Floats
    shares: tuple[float, float]


def plane_of(vectors: NDArray[np.float32]) -> Plane:
    """The two directions in which ``vectors`` ``(n, dim)`` differ most (Pearson 1901), the first along the page.

    A direction points where its largest component is positive, so that the same vectors make the same picture. Fewer than
    two vectors, or ones that do not differ, stand in the middle.
    """
    count = len(vectors)
    if count < 2:
        return Plane(np.full((count, 2), 0.5), (0.0, 0.0))
    centred = vectors.astype(np.float64) - vectors.mean(0, dtype=np.float64)
    values, axes = np.linalg.eigh(centred.T @ centred)
    first = axes[:, ::-1][:, :2]
    if first.shape[1] < 2:
        first = np.hstack([first, np.zeros_like(first)])
    first = first * np.where(first[np.abs(first).argmax(0), [0, 1]] < 0, -1.0, 1.0)
    flat = centred @ first
    whole = float(values.clip(0).sum())
    reach = float(np.ptp(flat, axis=0).max())
    if whole <= 0 or reach <= 0:
        return Plane(np.full((count, 2), 0.5), (0.0, 0.0))
    points = (flat - (flat.max(0) + flat.min(0)) / 2) / reach + 0.5
    along = [float(value) / whole for value in values[::-1][:2].clip(0)]
    return Plane(points, (along[0], along[1] if len(along) > 1 else 0.0))
