"""Potted plants: seven species in stoneware pots."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from showroom.curves import rotation_x, rotation_y, rotation_z, spline
from showroom.geometry import assembled, loft, placed, sheet, tube
from showroom.products.design import Design
from showroom.types import RGB, Floats, Material, Part, Shape

_SOIL = Material(color=(0.16, 0.11, 0.08), roughness=1.0)
_BARK = Material(color=(0.36, 0.27, 0.19), roughness=0.9)


@dataclass(frozen=True)
class _Leaf:
    """Size of a blade in metres, how far it droops and folds, its colour and whether it is lobed."""

    length: float
    width: float
    droop: float
    color: RGB
    lobes: int = 0


_LEAVES: dict[str, _Leaf] = {
    "fiddle-leaf fig": _Leaf(0.24, 0.15, 0.5, (0.16, 0.34, 0.14)),
    "snake plant": _Leaf(0.62, 0.06, 0.06, (0.25, 0.40, 0.24)),
    "palm": _Leaf(0.62, 0.30, 1.0, (0.22, 0.43, 0.17)),
    "olive tree": _Leaf(0.075, 0.018, 0.3, (0.42, 0.49, 0.36)),
    "monstera": _Leaf(0.30, 0.27, 0.7, (0.14, 0.36, 0.17), 4),
    "fern": _Leaf(0.42, 0.11, 1.2, (0.29, 0.49, 0.20)),
    "rubber plant": _Leaf(0.20, 0.10, 0.35, (0.17, 0.25, 0.15)),
}


def plant(design: Design) -> Shape:
    """Plant in its pot: tall ones stand on the floor, small ones on furniture."""
    rng = design.form()
    species = design.traits["species"]
    tall = design.traits["size"] == "tall" and species != "fern"
    height = rng.uniform(1.1, 1.5) if tall else rng.uniform(0.34, 0.5)
    radius = height * rng.uniform(0.12, 0.15) if tall else height * rng.uniform(0.2, 0.26)
    rim = radius * rng.uniform(1.5, 1.9)
    parts = _pot(radius, rim, design.main_material, rng)
    scale = 1.0 if tall else 0.5
    leaf = _LEAVES[species]
    if species == "snake plant":
        parts += _upright_blades(leaf, height - rim, radius, rng)
    elif species in ("palm", "fern"):
        parts += _fronds(leaf, height - rim, rim * 0.95, species == "fern", rng)
    else:
        parts += _tree(leaf, height, rim, scale, species, rng)
    shape = assembled(parts)
    return shape if shape.size[2] > 0.6 else assembled(parts, "top")


def _pot(radius: float, rim: float, glaze: Material, rng: np.random.Generator) -> list[Part]:
    taper = rng.uniform(0.68, 0.95)
    belly = rng.uniform(0.9, 1.06)
    wall = spline([(radius * taper, 0.0), (radius * belly, rim * 0.5), (radius, rim)], 16)
    lip = [(radius * 0.93, rim + 0.001), (radius * 0.9, rim * 0.9)]
    soil = loft([(radius * 0.92, rim * 0.86), (radius * 0.92, rim * 0.9)], _SOIL)
    return loft(np.concatenate([wall, lip]), glaze) + soil


def _blade(leaf: _Leaf, material: Material, columns: int = 5, rows: int = 7) -> list[Part]:
    """A leaf from the origin along +y, face up, drooping at its tip and folded along its middle."""
    along = np.linspace(0.0, 1.0, rows)[:, None]
    across = np.linspace(-1.0, 1.0, columns)[None]
    outline = np.sin(np.pi * along**0.8) ** 0.8 + 0.02
    if leaf.lobes:
        outline = outline * (1 - 0.35 * (np.arange(rows)[:, None] % 2) * (along > 0.2))
    half = leaf.width / 2 * outline
    length = leaf.length
    bend = leaf.droop * along
    x = across * half
    y = np.broadcast_to(length * np.sin(bend) / max(leaf.droop, 1e-6), x.shape)
    z = -length * (1 - np.cos(bend)) / max(leaf.droop, 1e-6) + 0.3 * np.abs(x)
    return sheet(np.stack([x, y, z], axis=-1), material)


def _leaf_materials(color: RGB) -> list[Material]:
    tones = (0.85, 1.0, 1.2)
    return [Material(color=(color[0] * t, color[1] * t, color[2] * t), roughness=0.45, sheen=0.1) for t in tones]


def _aimed(parts: list[Part], scale: float, at: Floats, heading: float, pitch: float, roll: float = 0.0) -> list[Part]:
    """A blade enlarged by ``scale``, turned to its heading (radians from +y), pitched up, its foot at ``at``."""
    sized = [replace(part, vertices=part.vertices * scale) for part in parts]
    return placed(sized, at, rotation_z(heading) @ rotation_x(pitch) @ rotation_y(roll))


def _upright_blades(leaf: _Leaf, height: float, radius: float, rng: np.random.Generator) -> list[Part]:
    parts: list[Part] = []
    tones = _leaf_materials(leaf.color)
    blades = [_blade(leaf, tone, rows=12) for tone in tones]
    base = height * 0.35
    for index in range(16):
        scale = height / leaf.length * rng.uniform(0.6, 1.05)
        heading = index * 2.4 + rng.uniform(-0.3, 0.3)
        spread = radius * rng.uniform(0.1, 0.6)
        foot = np.array([-np.sin(heading) * spread, np.cos(heading) * spread, base * 0.3])
        parts += _aimed(blades[index % 3], scale, foot, heading, np.pi / 2 - rng.uniform(0.04, 0.22))
    return parts


def _fronds(leaf: _Leaf, height: float, base: float, bushy: bool, rng: np.random.Generator) -> list[Part]:
    """Arching stems that carry pairs of narrow leaflets."""
    parts: list[Part] = []
    tones = _leaf_materials(leaf.color)
    for index in range(26 if bushy else 13):
        heading = index * 2.4
        rise = height * rng.uniform(0.5, 1.0)
        reach = height * rng.uniform(0.45, 0.7) * (1.1 if bushy else 0.75)
        out = np.array([-np.sin(heading), np.cos(heading), 0.0])
        up = np.array([0.0, 0.0, 1.0])
        stem = spline(
            [up * base, up * (base + rise * 0.6) + out * reach * 0.3, up * (base + rise * 0.8) + out * reach], 15
        )
        tone = tones[index % 3]
        parts += tube(stem, 0.003, tone, sides=5)
        parts += _leaflets(stem, heading, leaf.width * height * (1.0 if bushy else 0.75), tone)
    return parts


def _leaflets(stem: Floats, heading: float, width: float, material: Material) -> list[Part]:
    parts: list[Part] = []
    blade = _blade(_Leaf(1.0, 0.17, 0.5, material.color), material, columns=3, rows=5)
    for step in range(4, len(stem)):
        share = step / (len(stem) - 1)
        size = width * (0.45 + np.sin(np.pi * share) * 0.8)
        for side in (-1, 1):
            parts += _aimed(blade, size, stem[step], heading + side * 0.95, -0.15)
    return parts


def _tree(leaf: _Leaf, height: float, rim: float, scale: float, species: str, rng: np.random.Generator) -> list[Part]:
    """Stems with leaves all round; the olive tree carries a crown of many small ones."""
    tones = _leaf_materials(leaf.color)
    fine = species == "olive tree"
    parts: list[Part] = []
    stems = 9 if fine else {"monstera": 9, "rubber plant": 3}.get(species, 2)
    for stem_index in range(stems):
        heading = stem_index * 2.4 + rng.uniform(-0.4, 0.4)
        out = np.array([-np.sin(heading), np.cos(heading), 0.0])
        lean = height * rng.uniform(0.12, 0.26) if species in ("monstera", "olive tree") else height * 0.05
        low = rim * 0.85 if not fine else height * 0.5
        start = np.array([0.0, 0.0, low]) + out * 0.01
        tip = np.array([0.0, 0.0, height * rng.uniform(0.78, 0.98)]) + out * lean
        stem = spline([start, (start + tip) / 2 + out * lean * 0.25, tip], 10)
        woody = species != "monstera"
        parts += tube(stem, 0.006 * scale if fine else 0.009 * scale, _BARK if woody else tones[0], sides=7)
        count = {"olive tree": 46, "monstera": 2, "rubber plant": 9}.get(species, 15)
        parts += _leaves_on(stem, leaf, scale, count, tones, rng, species == "monstera")
    if fine:
        trunk = [(0.0, 0.0, rim * 0.85), (0.02 * scale, 0.0, height * 0.35), (0.0, 0.0, height * 0.56)]
        parts += tube(spline(trunk, 12), 0.016 * scale, _BARK)
    return parts


def _leaves_on(
    stem: Floats, leaf: _Leaf, scale: float, count: int, tones: list[Material], rng: np.random.Generator, at_tip: bool
) -> list[Part]:
    parts: list[Part] = []
    blades = [_blade(leaf, tone, columns=5 if leaf.width > 0.05 else 3) for tone in tones]
    for index in range(count):
        share = 1.0 if at_tip else 0.22 + 0.78 * index / max(count - 1, 1)
        spot = stem[min(int(share * (len(stem) - 1)), len(stem) - 1)] + rng.normal(0.0, 0.012 * scale, 3)
        size = scale * rng.uniform(0.75, 1.15)
        pitch = rng.uniform(-0.1, 0.8)
        parts += _aimed(
            blades[index % 3], size, spot, index * 2.4 + rng.uniform(-0.4, 0.4), pitch, rng.uniform(-0.3, 0.3)
        )
    return parts
