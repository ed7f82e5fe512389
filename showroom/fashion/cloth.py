"""Cloth by the metre: weaves, knits and leathers in the colours of a season, plain or patterned.

A texture covers 0.3 m, 256 pixels square, and tiles without a seam. Equal arguments give the same material.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from showroom.patterns import pattern
from showroom.textures import PIXELS, blend, noise, thread_relief
from showroom.types import RGB, Floats, Material

TILE = 0.3
COLORS: dict[str, RGB] = {
    "black": (0.07, 0.07, 0.08),
    "white": (0.93, 0.93, 0.92),
    "ivory": (0.90, 0.87, 0.79),
    "beige": (0.79, 0.70, 0.57),
    "camel": (0.70, 0.50, 0.30),
    "brown": (0.42, 0.27, 0.17),
    "grey": (0.55, 0.56, 0.58),
    "charcoal": (0.24, 0.25, 0.27),
    "navy": (0.10, 0.14, 0.30),
    "cobalt": (0.11, 0.25, 0.66),
    "sky": (0.58, 0.75, 0.89),
    "teal": (0.07, 0.42, 0.45),
    "mint": (0.63, 0.84, 0.73),
    "emerald": (0.05, 0.45, 0.29),
    "olive": (0.38, 0.39, 0.20),
    "mustard": (0.83, 0.61, 0.13),
    "orange": (0.88, 0.42, 0.12),
    "red": (0.74, 0.10, 0.13),
    "burgundy": (0.38, 0.07, 0.15),
    "pink": (0.92, 0.60, 0.68),
    "fuchsia": (0.80, 0.15, 0.47),
    "lilac": (0.70, 0.61, 0.83),
    "purple": (0.36, 0.18, 0.45),
    "rust": (0.62, 0.28, 0.14),
}
DENIMS: dict[str, RGB] = {
    "light blue": (0.56, 0.68, 0.80),
    "mid blue": (0.29, 0.41, 0.58),
    "dark blue": (0.12, 0.17, 0.28),
    "black": (0.10, 0.10, 0.11),
    "ecru": (0.86, 0.82, 0.72),
    "grey": (0.46, 0.47, 0.49),
}
HIDES: dict[str, RGB] = {
    "black": (0.06, 0.06, 0.065),
    "brown": (0.34, 0.20, 0.12),
    "tan": (0.62, 0.40, 0.22),
    "burgundy": (0.34, 0.07, 0.11),
    "white": (0.90, 0.89, 0.87),
    "navy": (0.10, 0.13, 0.25),
    "red": (0.66, 0.09, 0.10),
    "olive": (0.33, 0.33, 0.18),
    "beige": (0.76, 0.67, 0.54),
    "emerald": (0.06, 0.34, 0.24),
}
METALS: dict[str, tuple[RGB, float]] = {
    "gold": ((0.85, 0.65, 0.30), 0.25),
    "silver": ((0.82, 0.83, 0.85), 0.18),
    "gunmetal": ((0.25, 0.25, 0.27), 0.3),
}
SHADES: dict[str, dict[str, RGB]] = {"denim": DENIMS, "leather": HIDES, "suede": HIDES}
"""The colours that a cloth comes in, where they are not those of ``COLORS``."""
CLOTHS = (
    "cotton",
    "linen",
    "denim",
    "wool",
    "knit",
    "ribbed knit",
    "cable knit",
    "satin",
    "corduroy",
    "leather",
    "suede",
    "nylon",
    "straw",
)
PATTERNS = ("plain", "striped", "breton", "checked", "dotted", "floral", "herringbone", "colour-block")


_BOLTS = 4
"""So many different pieces there are of each cloth; weaving one is the dear part of a texture."""


def shades_of(cloth: str) -> dict[str, RGB]:
    """The colours a cloth comes in, by name."""
    return SHADES.get(cloth, COLORS)


def metal(name: str) -> Material:
    """Buckles, buttons and zips of `METALS`."""
    color, roughness = METALS[name]
    return Material(color=color, metallic=1.0, roughness=roughness)


def plain(color: RGB, roughness: float = 0.6) -> Material:
    """One colour without a texture: buttons, soles, skin."""
    return Material(color=color, roughness=roughness)


@lru_cache(maxsize=96)
def cloth(kind: str, design: str, color: RGB, accent: RGB, seed: int = 0) -> Material:
    """Cloth of one of ``CLOTHS`` with one of ``PATTERNS`` in a ``color`` and an ``accent``.

    Raises:
        ValueError: there is no such cloth or pattern.
    """
    if kind not in CLOTHS:
        raise ValueError(f"unknown cloth {kind!r}; use one of {', '.join(CLOTHS)}")
    ground = _printed(design, color, accent, seed)
    relief, contrast = _relief(kind, seed % _BOLTS)
    texture = np.clip(ground * (1 + contrast * relief)[..., None] + 0.012, 0.0, 1.0)
    red, green, blue = (float(value) for value in texture.mean(axis=(0, 1)))
    roughness = {"satin": 0.35, "leather": 0.4, "nylon": 0.42}.get(kind, 0.92)
    sheen = {"satin": 0.8, "suede": 0.8, "wool": 0.5, "corduroy": 0.5}.get(kind, 0.15)
    return Material((red, green, blue), texture, TILE, roughness=roughness, sheen=sheen)


@lru_cache(maxsize=64)
def _relief(kind: str, seed: int) -> tuple[Floats, float]:
    """The light and dark of a cloth's surface, mean 0, and how strongly it shows."""
    down, across = np.mgrid[0:PIXELS, 0:PIXELS] / PIXELS
    cloud = noise(3.0, 3.0, seed)
    if kind == "denim":
        twill = np.sin(2 * np.pi * (across * 40 + down * 40))
        return 0.5 * twill + noise(60.0, 12.0, seed, 1.0) * 0.4 + 0.35 * cloud, 0.12
    if kind in ("knit", "ribbed knit", "cable knit"):
        return _knit(kind, across, down, seed), 0.2
    if kind == "corduroy":
        return np.sin(2 * np.pi * across * 26) + 0.3 * noise(30.0, 30.0, seed), 0.2
    if kind == "satin":
        return 0.6 * cloud, 0.05
    if kind == "nylon":
        ripstop = np.minimum(across * 40 % 1, down * 40 % 1) < 0.15
        return 0.4 * cloud - 0.8 * ripstop, 0.05
    if kind in ("leather", "suede"):
        return 0.6 * noise(24.0, 24.0, seed, 2.0) + 0.35 * cloud, 0.08 if kind == "leather" else 0.06
    if kind == "straw":
        plait = np.sign(np.sin(2 * np.pi * (across * 14 + down * 14)) * np.sin(2 * np.pi * (across * 14 - down * 14)))
        return plait + 0.3 * noise(40.0, 40.0, seed), 0.17
    if kind == "wool":
        return 0.8 * noise(50.0, 50.0, seed, 1.4) + 0.3 * cloud, 0.09
    return 0.6 * thread_relief(60, seed) + 0.3 * cloud, 0.06 if kind == "cotton" else 0.12


