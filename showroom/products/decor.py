"""Vases, wall art, mirrors and clocks."""

from __future__ import annotations

import numpy as np

from showroom import textures
from showroom.curves import circle, rotation_x, rotation_y, rounded_rectangle, spline, superellipse, waved
from showroom.geometry import assembled, loft, placed, rounded_box, sheet, tube
from showroom.patterns import artwork
from showroom.products.design import Design
from showroom.types import Floats, Material, Part, Shape

# Built lying on z = 0 with the face up, then tipped so that the face looks to -y.
_UPRIGHT = rotation_x(np.pi / 2)

_VASES: dict[str, list[tuple[float, float]]] = {
    "bottle": [(0.7, 0.0), (0.95, 0.12), (1.0, 0.35), (0.7, 0.55), (0.25, 0.7), (0.2, 0.9), (0.28, 1.0)],
    "bulb": [(0.5, 0.0), (0.9, 0.2), (1.0, 0.45), (0.8, 0.75), (0.4, 0.92), (0.45, 1.0)],
    "cylinder": [(0.85, 0.0), (0.9, 0.04), (0.88, 0.5), (0.86, 0.96), (0.82, 1.0)],
    "flared": [(0.5, 0.0), (0.45, 0.15), (0.5, 0.5), (0.75, 0.85), (1.0, 1.0)],
    "amphora": [(0.4, 0.0), (0.55, 0.15), (0.95, 0.5), (1.0, 0.65), (0.6, 0.85), (0.35, 0.93), (0.5, 1.0)],
    "ribbed": [(0.6, 0.0), (0.9, 0.15), (1.0, 0.5), (0.8, 0.85), (0.6, 1.0)],
    "waisted": [(0.9, 0.0), (0.95, 0.15), (0.55, 0.5), (0.8, 0.82), (0.9, 1.0)],
}


def vase(design: Design) -> Shape:
    """Turned stoneware vase of 18 to 42 cm with a dark inside."""
    rng = design.form()
    form = design.traits["form"]
    height = rng.uniform(0.18, 0.42)
    radius = height * rng.uniform(0.28, 0.48)
    body = np.asarray(_VASES[form])
    body[1:-1, 0] *= rng.uniform(0.92, 1.08, len(body) - 2)
    if design.traits["mouth"] == "wide":
        body[-2:, 0] = np.maximum(body[-2:, 0] * 1.35, 0.42)
    outer = spline(body, 40) * [radius, height]
    lip = outer[-1, 0]
    inner = [(lip - 0.004, height + 0.003), (lip - 0.009, height), (lip - 0.012, height * 0.8)]
    outline = waved(circle(1.0, 120), 24, 0.04) if form == "ribbed" else circle(1.0, 56)
    parts = loft(np.concatenate([outer, inner]), design.main_material, outline)
    if form == "amphora":
        for side in (-1, 1):
            grip = [
                (side * radius * s, 0.0, height * h) for s, h in ((0.35, 0.92), (0.8, 0.9), (0.98, 0.78), (0.9, 0.66))
            ]
            parts += tube(spline(grip, 16), height * 0.022, design.main_material, sides=10)
    return assembled(parts, "top")


def _panel(outline: Floats, thickness: float, material: Material, low: float = 0.0) -> list[Part]:
    ease = 0.003 / float(np.abs(outline).max())
    high = low + thickness
    return loft([(1.0, low), (1.0, high - 0.003), (1 - ease, high)], material, outline)


def _rim(outline: Floats, thickness: float, material: Material) -> list[Part]:
    path = np.concatenate([outline, np.full((len(outline), 1), thickness)], axis=1)
    return tube(path, thickness, material, sides=10)


def wall_art(design: Design) -> Shape:
    """Framed print with a white mount."""
    rng = design.form()
    long_side = rng.uniform(0.6, 1.0)
    ratio = {"portrait": 0.72, "landscape": 1.4, "square": 1.0}[design.traits["form"]]
    width, height = (long_side * ratio, long_side) if ratio <= 1 else (long_side, long_side / ratio)
    rail, margin = rng.uniform(0.014, 0.035), rng.uniform(0.0, 0.1)
    main, accent = design.colors
    light = textures.COLORS["ivory"]
    third = textures.COLORS["mustard" if design.main.color != "mustard" else "navy"]
    colors = (light, main, accent if accent != light else textures.COLORS["charcoal"], third)
    picture = Material(
        texture=artwork(design.traits["motif"], colors, width / height, design.seed % 99991),
        unit_uv=True,
        roughness=0.8,
    )
    parts: list[Part] = []
    for side in (-1, 1):
        parts += rounded_box(
            (width + rail, 0.03, rail), design.second_material, (0, -0.015, side * height / 2), radius=0.003
        )
        parts += rounded_box((rail, 0.03, height), design.second_material, (side * width / 2, -0.015, 0), radius=0.003)
    parts += rounded_box((width, 0.006, height), Material(color=(0.93, 0.92, 0.9), roughness=0.9), (0, -0.012, 0))
    parts += _picture_plane(width - rail - margin, height - rail - margin, picture)
    return assembled(parts, "wall")


def _picture_plane(width: float, height: float, picture: Material) -> list[Part]:
    x, z = np.meshgrid([-width / 2, width / 2], [-height / 2, height / 2])
    points = np.stack([x, np.full_like(x, -0.0165), z], axis=-1)
    uvs = np.stack(np.meshgrid([0.0, 1.0], [0.0, 1.0]), axis=-1)
    return sheet(points, picture, uvs)


