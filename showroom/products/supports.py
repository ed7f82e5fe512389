"""Legs and bases that seats, tables, cabinets and beds stand on."""

from __future__ import annotations

from showroom.curves import spline
from showroom.geometry import loft, rounded_box, tube
from showroom.types import Material, Part

_SIGNS = (-1, 1)


def legs(style: str, width: float, depth: float, height: float, material: Material, thickness: float) -> list[Part]:
    """Supports under a ``width`` x ``depth`` footprint, from the floor to ``height``.

    Raises:
        ValueError: there is no such style.
    """
    if style == "plinth":
        return rounded_box((width * 0.94, depth * 0.9, height), material, (0.0, 0.0, height / 2))
    if style == "sled":
        return _sled(width, depth, height, material, thickness)
    if style not in ("tapered", "splayed", "square", "hairpin"):
        raise ValueError(f"unknown legs {style!r}; use plinth, sled, tapered, splayed, square or hairpin")
    parts: list[Part] = []
    for side_x in _SIGNS:
        for side_y in _SIGNS:
            x, y = side_x * (width / 2 - thickness), side_y * (depth / 2 - thickness)
            if style == "square":
                parts += rounded_box(
                    (thickness * 1.5, thickness * 1.5, height), material, (x, y, height / 2), radius=0.004
                )
            elif style == "hairpin":
                parts += _hairpin(x, y, height, side_x, side_y, material)
            else:
                lean = 0.12 * height if style == "splayed" else 0.0
                top, foot = (x - side_x * lean, y - side_y * lean, height), (x + side_x * lean * 0.4, y, 0.0)
                parts += tube([top, foot], [thickness * 0.85, thickness * 0.5], material, sides=14)
    return parts


def _sled(width: float, depth: float, height: float, material: Material, thickness: float) -> list[Part]:
    parts: list[Part] = []
    front, low, radius = depth / 2 - thickness, thickness * 0.45, thickness * 0.45
    for side in _SIGNS:
        x = side * (width / 2 - thickness)
        corner = min(0.03, height / 3)
        path = [
            (x, -front, height),
            (x, -front, low + corner),
            (x, -front + corner * 0.3, low + corner * 0.3),
            (x, -front + corner, low),
            (x, front - corner, low),
            (x, front - corner * 0.3, low + corner * 0.3),
            (x, front, low + corner),
            (x, front, height),
        ]
        parts += tube(path, radius, material)
    return parts


def _hairpin(x: float, y: float, height: float, side_x: int, side_y: int, material: Material) -> list[Part]:
    parts: list[Part] = []
    for spread_x, spread_y in ((0.07, 0.0), (0.0, 0.07)):
        top = (x - side_x * spread_x, y - side_y * spread_y, height)
        parts += tube([top, (x, y, 0.0)], 0.0065, material, sides=8)
    return parts


def pedestal(reach: float, height: float, material: Material) -> list[Part]:
    """Turned central column with a spreading foot of radius ``reach``."""
    profile = [
        (reach, 0.0),
        (reach, 0.012),
        (reach * 0.45, 0.05),
        (reach * 0.18, height * 0.3),
        (reach * 0.16, height * 0.7),
        (reach * 0.45, height),
    ]
    return loft(spline(profile, 26), material)


def crossed(width: float, depth: float, height: float, material: Material, thickness: float) -> list[Part]:
    """Two leaning bars on each long side that cross like an X."""
    parts: list[Part] = []
    for side_x in _SIGNS:
        for side_y in _SIGNS:
            foot = (side_x * width * 0.42, side_y * depth * 0.4, 0.0)
            top = (-side_x * width * 0.3, side_y * depth * 0.36, height)
            parts += tube([foot, top], thickness, material, sides=12)
    return parts