def _knit(kind: str, across: Floats, down: Floats, seed: int) -> Floats:
    if kind == "ribbed knit":
        return np.cos(2 * np.pi * across * 18) + 0.3 * np.sin(2 * np.pi * down * 60)
    stitches = np.sin(2 * np.pi * (across * 48 + 0.25 * np.sin(2 * np.pi * down * 48)))
    if kind == "knit":
        return 0.6 * stitches + 0.4 * noise(40.0, 40.0, seed)
    # Two strands that cross, four plaits a tile.
    swing = 0.22 * np.sin(2 * np.pi * down * 5)
    place = across * 4 % 1 - 0.5
    strands = np.maximum(np.exp(-(((place - swing) / 0.12) ** 2)), np.exp(-(((place + swing) / 0.12) ** 2)))
    return np.asarray(1.9 * (strands - strands.mean()) + 0.25 * stitches)


def _printed(design: str, color: RGB, accent: RGB, seed: int) -> Floats:
    """The colours of a pattern, (256, 256, 3)."""
    down, across = np.mgrid[0:PIXELS, 0:PIXELS] / PIXELS
    ground = np.broadcast_to(np.asarray(color), (PIXELS, PIXELS, 3))
    rng = np.random.default_rng([seed, 43])
    if design in ("plain", "colour-block"):
        return np.asarray(ground)
    if design == "striped":
        return blend(ground, accent, 1.0 * (across * int(rng.integers(8, 20)) % 1 < rng.uniform(0.15, 0.5)))
    if design == "breton":
        return blend(ground, accent, 1.0 * (down * int(rng.integers(5, 11)) % 1 < rng.uniform(0.25, 0.5)))
    if design == "checked":
        return _plaid(ground, accent, across, down, rng)
    if design == "dotted":
        return pattern("dotted", (color, accent, accent), 1.0, seed)
    if design == "herringbone":
        zigzag = np.sin(2 * np.pi * (across * 22 + 3.0 * np.abs(down * 6 % 1 - 0.5)))
        return blend(ground, accent, 0.55 * (zigzag > 0.2))
    if design == "floral":
        return _floral(ground, color, accent, across, down, rng)
    raise ValueError(f"unknown pattern {design!r}; use one of {', '.join(PATTERNS)}")


def _plaid(ground: Floats, accent: RGB, across: Floats, down: Floats, rng: np.random.Generator) -> Floats:
    count = int(rng.integers(2, 5))
    share = float(rng.uniform(0.3, 0.5))
    result = blend(ground, accent, 0.55 * (across * count % 1 < share))
    result = blend(result, accent, 0.55 * (down * count % 1 < share))
    light = np.asarray((0.92, 0.9, 0.85)) if np.mean(accent) < 0.45 else np.asarray((0.1, 0.1, 0.12))
    line = (np.abs(across * count % 1 - 0.72) < 0.035) | (np.abs(down * count % 1 - 0.72) < 0.035)
    return blend(result, light, 0.7 * line)


def _floral(ground: Floats, color: RGB, accent: RGB, across: Floats, down: Floats, rng: np.random.Generator) -> Floats:
    leaf = (0.25, 0.38, 0.2) if np.mean(color) > 0.35 else (0.5, 0.6, 0.42)
    result = np.asarray(ground)
    petals, size = int(rng.integers(4, 7)), float(rng.uniform(0.055, 0.10))
    for index in range(int(rng.integers(9, 15))):
        x, y, turn = rng.uniform(0.0, 1.0, 3)
        dx, dy = (across - x + 0.5) % 1 - 0.5, (down - y + 0.5) % 1 - 0.5
        radius, angle = np.hypot(dx, dy), np.arctan2(dy, dx) + turn * 6.3
        tint = accent if index % 3 else tuple(0.5 + 0.5 * value for value in accent)
        stem = (np.abs(radius - size * 1.3) < size * 0.4) & (np.cos(angle) > 0.86)
        result = blend(result, leaf, 1.0 * stem)
        result = blend(result, np.asarray(tint), 1.0 * (radius < size * (0.65 + 0.35 * np.cos(petals * angle))))
        result = blend(result, (0.93, 0.8, 0.3), 1.0 * (radius < size * 0.22))
    return result