def _glass_outline(form: str, rng: np.random.Generator) -> Floats:
    size = rng.uniform(0.3, 0.42)
    if form in ("round", "sunburst"):
        return circle(size * (0.75 if form == "sunburst" else 1.0), 64)
    if form == "oval":
        return superellipse(size * 0.75, size * 1.15, 2.0, 64)
    if form == "organic":
        return waved(superellipse(size * 0.85, size * 1.1, 2.2, 72), 3, 0.1, rng.uniform(0.0, 6.0))
    half_x, half_y = size * 0.8, size * 1.25
    if form == "rectangular":
        return rounded_rectangle(half_x, half_y, 0.04)
    angle = np.linspace(0.0, np.pi, 33)
    arch = np.stack([half_x * np.cos(angle), half_y - half_x + half_x * np.sin(angle)], axis=1)
    low = np.array([[-half_x, -half_y], [half_x, -half_y], [half_x, half_y - half_x]])
    return np.concatenate([arch, low])


def mirror(design: Design) -> Shape:
    """Wall mirror in a wooden or metal frame."""
    rng = design.form()
    form = design.traits["form"]
    outline = _glass_outline(form, rng)
    glass = Material(color=(0.95, 0.96, 0.96), roughness=0.02, metallic=1.0, kind="mirror")
    bar = 0.022 if design.traits["frame"] == "wide" else 0.011
    parts = _panel(outline, bar * 0.9, glass) + _rim(outline, bar, design.main_material)
    if form == "sunburst":
        radius = float(outline.max())
        for index, angle in enumerate(np.linspace(0.0, 2 * np.pi, 36, endpoint=False)):
            direction = np.array([np.cos(angle), np.sin(angle), 0.0])
            reach = radius * (1.55 if index % 2 else 1.35)
            lift = np.array([0.0, 0.0, 0.012])
            parts += tube(
                [direction * radius + lift, direction * reach + lift], [0.008, 0.004], design.main_material, sides=8
            )
    return assembled(placed(parts, rotation=_UPRIGHT), "wall")


def clock(design: Design) -> Shape:
    """Wall clock showing ten past ten."""
    rng = design.form()
    form, radius = design.traits["form"], rng.uniform(0.14, 0.24)
    body, trim = design.main_material, design.second_material
    dark = sum(body.color) < 1.2
    ink = textures.metal("white steel" if dark and form != "skeleton" else "black steel")
    parts: list[Part] = []
    if form == "skeleton":
        for scale in (1.0, 0.62):
            parts += _rim(circle(radius * scale, 56), 0.008, body)
        lift = np.array([0.0, 0.0, 0.008])
        for angle in np.arange(4) * np.pi / 2 + np.pi / 4:
            spoke = np.array([np.cos(angle), np.sin(angle), 0.0]) * radius
            parts += tube(np.stack([spoke * 0.1 + lift, spoke + lift]), 0.005, body, sides=8)
    else:
        outlines = {"square": rounded_rectangle(radius, radius, radius * 0.2), "hexagonal": circle(radius, 6)}
        outline = outlines.get(form, circle(radius * (0.7 if form == "sunburst" else 1.0), 56))
        parts += _panel(outline, 0.024, body) + _rim(outline, 0.013, trim)
    if form == "sunburst":
        for angle in np.linspace(0.0, 2 * np.pi, 24, endpoint=False):
            ray = np.array([np.cos(angle), np.sin(angle), 0.0]) * radius
            lift = np.array([0.0, 0.0, 0.01])
            parts += tube(np.stack([ray * 0.7 + lift, ray * 1.35 + lift]), [0.006, 0.003], trim, sides=8)
    dial = radius * (0.6 if form == "sunburst" else 0.84)
    parts += _marks(design.traits["marks"], dial, ink) + _hands(dial, ink)
    return assembled(placed(parts, rotation=_UPRIGHT), "wall")


def _turned(parts: list[Part], angle: float) -> list[Part]:
    """The parts turned clockwise by ``angle`` on a dial that lies face up."""
    tip = _UPRIGHT.T @ rotation_y(angle) @ _UPRIGHT
    return placed(parts, rotation=tip)


def _marks(style: str, radius: float, ink: Material) -> list[Part]:
    parts: list[Part] = []
    hours = range(0, 12, 3) if style == "quarters" else range(12)
    for hour in hours:
        if style == "dots":
            mark = loft([(0.008, 0.024), (0.008, 0.028)], ink, circle(1.0, 14), (0.0, radius * 0.9, 0.0))
        else:
            length = radius * (0.22 if hour % 3 == 0 else 0.12)
            mark = rounded_box((0.009, length, 0.006), ink, (0.0, radius - length / 2, 0.026), radius=0.001)
        parts += _turned(mark, hour * np.pi / 6)
    return parts


def _hands(radius: float, ink: Material) -> list[Part]:
    parts = loft([(0.012, 0.024), (0.012, 0.036)], ink, circle(1.0, 18))
    for length, width, angle, z in ((0.55, 0.011, -np.pi / 3 + 0.09, 0.03), (0.8, 0.008, np.pi / 3, 0.034)):
        hand = rounded_box((width, radius * length * 1.15, 0.003), ink, (0.0, radius * length * 0.42, z), radius=0.001)
        parts += _turned(hand, angle)
    return parts
