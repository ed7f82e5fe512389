"""Where people are photographed: streets, parks, studios and rooms, each a set of meshes and its light."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from showroom.geometry import loft, rounded_box, sheet
from showroom.shading import Lamp, Lighting
from showroom.surfaces import WALL_COLORS, floor_surface, wall_paint
from showroom.textures import PIXELS, blend, noise
from showroom.types import RGB, Floats, Material, Part

Rng = np.random.Generator
SIZE = (7.0, 6.0, 4.0)
"""Width, depth and height (metres) of the space in which shade is computed."""
KINDS = ("street", "studio", "park", "indoors")
_BRICKS: tuple[tuple[RGB, RGB], ...] = (
    ((0.55, 0.27, 0.20), (0.74, 0.70, 0.65)),
    ((0.67, 0.52, 0.40), (0.80, 0.77, 0.70)),
    ((0.38, 0.36, 0.36), (0.60, 0.59, 0.58)),
    ((0.82, 0.80, 0.76), (0.66, 0.64, 0.60)),
)
_STUDIO: tuple[RGB, ...] = (
    (0.90, 0.90, 0.89),
    (0.75, 0.75, 0.76),
    (0.85, 0.78, 0.70),
    (0.62, 0.68, 0.70),
    (0.80, 0.66, 0.63),
    (0.52, 0.55, 0.46),
    (0.30, 0.31, 0.34),
    (0.86, 0.76, 0.52),
)
_DOORS: tuple[RGB, ...] = (
    (0.14, 0.27, 0.22),
    (0.45, 0.12, 0.12),
    (0.15, 0.2, 0.35),
    (0.2, 0.19, 0.18),
    (0.75, 0.62, 0.3),
)


@dataclass(frozen=True, eq=False)
class Place:
    """A set: its ``kind``, its meshes and its light."""

    kind: str
    parts: tuple[Part, ...]
    lighting: Lighting


def find_place(kind: str, rng: Rng) -> Place:
    """A place of one of ``KINDS`` by chance.

    Raises:
        ValueError: there is no such kind.
    """
    if kind not in _BUILDERS:
        raise ValueError(f"unknown place {kind!r}; use one of {', '.join(_BUILDERS)}")
    parts, lighting = _BUILDERS[kind](rng)
    return Place(kind, tuple(parts), lighting)


def _ground(material: Material, low: float = -9.0) -> list[Part]:
    return _plane((-9.0, low, 0.0), (18.0, 0.0, 0.0), (0.0, 14.0 - low, 0.0), material)


def _wall(y: float, material: Material, height: float = 6.0) -> list[Part]:
    return _plane((-9.0, y, 0.0), (18.0, 0.0, 0.0), (0.0, 0.0, height), material)


def _plane(
    corner: tuple[float, float, float],
    along: tuple[float, float, float],
    up: tuple[float, float, float],
    material: Material,
) -> list[Part]:
    """A rectangle in a few pieces, so that light can change across it."""
    a, b = np.linspace(0.0, 1.0, 9)[None, :, None], np.linspace(0.0, 1.0, 7)[:, None, None]
    return sheet(np.asarray(corner) + a * np.asarray(along) + b * np.asarray(up), material)


def brick(color: RGB, mortar: RGB, seed: int) -> Material:
    """A wall of bricks in running bond, 1 m to a tile."""
    down, across = np.mgrid[0:PIXELS, 0:PIXELS] / PIXELS
    row = np.floor(down * 12)
    place = (across * 4 + 0.5 * (row % 2)) % 4
    shade = np.sin((np.floor(place) * 12.9 + row * 78.2 + seed % 31) * 43.7) * 0.5
    edge = np.minimum(np.minimum(place % 1, 1 - place % 1) / 4, np.minimum(down * 12 % 1, 1 - down * 12 % 1) / 12)
    wall = np.asarray(color) * (1 + 0.22 * shade + 0.05 * noise(40.0, 40.0, seed))[..., None]
    return Material(color, np.clip(blend(wall, mortar, 1.0 * (edge < 0.005)), 0, 1), 1.0, roughness=0.95)


def paving(color: RGB, seed: int, rows: int) -> Material:
    """Slabs or cobbles, ``rows`` to 2 m."""
    down, across = np.mgrid[0:PIXELS, 0:PIXELS] / PIXELS
    row = np.floor(down * rows)
    place = (across * rows + 0.5 * (row % 2)) % rows
    shade = np.sin((np.floor(place) * 31.7 + row * 17.3 + seed % 29) * 12.9)
    edge = np.minimum(np.minimum(place % 1, 1 - place % 1), np.minimum(down * rows % 1, 1 - down * rows % 1))
    stone = np.asarray(color) * (1 + 0.07 * shade + 0.05 * noise(50.0, 50.0, seed, 1.2))[..., None]
    return Material(
        color, np.clip(blend(stone, np.asarray(color) * 0.55, 1.0 * (edge < 0.03)), 0, 1), 2.0, roughness=0.9
    )


def leaves(color: RGB, seed: int, tile: float) -> Material:
    """Grass or foliage."""
    share = 0.5 + 0.25 * noise(30.0, 30.0, seed, 1.3) + 0.2 * noise(4.0, 4.0, seed + 1)
    return Material(color, blend(np.asarray(color) * 0.45, np.asarray(color) * 1.3, share), tile, roughness=1.0)


def _daylight(rng: Rng) -> Lighting:
    """Sun from some side and height, or an overcast sky."""
    azimuth, height, far = rng.uniform(-1.2, 1.2), rng.uniform(0.5, 1.2), 20.0
    strength = float(rng.uniform(0.15, 1.2))
    towards = np.array([np.sin(azimuth) * np.cos(height), -np.cos(azimuth) * np.cos(height), np.sin(height)])
    x, y, z = (float(value) for value in towards * far)
    warm = float(rng.uniform(0.0, 0.12))
    power = tuple(strength * far**2 * value for value in (1.0 + warm, 1.0, 1.0 - warm))
    sky = (0.55, 0.58, 0.63)
    return Lighting(
        sky, (0.30, 0.29, 0.27), (Lamp((x, y, z), (power[0], power[1], power[2])),), background=(1.1, 1.3, 1.6)
    )


def _softboxes(rng: Rng) -> Lighting:
    side = -1.0 if rng.random() < 0.5 else 1.0
    key, fill = float(rng.uniform(3.0, 7.0)), float(rng.uniform(0.8, 2.5))
    lamps = (
        Lamp((side * 2.2, -2.5, 2.6), (key, key, key), 1.0),
        Lamp((-side * 2.5, -2.0, 2.0), (fill, fill, fill), 1.2),
    )
    return Lighting((0.42, 0.42, 0.43), (0.32, 0.32, 0.31), lamps, background=(0.9, 0.9, 0.9))


def _street(rng: Rng) -> tuple[list[Part], Lighting]:
    seed = int(rng.integers(1 << 20))
    tone = float(rng.uniform(0.35, 0.68))
    stones = paving((tone, tone * 0.98, tone * 0.95), seed, int(rng.choice([3, 4, 8, 14])))
    y = float(rng.uniform(1.0, 3.2))
    if rng.random() < 0.55:
        facade = brick(*_BRICKS[int(rng.integers(len(_BRICKS)))], seed)
    else:
        facade = wall_paint(WALL_COLORS[int(rng.integers(len(WALL_COLORS)))], seed)
    parts = _ground(stones) + _wall(y, facade)
    plinth = tuple(float(value) for value in np.asarray(facade.color) * 0.55)
    parts += rounded_box(
        (18.0, 0.06, 0.45), Material((plinth[0], plinth[1], plinth[2]), roughness=0.8), (0.0, y - 0.02, 0.225)
    )
    x = -4.5 + float(rng.uniform(0.0, 1.2))
    while x < 4.5:
        width = float(rng.uniform(0.9, 2.0))
        parts += _opening(x, y, width, rng)
        x += width + float(rng.uniform(0.5, 1.8))
    if rng.random() < 0.4:
        parts += _street_things(rng, y)
    return parts, _daylight(rng)


def _opening(x: float, y: float, width: float, rng: Rng) -> list[Part]:
    """A door or a window in the wall at depth ``y``."""
    frame = Material(_DOORS[int(rng.integers(len(_DOORS)))], roughness=0.5)
    middle = x + width / 2
    if rng.random() < 0.4:
        wide = min(width, 1.1)
        parts = rounded_box((wide, 0.08, 2.2), frame, (middle, y, 1.1))
        for z in (0.6, 1.55):
            panel = Material((frame.color[0] * 0.7, frame.color[1] * 0.7, frame.color[2] * 0.7), roughness=0.5)
            parts += rounded_box((wide * 0.7, 0.1, 0.7), panel, (middle, y, z))
        return parts
    low, high = (0.5, 2.5) if rng.random() < 0.5 else (1.0, 2.4)
    glass = Material((0.20, 0.25, 0.28), metallic=0.25, roughness=0.1)
    parts = rounded_box((width, 0.1, high - low), frame, (middle, y, (low + high) / 2))
    parts += rounded_box((width - 0.16, 0.12, high - low - 0.16), glass, (middle, y, (low + high) / 2))
    return parts + rounded_box((0.05, 0.14, high - low), frame, (middle, y, (low + high) / 2))


def _street_things(rng: Rng, y: float) -> list[Part]:
    side = -1.0 if rng.random() < 0.5 else 1.0
    iron = Material((0.10, 0.11, 0.11), roughness=0.5)
    x, place = side * float(rng.uniform(0.8, 1.8)), y - float(rng.uniform(0.3, 0.7))
    kind = str(rng.choice(["planter", "post", "bench"]))
    if kind == "planter":
        pot = Material((0.6, 0.35, 0.25) if rng.random() < 0.5 else (0.4, 0.4, 0.4), roughness=0.9)
        parts = loft([(0.18, 0.0), (0.25, 0.5)], pot, center=(x, place, 0.0))
        return parts + loft(
            [(0.1, 0.48), (0.34, 0.75), (0.30, 1.05), (0.05, 1.25)],
            leaves((0.24, 0.38, 0.18), 7, 0.6),
            center=(x, place, 0.0),
        )
    if kind == "post":
        return loft([(0.09, 0.0), (0.05, 0.3), (0.04, 5.0)], iron, center=(x, place, 0.0))
    parts = rounded_box((1.5, 0.42, 0.06), Material((0.45, 0.3, 0.18), roughness=0.6), (x, place, 0.45))
    for foot in (-0.6, 0.6):
        parts += rounded_box((0.06, 0.36, 0.45), iron, (x + foot, place, 0.225))
    return parts


def _studio(rng: Rng) -> tuple[list[Part], Lighting]:
    color = _STUDIO[int(rng.integers(len(_STUDIO)))]
    paper = Material(color, roughness=1.0)
    bend = float(rng.uniform(1.2, 2.2))
    profile: Floats = np.concatenate(
        [
            [[-9.0, 0.0]],
            [[bend + 0.9 * np.sin(a), 0.9 - 0.9 * np.cos(a)] for a in np.linspace(0.0, np.pi / 2, 9)],
            [[bend + 0.9, 6.0]],
        ]
    )
    points = np.stack(
        [np.stack([np.full(len(profile), x), profile[:, 0], profile[:, 1]], axis=1) for x in np.linspace(-9, 9, 7)]
    )
    return sheet(points, paper), _softboxes(rng)


def _park(rng: Rng) -> tuple[list[Part], Lighting]:
    seed = int(rng.integers(1 << 20))
    green = (0.30, 0.42, 0.17) if rng.random() < 0.7 else (0.45, 0.43, 0.20)
    path = paving((0.66, 0.60, 0.50), seed, 40) if rng.random() < 0.5 else leaves(green, seed, 1.3)
    y = float(rng.uniform(2.0, 4.5))
    parts = _ground(path) + _wall(
        y, leaves((green[0] * 0.75, green[1] * 0.85, green[2]), seed + 3, 1.8), float(rng.uniform(1.2, 4.0))
    )
    bark = Material((0.30, 0.23, 0.17), roughness=1.0)
    for _ in range(int(rng.integers(1, 5))):
        x, thick = float(rng.uniform(-4.0, 4.0)), float(rng.uniform(0.08, 0.2))
        parts += loft(
            [(thick * 1.4, 0.0), (thick, 0.3), (thick * 0.8, 6.0)],
            bark,
            center=(x, y - float(rng.uniform(0.3, 1.0)), 0.0),
        )
    return parts, _daylight(rng)


def _indoors(rng: Rng) -> tuple[list[Part], Lighting]:
    color = WALL_COLORS[int(rng.integers(len(WALL_COLORS)))]
    y = float(rng.uniform(1.0, 2.5))
    parts = _ground(floor_surface(rng)) + _wall(y, wall_paint(color, int(rng.integers(1 << 20))))
    white = Material((0.92, 0.92, 0.90), roughness=0.5)
    parts += rounded_box((18.0, 0.03, 0.12), white, (0.0, y - 0.01, 0.06))
    if rng.random() < 0.6:
        x = float(rng.uniform(-1.8, 1.8))
        parts += rounded_box((0.95, 0.05, 2.1), white, (x, y - 0.01, 1.05)) + rounded_box(
            (0.7, 0.07, 0.8), Material((0.85, 0.85, 0.83)), (x, y - 0.01, 1.5)
        )
    return parts, _softboxes(rng)


_BUILDERS: dict[str, Callable[[Rng], tuple[list[Part], Lighting]]] = {
    "street": _street,
    "studio": _studio,
    "park": _park,
    "indoors": _indoors,
}
