"""What surrounds the furniture: floor, ceiling, walls with a window, curtains, and books for empty shelves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product

import numpy as np

from showroom.geometry import merged, placed, rounded_box, sheet, tube
from showroom.projection import rotation_z
from showroom.surfaces import WALL_COLORS, floor_surface, wall_paint
from showroom.textures import COLORS, fabric, metal, paint
from showroom.types import RGB, Floats, Ints, Material, Part, Placement, Shelf

Size = tuple[float, float, float]
Window = tuple[int, float, float, float, float]

BEHIND = 2.6  # metres of side wall, floor and ceiling behind y = -depth / 2, where cameras stand
TRIM = Material(color=(0.93, 0.93, 0.91), roughness=0.5)
CEILING = Material(color=(0.95, 0.95, 0.94), roughness=0.95)
CURTAINS = ("ivory", "cream", "oatmeal", "silver", "sage", "denim", "blush", "charcoal")


def draw_window(rng: np.random.Generator, size: Size, side: int) -> Window:
    """A window in the wall of ``side``: ``(side, y0, y1, z0, z1)``."""
    low, high = float(rng.uniform(-1.0, -0.4)), float(rng.uniform(0.7, 1.3))
    return side, low, high, float(rng.uniform(0.3, 0.9)), size[2] - float(rng.uniform(0.2, 0.4))


def build_shell(rng: np.random.Generator, size: Size, window: Window) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """The room's shell, and the curtains if it has some. The side of the camera stays open."""
    width, depth, height = size
    color = WALL_COLORS[int(rng.integers(len(WALL_COLORS)))]
    accent = WALL_COLORS[int(rng.integers(len(WALL_COLORS)))] if rng.random() < 0.35 else color
    side_paint, back_paint = (
        wall_paint(color, int(rng.integers(1 << 30))),
        wall_paint(accent, int(rng.integers(1 << 30))),
    )
    length, middle = depth + BEHIND, -BEHIND / 2
    plain = -window[0]
    parts = [
        *_slab((width + 1, length + 0.4, 0.1), floor_surface(rng), (0, middle + 0.2, -0.05)),
        *_slab((width + 1, length + 0.4, 0.1), CEILING, (0, middle + 0.2, height + 0.05)),
        *_slab((width + 0.4, 0.2, height), back_paint, (0, depth / 2 + 0.1, height / 2)),
        *_slab((0.2, length, height), side_paint, (plain * (width / 2 + 0.1), middle, height / 2)),
        *_slab((width, 0.018, 0.1), TRIM, (0, depth / 2 - 0.009, 0.05)),
        *_slab((0.018, length, 0.1), TRIM, (plain * (width / 2 - 0.009), middle, 0.05)),
        *_window_wall(size, window, side_paint),
        *_back_relief(rng, size, back_paint, accent),
    ]
    curtains = _curtains(rng, size, window) if rng.random() < 0.65 else []
    return tuple(merged(parts)), tuple(merged(curtains))


def _slab(size: Size, material: Material, center: Size) -> list[Part]:
    """A sharp box: one flat sheet a side, because normals shared round an edge would shade large walls unevenly."""
    signs, normals, spans, faces = _box()
    extent = np.asarray(size, np.float64)
    return [Part(signs * (extent / 2) + center, normals, spans @ extent, faces, material)]


@cache
def _box() -> tuple[Floats, Floats, Floats, Ints]:
    """The 24 corners of a box of six sheets: their signs (24, 3) and normals (24, 3), the extents (24, 2, 3) that their
    two uv coordinates span, and the faces (12, 3)."""
    signs, normals, spans = np.empty((24, 3)), np.zeros((24, 3)), np.zeros((24, 2, 3))
    corner = 0
    for axis in range(3):
        first, second = (axis + 1) % 3, (axis + 2) % 3
        for sign in (-1, 1):
            for along, across in product((0, 1), (0, 1)):
                signs[corner, [first, second, axis]] = sign * (2 * across - 1), 2 * along - 1, sign
                normals[corner, axis] = sign
                spans[corner, 0, first], spans[corner, 1, second] = across, along
                corner += 1
    quads = 4 * np.arange(6, dtype=np.int64)[:, None, None] + np.array([[0, 1, 3], [0, 3, 2]])
    return signs, normals, spans, quads.reshape(-1, 3)


