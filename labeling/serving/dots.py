"""Where the dot of each box goes, so that no two lie on top of each other. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

from models_ml.types import Box

SPACING = 0.06
# Nearest to the middle first; fractions of the box's half width and height.
OFFSETS = sorted(((dx / 4, dy / 4) for dx in range(-3, 4) for dy in range(-3, 4)), key=lambda offset: hypot(*offset))


def dot_positions(boxes: Sequence[Box], *, spacing: float = SPACING) -> list[tuple[float, float]]:
    """A point (x, y) in [0, 1] inside each box: its middle, or the nearest free point at least ``spacing`` from other dots.

    Small boxes are placed first, since they have the least room; where a box has no free point, its middle serves.
    """
    placed: dict[int, tuple[float, float]] = {}
    by_size = sorted(
        range(len(boxes)), key=lambda i: (boxes[i].right - boxes[i].left) * (boxes[i].bottom - boxes[i].top)
    )
    for i in by_size:
        left, top, right, bottom = boxes[i]
        x, y, half_width, half_height = (left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2
        points = [(x + dx * half_width, y + dy * half_height) for dx, dy in OFFSETS]
        free = (p for p in points if all(hypot(p[0] - q[0], p[1] - q[1]) >= spacing for q in placed.values()))
        placed[i] = next(free, (x, y))
    return [placed[i] for i in range(len(boxes))]
