"""Where the dot of each box goes, so that no two lie on top of each other. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import hypot

from models_ml.types import Box

SPACING = 0.08
"""Between two dots, in widths of the picture: a dot with its halo on a phone."""
# Nearest to the middle first; fractions of the box's half width and height.
OFFSETS = sorted(((dx / 5, dy / 5) for dx in range(-4, 5) for dy in range(-4, 5)), key=lambda offset: hypot(*offset))

Point = tuple[float, float]


def dot_positions(boxes: Sequence[Box], *, aspect: float = 1.0, spacing: float = SPACING) -> list[Point]:
    """A point (x, y) in [0, 1] inside each box: its middle, or the nearest free point at least ``spacing`` from other dots.

    ``aspect`` is the picture's width by its height. Small boxes are placed first, since they have the least room, whatever
    the order they come in; where a box has no free point, the one farthest from other dots serves.
    """
    placed: dict[int, Point] = {}
    by_size = sorted(range(len(boxes)), key=lambda i: (_area(boxes[i]), boxes[i]))
    for i in by_size:
        others = list(placed.values())
        free = (p for p in _points(boxes[i]) if _room(p, others, aspect) >= spacing)
        point = next(free, None)
        placed[i] = point or max(_points(boxes[i]), key=lambda p: _room(p, others, aspect))
    return [placed[i] for i in range(len(boxes))]


def _points(box: Box) -> Iterator[Point]:
    left, top, right, bottom = box
    x, y, half_width, half_height = (left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2
    return ((x + dx * half_width, y + dy * half_height) for dx, dy in OFFSETS)


def _room(point: Point, others: Sequence[Point], aspect: float) -> float:
    """How far the nearest other dot is, in widths of the picture."""
    return min((hypot(point[0] - x, (point[1] - y) / aspect) for x, y in others), default=float("inf"))


def _area(box: Box) -> float:
    return (box.right - box.left) * (box.bottom - box.top)
