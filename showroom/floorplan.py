"""A room being furnished: what stands where, which floor and wall is taken, and what may stand on what."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from showroom.products import shape_of
from showroom.projection import rotation_x, rotation_z
from showroom.types import Floats, Placement, ProductSpec, Shape, Shelf

WALL_GAP = 0.012
LEVEL = 0.012


@dataclass(frozen=True)
class Footprint:
    """An oriented rectangle on the floor: centre, width, depth (metres) and turn (radians)."""

    x: float
    y: float
    width: float
    depth: float
    yaw: float = 0.0

    def corners(self) -> Floats:
        """The four corners (4, 2), in order round the rectangle."""
        half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (self.width / 2, self.depth / 2)
        return half @ rotation_z(self.yaw)[:2, :2].T + (self.x, self.y)


def footprints_overlap(a: Footprint, b: Footprint, gap: float = 0.0) -> bool:
    """Whether two rectangles come closer than ``gap`` (separating axis test; touching is no overlap)."""
    first, second = a.corners(), b.corners()
    for yaw in (a.yaw, a.yaw + math.pi / 2, b.yaw, b.yaw + math.pi / 2):
        axis = np.array([math.cos(yaw), math.sin(yaw)])
        p, q = first @ axis, second @ axis
        if p.min() >= q.max() + gap - 1e-9 or q.min() >= p.max() + gap - 1e-9:
            return False
    return True


def surface_height(shape: Shape, x: float, y: float) -> float | None:
    """Height of the topmost surface of ``shape`` above the point (x, y) of its own frame; None where there is none."""
    a, ab, ac, area = _facets(shape)
    dx, dy = x - a[0], y - a[1]
    u = (dx * ac[1] - dy * ac[0]) / area
    v = (ab[0] * dy - ab[1] * dx) / area
    met = np.flatnonzero((u >= 0) & (v >= 0) & (u + v <= 1))
    return float((a[2, met] + u[met] * ab[2, met] + v[met] * ac[2, met]).max()) if met.size else None


@lru_cache(maxsize=512)
def _facets(shape: Shape) -> tuple[Floats, Floats, Floats, Floats]:
    """The faces of a shape that are not upright: a corner and the two edges from it, (3, n), and the area seen from
    above (n,), twice."""
    corners = np.concatenate([part.vertices[part.faces] for part in shape.parts])
    ab, ac = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    level = np.abs(area) > 1e-12
    a, ab, ac = (np.ascontiguousarray(given[level].T) for given in (corners[:, 0], ab, ac))
    return a, ab, ac, area[level]


def seat_of(shape: Shape, x: float = 0.0) -> tuple[float, float] | None:
    """Where a cushion rests on a seat or bed, at ``x`` of its frame: (y of the back rest's front, seat height)."""
    depth = shape.size[1]
    seat = surface_height(shape, x, -0.1 * depth)
    if seat is None:
        return None
    for y in np.linspace(-0.1 * depth, 0.5 * depth, 28):
        height = surface_height(shape, x, float(y))
        if height is None or height > seat + 0.16:
            return float(y), seat
    return 0.48 * depth, seat


class FloorPlan:
    """The furnishing under way. ``stock`` holds what may be used, by category; nothing is picked twice."""

    def __init__(
        self, rng: np.random.Generator, stock: Mapping[str, Sequence[ProductSpec]], size: tuple[float, float, float]
    ) -> None:
        self.rng = rng
        self.size = size
        self.placements: list[Placement] = []
        self.solids: list[Footprint] = []
        self.free_shelves: list[tuple[Placement, Shelf]] = []
        self._stock = {name: [specs[i] for i in rng.permutation(len(specs))] for name, specs in stock.items()}
        self._hung: list[tuple[str, float, float, float, float]] = []
        self._topped: list[tuple[Placement, float, float, float]] = []

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def pick(self, category: str, fits: Callable[[Shape], bool] = lambda shape: True) -> ProductSpec | None:
        """Take a product of ``category`` whose shape ``fits`` out of the stock; None when there is none left."""
        left: list[ProductSpec] = self._stock.get(category, [])
        for index, spec in enumerate(left):
            if fits(shape_of(spec)):
                return left.pop(index)
        return None

    def stand(
        self, spec: ProductSpec | None, x: float, y: float, yaw: float = 0.0, gap: float = 0.03
    ) -> Placement | None:
        """Stand a product on the floor unless its footprint leaves the room or meets another; None when refused."""
        if spec is None:
            return None
        width, depth, _ = shape_of(spec).size
        footprint = Footprint(x, y, width, depth, yaw)
        corners = footprint.corners()
        room_w, room_d, _ = self.size
        if np.abs(corners[:, 0]).max() > room_w / 2 - 0.02 or corners[:, 1].max() > room_d / 2 - 0.015:
            return None
        if any(footprints_overlap(footprint, other, gap) for other in self.solids):
            return None
        self.solids.append(footprint)
        placed = self._put(spec, rotation_z(yaw), (x, y, 0.0))
        self.free_shelves += [(placed, shelf) for shelf in shape_of(spec).shelves]
        return placed

    def lay(self, spec: ProductSpec | None, x: float, y: float, yaw: float = 0.0) -> Placement | None:
        """Lay a rug: furniture may stand on it."""
        return None if spec is None else self._put(spec, rotation_z(yaw), (x, y, 0.0))

    def hang(self, spec: ProductSpec | None, wall: str, along: float, z: float) -> Placement | None:
        """Hang a product on the ``back``, ``left`` or ``right`` wall, centred at ``along`` (x or y) and height ``z``."""
        if spec is None:
            return None
        width, _, height = shape_of(spec).size
        room_w, room_d, room_h = self.size
        limit = room_w / 2 if wall == "back" else room_d / 2
        if abs(along) + width / 2 > limit - 0.1 or z + height / 2 > room_h - 0.12:
            return None
        for other, u, v, w, h in self._hung:
            if other == wall and abs(u - along) < (w + width) / 2 + 0.06 and abs(v - z) < (h + height) / 2 + 0.06:
                return None
        self._hung.append((wall, along, z, width, height))
        if wall == "back":
            return self._put(spec, np.eye(3), (along, room_d / 2 - WALL_GAP, z))
        side = -1 if wall == "left" else 1
        return self._put(spec, rotation_z(-side * math.pi / 2), (side * (room_w / 2 - WALL_GAP), along, z))

    def suspend(self, spec: ProductSpec | None, x: float, y: float) -> Placement | None:
        """Hang a pendant lamp from the ceiling."""
        return None if spec is None else self._put(spec, np.eye(3), (x, y, self.size[2]))

    def top(
        self, spec: ProductSpec | None, base: Placement | None, u: float, v: float, yaw: float = 0.0
    ) -> Placement | None:
        """Stand a small thing on ``base`` at (u, v) of its half width and half depth; None where it would not be level."""
        if spec is None or base is None:
            return None
        shape, below = shape_of(spec), shape_of(base.product)
        x, y = u * below.size[0] / 2, v * below.size[1] / 2
        reach = max(shape.size[:2]) / 2
        if any(placed is base and math.hypot(x - a, y - b) < reach + r for placed, a, b, r in self._topped):
            return None
        spots = [(0.0, 0.0), (0.7, 0.0), (-0.7, 0.0), (0.0, 0.7), (0.0, -0.7)]
        heights = [surface_height(below, x + a * reach, y + b * reach) for a, b in spots]
        known = [height for height in heights if height is not None]
        if len(known) < len(heights) or max(known) - min(known) > LEVEL:
            return None
        self._topped.append((base, x, y, reach))
        turned = base.rotation @ rotation_z(yaw)
        return self._put(spec, turned, base.position + base.rotation @ (x, y, max(known)))

    def lean(self, spec: ProductSpec | None, base: Placement | None, u: float, back: float = 0.0) -> Placement | None:
        """Lean a cushion against the back of a seat or the head of a bed; ``back`` metres in front of it."""
        if spec is None or base is None:
            return None
        shape, below = shape_of(spec), shape_of(base.product)
        x = u * below.size[0] / 2
        seat = seat_of(below, x)
        if seat is None:
            return None
        edge, height = seat
        tilt = self.between(0.22, 0.42)
        y = edge - back - 0.4 * shape.size[1] - 0.75 * shape.size[2] * math.sin(tilt)
        turned = base.rotation @ rotation_z(self.between(-0.22, 0.22)) @ rotation_x(-tilt)
        return self._put(spec, turned, base.position + base.rotation @ (x, y, height - 0.012))

    def shelve(self, spec: ProductSpec, base: Placement, shelf: Shelf, u: float) -> Placement | None:
        """Stand a small thing in a compartment, ``u`` of its free half width off centre; None when it does not fit."""
        width, depth, height = shape_of(spec).size
        if width > shelf.size[0] - 0.02 or depth > shelf.size[1] - 0.01 or height > shelf.size[2] - 0.02:
            return None
        x, y, z = shelf.offset
        offset = np.array([x + u * (shelf.size[0] - width) / 2, y, z - shelf.size[2] / 2 + 0.001])
        return self._put(spec, base.rotation, base.position + base.rotation @ offset)

    def _put(self, spec: ProductSpec, rotation: Floats, position: Sequence[float] | Floats) -> Placement:
        placed = Placement(spec, rotation, np.asarray(position, dtype=np.float64))
        self.placements.append(placed)
        return placed
