"""Beds with headboard, mattress and bedding."""

from __future__ import annotations

import numpy as np

from showroom import textures
from showroom.curves import rotation_x
from showroom.geometry import assembled, pillow, rounded_box, sheet
from showroom.patterns import pattern, woven
from showroom.products.design import Design
from showroom.products.supports import legs
from showroom.types import Material, Part, Shape

_LENGTH = 2.05


def bed(design: Design) -> Shape:
    """Double bed, 140 to 180 cm wide, made up with duvet and pillows."""
    rng = design.form()
    width = int(design.traits["width"].split()[0]) / 100
    deck, head = rng.uniform(0.26, 0.36), rng.uniform(0.90, 1.25)
    style = design.traits["headboard"]
    timber = style in ("slatted", "plank")
    frame = design.second_material if timber else design.main_material
    rail = (width + 0.08, _LENGTH + 0.04, deck - 0.1)
    parts = rounded_box(rail, frame, (0.0, 0.0, 0.1 + (deck - 0.1) / 2), radius=0.02)
    parts += legs("square", width, _LENGTH, 0.11, design.second_material, 0.035)
    parts += _headboard(style, width, head, frame)
    parts += _bedding(design, width, deck, not timber)
    return assembled(parts)


def _headboard(style: str, width: float, height: float, material: Material) -> list[Part]:
    y = _LENGTH / 2 + 0.04
    if style == "arched":
        return _arched(width / 2 + 0.06, height, y, material)
    if style == "slatted":
        parts = rounded_box((width + 0.12, 0.045, 0.07), material, (0.0, y, height), radius=0.01)
        for x in np.linspace(-width / 2 - 0.02, width / 2 + 0.02, 13):
            parts += rounded_box((0.026, 0.03, height), material, (float(x), y, height / 2))
        return parts
    if style == "plank":
        parts = []
        for row in range(4):
            size = (width + 0.12, 0.045, height / 4 - 0.006)
            parts += rounded_box(size, material, (0.0, y, height * (row + 0.5) / 4), radius=0.009)
        return parts
    board = (width + 0.12, 0.1, height)
    if style == "channelled":
        parts = []
        count = round(width / 0.13)
        pitch = board[0] / count
        for index in range(count):
            x = (index - (count - 1) / 2) * pitch
            parts += rounded_box((pitch + 0.006, 0.12, height), material, (x, y, height / 2), radius=0.045)
        return parts
    parts = rounded_box(board, material, (0.0, y, height / 2), radius=0.04, puff=0.012)
    if style == "tufted":
        for column in range(6):
            for row in range(3):
                center = ((column - 2.5) * board[0] / 6, y - 0.05, height - height / 5 * (row + 0.6))
                cell = (board[0] / 6 + 0.008, 0.08, height / 5 + 0.006)
                parts += rounded_box(cell, material, center, radius=0.036)
    return parts


def _arched(half: float, height: float, y: float, material: Material) -> list[Part]:
    x = np.linspace(-1.0, 1.0, 41)
    top = height * 0.7 + height * 0.3 * np.sqrt(np.clip(1 - x**2, 0.0, 1.0))
    low = np.full_like(x, 0.1)
    rows = []
    for depth, edge in (
        (0.05, low),
        (-0.05, low),
        (-0.05, top - 0.02),
        (-0.035, top),
        (0.035, top),
        (0.05, top - 0.02),
    ):
        rows.append(np.stack([x * half, y + depth + 0.0 * x, edge], axis=-1))
    return sheet(np.stack([*rows, rows[0]]), material)


def _bedding(design: Design, width: float, deck: float, soft: bool) -> list[Part]:
    seed, style = design.seed, design.traits["bedding"]
    cotton = textures.fabric("linen", textures.COLORS["white"], 1)
    accent = textures.color_of(design.accent)
    plain = textures.fabric("linen", accent, 2)
    if style == "plain":
        cover = plain
    else:
        colors = (textures.COLORS["ivory"], accent, design.colors[0])
        cover = woven_repeat(style, colors, seed)
    parts = rounded_box((width, _LENGTH - 0.02, 0.24), cotton, (0.0, 0.0, deck + 0.1), radius=0.07, puff=0.01)
    duvet = (width + 0.1, _LENGTH * 0.68, 0.16)
    center = (0.0, -_LENGTH * 0.17, deck + 0.2)
    parts += rounded_box(duvet, cover, center, radius=0.075, puff=0.02, folds=0.008, seed=seed)
    fold = (width + 0.11, 0.3, 0.06)
    parts += rounded_box(
        fold, cotton, (0.0, _LENGTH * 0.185, deck + 0.285), radius=0.028, puff=0.006, folds=0.004, seed=seed + 1
    )
    for side in (-1, 1):
        rear = (side * width * 0.245, _LENGTH * 0.43, deck + 0.42)
        front = (side * width * 0.24, _LENGTH * 0.345, deck + 0.40)
        parts += pillow((width * 0.46, 0.2, 0.46), cotton, rear, rotation=rotation_x(-0.55))
        sham = plain if soft else cotton
        parts += pillow((width * 0.4, 0.17, 0.4), sham, front, rotation=rotation_x(-0.42))
    return parts


def woven_repeat(style: str, colors: tuple[tuple[float, float, float], ...], seed: int) -> Material:
    """Patterned cloth that repeats every 0.9 m instead of covering its object once."""
    once = woven(pattern(style, colors, 1.0, seed), seed % 97)
    return Material(once.color, once.texture, 0.9, height=once.height, bump=once.bump, roughness=0.95, sheen=0.15)
