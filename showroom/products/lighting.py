"""Floor, table and pendant lamps."""

from __future__ import annotations

import numpy as np

from showroom import textures
from showroom.curves import circle, spline, waved
from showroom.geometry import assembled, loft, placed, tube
from showroom.products.design import Design
from showroom.types import Floats, Material, Part, Shape

_OPAL = textures.lampshade((0.95, 0.93, 0.88), 1.3)
_BULB = textures.lampshade((1.0, 0.95, 0.85), 4.0)
_INSIDE = Material(color=(0.94, 0.92, 0.87), roughness=0.7)


def shade_height(style: str, radius: float) -> float:
    """How tall a shade of that style and radius is, in metres."""
    return {"globe": 2.0, "dome": 0.8, "cone": 1.1, "drum": 1.05, "empire": 1.15, "pleated": 1.0}[style] * radius


def _shade(style: str, radius: float, cloth: Material, shell: Material) -> list[Part]:
    """A shade whose top is at z = 0: cloth and opal glass glow, a metal dome hides a bulb."""
    height = shade_height(style, radius)
    if style == "globe":
        angle = np.linspace(-np.pi / 2 + 0.05, np.pi / 2 - 0.05, 20)
        ball = np.stack([radius * np.cos(angle), radius * np.sin(angle) - radius], axis=1)
        return loft(ball, _OPAL)
    if style == "dome":
        return _dome(radius, height, shell)
    top = {"drum": 0.96, "cone": 0.35, "empire": 0.62, "pleated": 0.78}[style]
    outline = waved(circle(radius, 144), 36, 0.03) if style == "pleated" else circle(radius, 48)
    profile = [
        (1.0, -height),
        (1.008, -height + 0.004),
        (1.0, -height + 0.009),
        (top, -0.009),
        (top * 1.008, -0.004),
        (top, 0.0),
    ]
    parts = loft(profile, cloth, outline, caps=False)
    # A disc inside hides the empty tube from above and below.
    inner = [((top + (1 - top) * share) * 0.95, -height * share) for share in (0.8, 0.2)]
    return parts + loft([*inner[:1], (inner[0][0], inner[0][1] + 0.004)], _INSIDE, outline)


def _dome(radius: float, height: float, shell: Material) -> list[Part]:
    angle = np.linspace(np.pi / 2, 0.06, 16)
    outer = np.stack([radius * np.sin(angle), height * (np.cos(angle) - 1)], axis=1)
    inner = outer * [0.97, 1.0] - [0.0, 0.006]
    bulb = spline([(0.004, -0.05), (0.03, -0.03), (0.032, 0.0), (0.012, 0.04)], 12)
    parts = loft(outer, shell, caps=False) + loft(inner, _INSIDE, caps=False)
    return parts + loft(bulb, _BULB, circle(1.0, 16), (0.0, 0.0, -height * 0.75))


def _cloth(design: Design) -> Material:
    if design.main.kind == "shade":
        return textures.lampshade(textures.color_of(design.main.color), 1.0)
    return textures.lampshade(textures.COLORS["ivory"], 1.0)


def floor_lamp(design: Design) -> Shape:
    """Standing lamp of 1.4 to 1.7 m."""
    rng = design.form()
    height, radius = rng.uniform(1.4, 1.7), rng.uniform(0.15, 0.24)
    base, frame = design.traits["base"], design.second_material
    parts: list[Part] = []
    reach, top = 0.0, height
    if base == "tripod":
        for angle in np.arange(3) * 2 * np.pi / 3 + rng.uniform(0.0, 2.0):
            foot = (0.28 * np.cos(angle), 0.28 * np.sin(angle), 0.0)
            parts += tube([foot, (0.0, 0.0, height - 0.2)], [0.013, 0.011], frame)
    else:
        foot_radius = rng.uniform(0.12, 0.17)
        disc = [(foot_radius, 0.0), (foot_radius, 0.012), (foot_radius * 0.9, 0.022), (0.02, 0.03)]
        parts += loft(disc, frame)
    if base == "arc":
        reach, top = rng.uniform(0.4, 0.65), height * 0.9
        bow = [
            (0, 0, 0.02),
            (-0.02, 0, height * 0.6),
            (reach * 0.35, 0, height),
            (reach, 0, height * 0.97),
            (reach, 0, top),
        ]
        parts += tube(spline(bow, 36), 0.011, frame)
    elif base == "twin-stem":
        for side in (-1, 1):
            parts += tube([(side * 0.03, 0.0, 0.02), (side * 0.03, 0.0, height - 0.06)], 0.007, frame)
    elif base == "stick":
        parts += tube([(0.0, 0.0, 0.02), (0.0, 0.0, height - 0.02)], rng.uniform(0.008, 0.014), frame)
    parts += placed(_shade(design.traits["shade"], radius, _cloth(design), frame), (reach, 0.0, top))
    return assembled(parts)


