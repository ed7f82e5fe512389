"""Flat designs on the unit square: patterns of rugs and cushions, and the compositions of wall art.

Every design is ``(256, 256, 3)`` sRGB in [0, 1]; row 0 is the top edge (v = 1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from showroom.textures import PIXELS, blend, noise, thread_relief
from showroom.types import RGB, Floats, Material

Rng = np.random.Generator


def _unit_square() -> tuple[Floats, Floats]:
    down, x = (np.mgrid[0:PIXELS, 0:PIXELS] + 0.5) / PIXELS
    return x, 1.0 - down


def _triangle(values: Floats) -> Floats:
    """Triangle wave of period 1 between 0 and 1."""
    result: Floats = np.abs(values % 1 - 0.5) * 2
    return result


def pattern(kind: str, colors: Sequence[RGB], aspect: float, seed: int) -> Floats:
    """A repeating or bordered design in up to three colours; ``aspect`` is width / height of what it covers.

    Raises:
        ValueError: there is no such kind.
    """
    rng = np.random.default_rng(seed)
    ground = np.broadcast_to(np.asarray(colors[0]), (PIXELS, PIXELS, 3))
    if kind == "plain":
        return blend(colors[0], np.asarray(colors[0]) * 0.85, 0.5 + 0.3 * noise(4.0, 4.0, seed))
    if kind == "abstract":
        return _abstract(ground, colors, rng)
    if kind == "bordered":
        return _bordered(ground, colors, aspect, rng)
    if kind == "medallion":
        return _medallion(ground, colors, aspect, rng)
    makers = {"striped": _striped, "checked": _checked, "chevron": _chevron, "diamond": _diamond}
    makers |= {"moroccan": _moroccan, "dotted": _dotted}
    if kind not in makers:
        raise ValueError(f"unknown pattern {kind!r}; use plain, abstract, bordered, medallion, {', '.join(makers)}")
    return makers[kind](ground, colors, aspect, rng)


def _striped(ground: Floats, colors: Sequence[RGB], aspect: float, rng: Rng) -> Floats:
    x, y = _unit_square()
    along = x if rng.random() < 0.5 else y
    count, share = int(rng.integers(5, 13)), rng.uniform(0.3, 0.6)
    wide = blend(ground, colors[1], 1.0 * (along * count % 1 < share))
    return blend(wide, colors[2], 1.0 * (np.abs(along * count % 1 - share / 2) < 0.05))


def _checked(ground: Floats, colors: Sequence[RGB], aspect: float, rng: Rng) -> Floats:
    x, y = _unit_square()
    count = int(rng.integers(4, 8))
    columns, rows = round(count * aspect), count
    once = blend(ground, colors[1], 0.5 * (x * columns % 1 < 0.5))
    return blend(once, colors[1], 0.5 * (y * rows % 1 < 0.5))


def _chevron(ground: Floats, colors: Sequence[RGB], aspect: float, rng: Rng) -> Floats:
    x, y = _unit_square()
    count = int(rng.integers(4, 9))
    zigzag = y * count + 0.6 * _triangle(x * round(count * aspect * 0.7))
    return blend(ground, colors[1], 1.0 * (zigzag % 1 < rng.uniform(0.3, 0.55)))


def _diamond(ground: Floats, colors: Sequence[RGB], aspect: float, rng: Rng) -> Floats:
    x, y = _unit_square()
    count = int(rng.integers(3, 7))
    distance = _triangle(x * round(count * aspect)) + _triangle(y * count)
    lines = blend(ground, colors[1], 1.0 * (np.abs(distance - 1) < rng.uniform(0.1, 0.25)))
    return blend(lines, colors[2], 1.0 * (distance < rng.uniform(0.2, 0.4)))


def _moroccan(ground: Floats, colors: Sequence[RGB], aspect: float, rng: Rng) -> Floats:
    x, y = _unit_square()
    count = int(rng.integers(3, 6))
    tilt = 0.03 * noise(2.0, 2.0, int(rng.integers(1 << 30)))
    rising = _triangle(x * count * aspect + y * count + tilt)
    falling = _triangle(x * count * aspect - y * count + tilt)
    return blend(ground, colors[1], 1.0 * (np.minimum(rising, falling) < rng.uniform(0.08, 0.16)))


def _dotted(ground: Floats, colors: Sequence[RGB], aspect: float, rng: Rng) -> Floats:
    x, y = _unit_square()
    count, radius = int(rng.integers(4, 10)), rng.uniform(0.18, 0.38)
    columns = round(count * aspect)
    shifted = x * columns + 0.5 * (np.floor(y * count) % 2)
    return blend(ground, colors[1], 1.0 * (np.hypot(shifted % 1 - 0.5, y * count % 1 - 0.5) < radius))


def _abstract(ground: Floats, colors: Sequence[RGB], rng: Rng) -> Floats:
    result = ground
    for layer in range(int(rng.integers(3, 6))):
        field = noise(1.6, 1.6, int(rng.integers(1 << 30)), 2.4)
        result = blend(result, colors[1 + layer % (len(colors) - 1)], (field - rng.uniform(0.3, 1.0)) * 12)
    return result


def _edge_distance(aspect: float) -> Floats:
    x, y = _unit_square()
    result: Floats = np.minimum(np.minimum(x, 1 - x) * aspect, np.minimum(y, 1 - y))
    return result


def _bordered(ground: Floats, colors: Sequence[RGB], aspect: float, rng: Rng) -> Floats:
    edge = _edge_distance(aspect)
    wide = blend(ground, colors[1], 1.0 * (edge < rng.uniform(0.08, 0.16)))
    return blend(wide, colors[2], 1.0 * (np.abs(edge - rng.uniform(0.16, 0.22)) < 0.012))


def _medallion(ground: Floats, colors: Sequence[RGB], aspect: float, rng: Rng) -> Floats:
    x, y = _unit_square()
    radius, angle = np.hypot(x - 0.5, y - 0.5), np.arctan2(y - 0.5, x - 0.5)
    petals = int(rng.integers(4, 9)) * 2
    waves = np.sin((radius + 0.05 * np.cos(petals * angle)) * 2 * np.pi * rng.integers(5, 10))
    field = blend(ground, colors[1], 6 * (waves - 0.1))
    field = blend(field, colors[2], 1.0 * (np.sin(angle * petals + radius * 50) * np.cos(radius * 60) > 0.75))
    edge = _edge_distance(aspect)
    field = blend(field, colors[0], 1.0 * (edge < 0.14))
    field = blend(field, colors[2], 1.0 * (np.abs(edge - 0.11) < 0.012))
    motif = (np.abs(edge - 0.055) < 0.028) & (np.sin(60 * x * aspect) * np.sin(60 * y) > 0.05)
    return blend(field, colors[1], 1.0 * motif)


def woven(design: Floats, seed: int, threads: int = 90) -> Material:
    """The design woven or printed on cloth that is covered by it once."""
    relief = thread_relief(threads, seed)
    shade = 1 + 0.07 * relief[..., None] + 0.05 * noise(5.0, 5.0, seed + 2)[..., None]
    texture = np.clip(design * shade, 0.0, 1.0)
    red, green, blue = (float(value) for value in texture.mean(axis=(0, 1)))
    return Material((red, green, blue), texture, unit_uv=True, height=relief, bump=0.0012, roughness=0.95, sheen=0.2)


def artwork(motif: str, colors: Sequence[RGB], aspect: float, seed: int) -> Floats:
    """An abstract composition in four colours (the first is the ground).

    Raises:
        ValueError: there is no such motif.
    """
    makers: dict[str, Callable[[Sequence[RGB], float, Rng], Floats]] = {
        "shapes": _shapes,
        "landscape": _landscape,
        "brushwork": _brushwork,
        "line": _lines,
        "colour-field": _color_field,
        "grid": _color_grid,
        "arches": _arches,
    }
    if motif not in makers:
        raise ValueError(f"unknown motif {motif!r}; use one of {', '.join(makers)}")
    painted = makers[motif](colors, aspect, np.random.default_rng(seed))
    grain = 1 + 0.025 * noise(60.0, 60.0, seed + 1, 1.0)[..., None]
    result: Floats = np.clip(painted * grain, 0.0, 1.0)
    return result


def _ground(color: RGB) -> Floats:
    return np.broadcast_to(np.asarray(color), (PIXELS, PIXELS, 3))


def _shapes(colors: Sequence[RGB], aspect: float, rng: Rng) -> Floats:
    x, y = _unit_square()
    result = _ground(colors[0])
    for layer in range(int(rng.integers(4, 8))):
        dx, dy = (x - rng.uniform(0.2, 0.8)) * aspect, y - rng.uniform(0.2, 0.8)
        turn, size = rng.uniform(0.0, 6.3), rng.uniform(0.08, 0.26)
        u, v = dx * np.cos(turn) + dy * np.sin(turn), dy * np.cos(turn) - dx * np.sin(turn)
        radius = np.hypot(u, v)
        outlines = (
            radius - size,
            np.maximum(radius - size, -v),
            np.maximum(np.abs(u), 2.5 * np.abs(v)) - size,
            np.abs(radius - size) - 0.012,
        )
        inside = outlines[int(rng.integers(len(outlines)))] < 0
        result = blend(result, colors[1 + layer % 3], 1.0 * inside)
    return result


def _landscape(colors: Sequence[RGB], aspect: float, rng: Rng) -> Floats:
    x, y = _unit_square()
    haze = np.asarray(colors[0]) * 0.5 + 0.5
    result = blend(haze, colors[0], y)
    sun = np.hypot((x - rng.uniform(0.25, 0.75)) * aspect, y - rng.uniform(0.6, 0.8)) < rng.uniform(0.07, 0.13)
    result = blend(result, colors[2], 1.0 * sun)
    hills = int(rng.integers(3, 6))
    for hill in range(hills):
        height = 0.55 * (1 - hill / hills) + 0.06 * noise(1.6, 1.0, int(rng.integers(1 << 30)), 2.0)[0]
        share = hill / max(hills - 1, 1)
        color = np.asarray(colors[1]) * share + np.asarray(colors[3]) * (1 - share)
        result = blend(result, color, 1.0 * (y < height[None]))
    return result


def _brushwork(colors: Sequence[RGB], aspect: float, rng: Rng) -> Floats:
    result = _ground(colors[0])
    for layer in range(3):
        field = noise(1.5, 4.0, int(rng.integers(1 << 30)), 1.6)
        result = blend(result, colors[1 + layer], 4 * (field - rng.uniform(0.3, 0.9)))
    return result


def _lines(colors: Sequence[RGB], aspect: float, rng: Rng) -> Floats:
    x, y = _unit_square()
    result = _ground(colors[0])
    for line in range(int(rng.integers(6, 14))):
        height = rng.uniform(0.1, 0.9) + rng.uniform(0.04, 0.14) * np.sin(x * rng.uniform(3, 14) + rng.uniform(0, 6))
        result = blend(result, colors[1 + line % 3], 1.0 * (np.abs(y - height) < rng.uniform(0.004, 0.02)))
    return result


def _color_field(colors: Sequence[RGB], aspect: float, rng: Rng) -> Floats:
    x, y = _unit_square()
    result = _ground(colors[0])
    low = 0.08
    for band, high in enumerate([*np.sort(rng.uniform(0.25, 0.75, 2)).tolist(), 0.92]):
        soft = 0.01 * noise(3.0, 3.0, int(rng.integers(1 << 30)))
        inside = np.minimum(np.minimum(x - 0.1, 0.9 - x), np.minimum(y - low, high - y)) + soft
        result = blend(result, colors[1 + band], inside * 40)
        low = high + 0.03
    return result


def _color_grid(colors: Sequence[RGB], aspect: float, rng: Rng) -> Floats:
    x, y = _unit_square()
    columns, rows = int(rng.integers(3, 7)), int(rng.integers(3, 7))
    column, row = (x * columns).astype(np.int64), (y * rows).astype(np.int64)
    choice = rng.integers(0, 4, (rows, columns))[row, column]
    result: Floats = np.asarray(colors[:4])[choice]
    quarter = rng.integers(0, 2, (rows, columns))[row, column] == 1
    arc = np.hypot(x * columns % 1, y * rows % 1) < 0.95
    return blend(result, np.asarray(colors[:4])[(choice + 1) % 4], 1.0 * (quarter & arc))


def _arches(colors: Sequence[RGB], aspect: float, rng: Rng) -> Floats:
    x, y = _unit_square()
    result = _ground(colors[0])
    for _ in range(int(rng.integers(2, 4))):
        center, foot = rng.uniform(0.25, 0.75), rng.uniform(0.08, 0.4)
        size, rings = rng.uniform(0.22, 0.4), int(rng.integers(3, 6))
        spring = foot + rng.uniform(0.1, 0.3)
        distance = np.where(y > spring, np.hypot((x - center) * aspect, y - spring), np.abs(x - center) * aspect)
        for ring in range(rings, 0, -1):
            inside = (distance < size * ring / rings) & (y > foot)
            result = blend(result, colors[ring % 4], 1.0 * inside)
    return result