def _window_wall(size: Size, window: Window, material: Material) -> list[Part]:
    width, depth, height = size
    side, y0, y1, z0, z1 = window
    front = -depth / 2 - BEHIND
    wall, frame = side * (width / 2 + 0.1), side * (width / 2 + 0.06)
    parts: list[Part] = []
    for a, b, low, high in (
        (y1, depth / 2, 0.0, height),
        (front, y0, 0.0, height),
        (y0, y1, 0.0, z0),
        (y0, y1, z1, height),
    ):
        parts += _slab((0.2, b - a, high - low), material, (wall, (a + b) / 2, (low + high) / 2))
    middle, span = (y0 + y1) / 2, y1 - y0
    for y in (y0 + 0.02, y1 - 0.02, middle):
        parts += _slab((0.06, 0.05, z1 - z0), TRIM, (frame, y, (z0 + z1) / 2))
    for z in (z0 + 0.02, z1 - 0.02, z0 + 0.62 * (z1 - z0)):
        parts += _slab((0.055, span, 0.045), TRIM, (frame, middle, z))
    parts += _slab((0.26, span + 0.16, 0.03), TRIM, (side * (width / 2 + 0.03), middle, z0 - 0.03))
    return parts


def _back_relief(rng: np.random.Generator, size: Size, back: Material, color: RGB) -> list[Part]:
    width, depth, height = size
    style = str(rng.choice(("plain", "plain", "battens", "dado", "dado")))
    parts: list[Part] = []
    if style == "battens":
        for x in np.arange(-width / 2 + 0.2, width / 2, 0.42):
            parts += _slab((0.035, 0.016, height), back, (float(x), depth / 2 - 0.006, height / 2))
    if style == "dado":
        darker = (color[0] * 0.82, color[1] * 0.82, color[2] * 0.82)
        parts += _slab((width, 0.012, 1.0), Material(color=darker, roughness=0.6), (0, depth / 2 - 0.004, 0.5))
        parts += rounded_box((width, 0.03, 0.045), TRIM, (0, depth / 2 - 0.014, 1.02), radius=0.006)
    return parts


def _curtains(rng: np.random.Generator, size: Size, window: Window) -> list[Part]:
    side, y0, y1, _, z1 = window
    x = side * (size[0] / 2 - 0.09)
    cloth = fabric("linen", COLORS[str(rng.choice(CURTAINS))], 5)
    parts: list[Part] = []
    folds, drops = np.linspace(0, 0.46, 70), np.linspace(0, 1, 8)
    for end, edge in ((1, y1 + 0.27), (-1, y0 - 0.27)):
        drop, fold = np.meshgrid(drops, folds, indexing="ij")
        wave = 0.03 * np.sin(fold * 70 + np.sin(fold * 9)) * (1 - 0.4 * drop)
        across = edge + end * (fold - 0.23) * (0.8 + 0.2 * drop)
        parts += sheet(np.stack([x + wave, across, z1 + 0.14 - drop * (z1 + 0.12)], axis=-1), cloth)
    rod = metal(str(rng.choice(("black steel", "brass"))))
    return parts + tube([(x, y0 - 0.6, z1 + 0.15), (x, y1 + 0.6, z1 + 0.15)], 0.012, rod)


def books_for(rng: np.random.Generator, shelves: Sequence[tuple[Placement, Shelf]]) -> tuple[Part, ...]:
    """Rows of books in some of the free compartments."""
    parts: list[Part] = []
    for base, shelf in shelves:
        if rng.random() < 0.7 and shelf.size[2] > 0.2 and shelf.size[1] > 0.15:
            bottom = np.asarray(shelf.offset) - (0, 0, shelf.size[2] / 2 - 0.001)
            row = _book_row(rng, shelf.size)
            parts += placed(placed(row, bottom), base.position, base.rotation)
    return tuple(merged(parts))


def _book_row(rng: np.random.Generator, size: Size) -> list[Part]:
    width, depth, height = size
    names = tuple(COLORS)
    parts: list[Part] = []
    x, end = -width / 2 + 0.01, width * float(rng.uniform(-0.1, 0.45))
    while x < end:
        thick = float(rng.uniform(0.014, 0.045))
        tall, deep = (
            min(height - 0.03, float(rng.uniform(0.17, 0.27))),
            min(depth - 0.03, float(rng.uniform(0.13, 0.2))),
        )
        cover = paint(str(rng.choice(names)), 0.7)
        lean = rotation_z(float(rng.uniform(-0.03, 0.03)))
        parts += rounded_box((thick, deep, tall), cover, (x + thick / 2, 0.0, tall / 2), radius=0.002, rotation=lean)
        x += thick + 0.001
    return parts
