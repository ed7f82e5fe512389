"""Rugs and cushions."""

from __future__ import annotations

import numpy as np

from showroom import textures
from showroom.curves import circle, rounded_rectangle
from showroom.geometry import assembled, loft, pillow, rounded_box, sheet, tube
from showroom.patterns import pattern, woven
from showroom.products.design import Design
from showroom.types import RGB, Floats, Material, Part, Shape

_PILE = 0.012


def _pattern_colors(design: Design) -> tuple[RGB, RGB, RGB]:
    main, accent = design.colors
    light = textures.COLORS["ivory"] if sum(main) < 2.1 else textures.COLORS["charcoal"]
    return main, accent, light


def rug(design: Design) -> Shape:
    """Flat rug, 12 mm thick, rectangular or round."""
    rng = design.form()
    disc = design.traits["form"] == "round"
    width, depth = rng.uniform(2.1, 2.9), rng.uniform(1.4, 2.0)
    if disc:
        width = depth = rng.uniform(1.6, 2.1)
    design_map = pattern(design.traits["pattern"], _pattern_colors(design), width / depth, design.seed % 9973)
    cloth = woven(design_map, design.seed % 89, threads=110)
    outline = circle(width / 2, 72) if disc else rounded_rectangle(width / 2, depth / 2, 0.015, 2)
    binding = textures.fabric("weave", design.colors[1], 4)
    parts = _rug_top(outline, width, depth, cloth) + loft(
        [(1.0, 0.0), (1.0, 0.006), (0.998, _PILE - 0.001)], binding, outline
    )
    if design.traits["edge"] == "fringed" and not disc:
        parts += _fringe(width, depth)
    return assembled(parts)


def _rug_top(outline: Floats, width: float, depth: float, cloth: Material) -> list[Part]:
    scale = np.array([0.0, 0.998])[:, None, None]
    rings = (outline[None] * scale)[::-1]
    points = np.concatenate([rings, np.full((*rings.shape[:2], 1), _PILE)], axis=-1)
    return sheet(points, cloth, rings / [width, depth] + 0.5)


def _fringe(width: float, depth: float) -> list[Part]:
    yarn = textures.fabric("linen", textures.COLORS["ivory"], 5)
    parts: list[Part] = []
    for side in (-1, 1):
        for y in np.linspace(-depth / 2 + 0.012, depth / 2 - 0.012, 60):
            start = side * width / 2
            parts += tube([(start, float(y), 0.004), (start + side * 0.06, float(y), 0.003)], 0.003, yarn, sides=4)
    return parts


def cushion(design: Design) -> Shape:
    """Scatter cushion standing upright."""
    rng = design.form()
    form = design.traits["form"]
    width = rng.uniform(0.42, 0.52)
    height = rng.uniform(0.28, 0.33) if form == "lumbar" else width
    if form == "lumbar":
        width = rng.uniform(0.5, 0.6)
    thickness = rng.uniform(0.13, 0.18)
    style = design.traits["pattern"]
    if style == "plain":
        cloth = design.main_material
    else:
        cloth = woven(pattern(style, _pattern_colors(design), width / height, design.seed % 9973), design.seed % 89, 60)
    roundness = 1.0 if form == "round" else 0.0
    parts = pillow((width, thickness, height), cloth, roundness=roundness)
    trim = textures.fabric("linen", design.colors[1], 6)
    if design.traits["edge"] == "piped":
        parts += _piping(width, height, roundness, trim)
    elif design.traits["edge"] == "tasselled" and form != "round":
        for side_x in (-1, 1):
            for side_z in (-1, 1):
                x, z = side_x * width * 0.495, side_z * height * 0.495
                parts += rounded_box((0.018, 0.018, 0.018), trim, (x, 0.0, z), radius=0.008)
                parts += tube([(x, 0.0, z), (x + side_x * 0.012, -0.01, z - 0.05)], [0.005, 0.012], trim, sides=8)
    return assembled(parts, "top")


def _piping(width: float, height: float, roundness: float, trim: Material) -> list[Part]:
    steps = np.linspace(-1.0, 1.0, 17)
    ones = np.ones_like(steps)
    u = np.concatenate([steps, ones, -steps, -ones])
    v = np.concatenate([-ones, steps, ones, -steps])
    square = np.stack([u * (1 - 0.07 * (1 - v**2)), v * (1 - 0.07 * (1 - u**2))])
    disc = np.stack([u * np.sqrt(1 - v**2 / 2), v * np.sqrt(1 - u**2 / 2)])
    x, z = square * (1 - roundness) + disc * roundness
    seam = np.stack([x * width / 2, np.zeros_like(x), z * height / 2], axis=1)
    return tube(seam[np.r_[True, np.linalg.norm(np.diff(seam, axis=0), axis=1) > 1e-6]], 0.005, trim, sides=8)
