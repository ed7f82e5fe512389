"""Coffee, side and dining tables."""

from __future__ import annotations

import numpy as np

from showroom.curves import circle, rounded_rectangle, superellipse, waved
from showroom.geometry import assembled, loft, rounded_box, tube
from showroom.products.design import Design
from showroom.products.supports import crossed, legs, pedestal
from showroom.textures import metal
from showroom.types import Floats, Material, Part, Shape

_SIGNS = (-1, 1)


def _outline(shape: str, width: float, depth: float, phase: float) -> Floats:
    if shape == "round":
        return circle(width / 2, 48)
    if shape == "oval":
        return superellipse(width / 2, depth / 2, 2.4)
    if shape == "organic":
        return waved(superellipse(width / 2, depth / 2, 2.2, 60), 3, 0.08, phase)
    if shape == "hexagonal":
        return circle(width / 2, 6)
    radius = 0.012 if shape == "rectangular" else min(width, depth) * 0.28
    return rounded_rectangle(width / 2, depth / 2, radius)


def _slab(outline: Floats, thickness: float, low: float, material: Material) -> list[Part]:
    """Table top with eased edges, from ``low`` up."""
    ease = 0.005 / float(np.abs(outline).max())
    high = low + thickness
    profile = [(1 - ease, low), (1.0, low + 0.005), (1.0, high - 0.005), (1 - ease, high)]
    return loft(profile, material, outline)


def coffee_table(design: Design) -> Shape:
    """Low table for a sitting group."""
    rng = design.form()
    return _table(design, (rng.uniform(0.85, 1.2), rng.uniform(0.52, 0.7), rng.uniform(0.33, 0.43)), rng)


def dining_table(design: Design) -> Shape:
    """Table for four to eight."""
    rng = design.form()
    return _table(design, (rng.uniform(1.5, 2.1), rng.uniform(0.85, 0.98), rng.uniform(0.74, 0.76)), rng)


def side_table(design: Design) -> Shape:
    """Small table beside a sofa or a bed."""
    rng = design.form()
    return _table(design, (rng.uniform(0.40, 0.52), rng.uniform(0.36, 0.46), rng.uniform(0.46, 0.58)), rng)


def _table(design: Design, size: tuple[float, float, float], rng: np.random.Generator) -> Shape:
    width, depth, height = size
    shape, base = design.traits["top"], design.traits["base"]
    if shape in ("round", "hexagonal"):
        width = depth = (width + depth) / 2
    thickness = rng.uniform(0.02, 0.045)
    outline = _outline(shape, width, depth, rng.uniform(0.0, 6.0))
    low = height - thickness
    parts = _slab(outline, thickness, low, design.main_material)
    share = 0.92 if shape in ("rectangular", "soft-edged") else 0.70
    parts += _base(base, outline, (width * share, depth * share, low), design)
    return assembled(parts)


def _base(style: str, outline: Floats, room: tuple[float, float, float], design: Design) -> list[Part]:
    width, depth, height = room
    frame, top = design.second_material, design.main_material
    large = height > 0.65
    bar = 0.03 if large else 0.02
    if style == "pedestal":
        parts = pedestal(min(width, depth) * 0.42, height, frame)
        if width > 1.8 * depth:
            spread = [(-width * 0.3, 0.0, height - 0.04), (width * 0.3, 0.0, height - 0.04)]
            parts += tube(spread, 0.03, frame)
        return parts
    if style == "drum":
        return loft([(0.78, 0.0), (0.8, 0.01), (0.8, height)], frame, outline)
    if style == "crossed":
        return crossed(width, depth, height, frame, bar * 0.7)
    if style == "panel":
        parts = rounded_box((width * 0.72, 0.03, 0.12), frame, (0.0, 0.0, height - 0.1))
        for side in _SIGNS:
            parts += rounded_box(
                (0.05, depth * 0.82, height), frame, (side * width * 0.36, 0.0, height / 2), radius=0.01
            )
        return parts
    if style == "drawer":
        return legs("tapered", width, depth, height, frame, bar) + _drawer(width, depth, height, top)
    if style == "tray":
        low = height * 0.28
        return legs("square", width, depth, height, frame, bar * 0.6) + _slab(outline * 0.72, 0.016, low, top)
    return legs(style, width, depth, height, frame, bar)


def _drawer(width: float, depth: float, height: float, wood: Material) -> list[Part]:
    box = rounded_box((width * 0.9, depth * 0.9, 0.13), wood, (0.0, 0.0, height - 0.065))
    face = rounded_box((width * 0.82, 0.014, 0.1), wood, (0.0, -depth * 0.45 - 0.004, height - 0.066), radius=0.004)
    knob = rounded_box((0.08, 0.018, 0.012), metal("brass"), (0.0, -depth * 0.45 - 0.02, height - 0.06), radius=0.005)
    return box + face + knob