def _body(style: str, height: float, radius: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Profile and outline of a table lamp's foot."""
    shapes = {
        "turned": [(0.6, 0.0), *((rng.uniform(0.45, 1.0), share) for share in (0.15, 0.35, 0.55, 0.75)), (0.2, 1.0)],
        "bottle": [(0.8, 0.0), (1.0, 0.08), (0.98, 0.5), (0.5, 0.68), (0.2, 0.8), (0.18, 1.0)],
        "sphere": [(0.4, 0.0), (0.8, 0.12), (1.05, 0.42), (0.8, 0.74), (0.3, 0.9), (0.16, 1.0)],
        "column": [(1.0, 0.0), (0.98, 0.04), (0.55, 0.09), (0.5, 0.5), (0.52, 0.92), (0.2, 1.0)],
        "ribbed": [(0.7, 0.0), (1.0, 0.2), (0.9, 0.55), (0.5, 0.85), (0.2, 1.0)],
    }
    profile = spline(np.asarray(shapes[style]), 36) * [radius, height]
    outline = waved(circle(1.0, 120), 20, 0.045) if style == "ribbed" else circle(1.0, 48)
    return profile, outline


def table_lamp(design: Design) -> Shape:
    """Lamp with a ceramic, wooden or metal foot."""
    rng = design.form()
    height, radius = rng.uniform(0.2, 0.34), rng.uniform(0.075, 0.13)
    profile, outline = _body(design.traits["body"], height, radius, rng)
    shade_radius = radius * rng.uniform(1.25, 1.7)
    style = design.traits["shade"]
    top = height + 0.04 + shade_height(style, shade_radius)
    parts = loft(profile, design.main_material, outline)
    parts += tube([(0.0, 0.0, height - 0.01), (0.0, 0.0, top - 0.02)], 0.006, design.second_material, sides=8)
    parts += placed(_shade(style, shade_radius, _cloth(design), design.second_material), (0.0, 0.0, top))
    return assembled(parts, "top")


def pendant_lamp(design: Design) -> Shape:
    """Lamp on a cord from the ceiling; the cluster has three small globes."""
    rng = design.form()
    drop, radius = rng.uniform(0.7, 1.0), rng.uniform(0.16, 0.28)
    frame, style = design.second_material, design.traits["shade"]
    shell = frame if design.main.kind == "shade" else design.main_material
    parts = loft([(0.055, -0.026), (0.06, -0.02), (0.06, 0.0)], frame, circle(1.0, 24))
    if style != "cluster":
        return assembled(parts + _hung(0.0, 0.0, drop, radius, style, design, shell), "ceiling")
    for index, angle in enumerate(np.arange(3) * 2 * np.pi / 3):
        x, y = radius * 0.75 * np.cos(angle), radius * 0.75 * np.sin(angle)
        parts += _hung(float(x), float(y), drop - 0.12 * index, radius * 0.5, "globe", design, shell)
    return assembled(parts, "ceiling")


def _hung(x: float, y: float, drop: float, radius: float, style: str, design: Design, shell: Material) -> list[Part]:
    cord = [(x * 0.1, y * 0.1, 0.0), (x * 0.6, y * 0.6, -drop * 0.3), (x, y, -drop * 0.6), (x, y, -drop)]
    parts = tube(spline(cord, 16), 0.004, textures.metal("black steel"), sides=6)
    parts += tube([(x, y, -drop - 0.01), (x, y, -drop + 0.06)], 0.02, design.second_material, sides=14)
    return parts + placed(_shade(style, radius, _cloth(design), shell), (x, y, -drop))
