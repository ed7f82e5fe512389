"""Sideboards and bookcases."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from showroom.curves import circle, rotation_x
from showroom.geometry import assembled, loft, rounded_box, tube
from showroom.products.design import Design
from showroom.products.supports import legs
from showroom.textures import COLORS, fabric, metal
from showroom.types import Floats, Material, Part, Shape, Shelf

_SIGNS = (-1, 1)


@dataclass(frozen=True)
class _Door:
    """One front: its middle, outer size, and the y of the cabinet's face it sits on."""

    x: float
    z: float
    width: float
    height: float
    face: float


def sideboard(design: Design) -> Shape:
    """Low cabinet with doors or drawers."""
    rng = design.form()
    width, height, depth = rng.uniform(1.1, 1.8), rng.uniform(0.62, 0.85), rng.uniform(0.38, 0.46)
    leg = rng.uniform(0.08, 0.2)
    style = design.traits["front"]
    columns = int(rng.integers(2, 5))
    rows = int(rng.integers(2, 4)) if style == "drawer" else 1
    body, frame = design.main_material, design.second_material
    parts = rounded_box((width, depth, height - leg), body, (0.0, 0.0, (height + leg) / 2))
    cell_width, cell_height = (width - 0.04) / columns, (height - leg - 0.04) / rows
    for column in range(columns):
        for row in range(rows):
            x, z = (column - (columns - 1) / 2) * cell_width, leg + 0.02 + (row + 0.5) * cell_height
            door = _Door(x, z, cell_width - 0.008, cell_height - 0.008, -depth / 2)
            parts += _front(style, door, body)
            handle_x = x if style == "drawer" else x + (1 if column % 2 == 0 else -1) * (cell_width / 2 - 0.05)
            handle_z = z + cell_height * 0.2 if style == "drawer" else z
            parts += _pull(design.traits["pulls"], handle_x, door.face - 0.016, handle_z, style == "drawer", frame)
    parts += legs(design.traits["legs"], width - 0.08, depth - 0.04, leg + 0.004, frame, 0.025)
    return assembled(parts)


def _front(style: str, door: _Door, body: Material) -> list[Part]:
    parts = rounded_box((door.width, 0.02, door.height), body, (door.x, door.face - 0.004, door.z), radius=0.004)
    if style == "fluted":
        count = max(6, round(door.width / 0.032))
        pitch = (door.width - 0.01) / count
        low, high = door.z - door.height / 2 + 0.006, door.z + door.height / 2 - 0.006
        for index in range(count):
            x = door.x + (index - (count - 1) / 2) * pitch
            y = door.face - 0.012
            parts += tube([(x, y, low), (x, y, high)], pitch / 2, body, sides=8)
    elif style == "framed":
        parts += _door_frame(door, body)
    elif style == "cane":
        cane = fabric("weave", COLORS["sand"], 3)
        size = (door.width - 0.08, 0.006, door.height - 0.08)
        parts += _door_frame(door, body)
        parts += rounded_box(size, cane, (door.x, door.face - 0.014, door.z), radius=0.002)
    return parts


def _door_frame(door: _Door, body: Material) -> list[Part]:
    parts: list[Part] = []
    y, rail = door.face - 0.016, 0.045
    for side in _SIGNS:
        z = door.z + side * (door.height - rail) / 2
        x = door.x + side * (door.width - rail) / 2
        parts += rounded_box((door.width, 0.014, rail), body, (door.x, y, z), radius=0.003)
        parts += rounded_box((rail, 0.014, door.height - 2 * rail), body, (x, y, door.z), radius=0.003)
    return parts


def _pull(style: str, x: float, y: float, z: float, level: bool, frame: Material) -> list[Part]:
    material = frame if frame.metallic else metal("brass")
    if style == "knob":
        profile = [(0.008, 0.0), (0.008, 0.014), (0.016, 0.02), (0.014, 0.03)]
        return loft(profile, material, circle(1.0, 16), (x, y, z), rotation=rotation_x(np.pi / 2))
    if style == "bar":
        size = (0.14, 0.014, 0.012) if level else (0.012, 0.014, 0.18)
        return rounded_box(size, material, (x, y - 0.012, z), radius=0.005)
    if style == "ring":
        ring = [(x + 0.026 * np.cos(a), y - 0.006, z + 0.026 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 21)]
        return tube(ring, 0.004, material, sides=6)
    notch = (0.09, 0.004, 0.02) if level else (0.02, 0.004, 0.09)
    return rounded_box(notch, metal("black steel"), (x, y, z), radius=0.002)


def bookcase(design: Design) -> Shape:
    """Open shelves; the free compartments are told as `Shape.shelves`."""
    rng = design.form()
    form = design.traits["form"]
    tiers = int(design.traits["shelves"][0])
    wide = form in ("two-column", "cube")
    width = rng.uniform(0.95, 1.25) if wide else rng.uniform(0.65, 0.95)
    height = tiers * rng.uniform(0.30, 0.36) + 0.08
    depth, board = rng.uniform(0.30, 0.36), rng.uniform(0.018, 0.034)
    levels = np.linspace(0.06, height - board / 2, tiers + 1)
    if form == "ladder":
        return _ladder_shelf(design, (width, depth, height), levels, board)
    wood = design.main_material
    parts: list[Part] = []
    for z in levels:
        parts += rounded_box((width, depth, board), wood, (0.0, 0.0, float(z)), radius=0.004)
    columns = (3 if form == "cube" else 2) if wide else 1
    if form == "open-frame":
        parts += _posts(width, depth, height, design.second_material)
    else:
        middle = (height + 0.06) / 2
        for index in range(columns + 1):
            x = (index / columns - 0.5) * (width - board)
            outer = index in (0, columns)
            size = (board, depth - (0.0 if outer else 0.01), height if outer else height - 0.06)
            parts += rounded_box(size, wood, (x, 0.0, height / 2 if outer else middle), radius=0.004)
        if design.traits["back"] == "closed":
            panel = (width - 0.01, 0.01, height - 0.06)
            parts += rounded_box(panel, wood, (0.0, depth / 2 - 0.006, middle), radius=0.002)
    return assembled(parts, shelves=_compartments(width, depth, levels, board, columns))


def _compartments(width: float, depth: float, levels: Floats, board: float, columns: int) -> list[Shelf]:
    cell = (width - board) / columns
    shelves: list[Shelf] = []
    for low, high in pairwise(levels):
        for column in range(columns):
            x = (column - (columns - 1) / 2) * cell
            size = (cell - board - 0.04, depth * 0.8, float(high - low) - board - 0.01)
            shelves.append(Shelf((x, 0.0, float(low) + board / 2 + size[2] / 2), size))
    return shelves


def _posts(width: float, depth: float, height: float, frame: Material) -> list[Part]:
    parts: list[Part] = []
    for side_x in _SIGNS:
        x = side_x * (width / 2 - 0.008)
        for side_y in _SIGNS:
            y = side_y * (depth / 2 - 0.012)
            parts += rounded_box((0.022, 0.022, height), frame, (x, y, height / 2), radius=0.003)
    for side in _SIGNS:
        low, high = (-side * width * 0.48, depth / 2, 0.1), (side * width * 0.48, depth / 2, height - 0.06)
        parts += tube([low, high], 0.004, frame, sides=6)
    return parts


def _ladder_shelf(design: Design, size: tuple[float, float, float], levels: Floats, board: float) -> Shape:
    width, depth, height = size
    parts: list[Part] = []
    shelves: list[Shelf] = []
    for index, level in enumerate(levels):
        z = float(level)
        reach = depth * (1.25 - 0.6 * z / height)
        y = depth / 2 - reach / 2
        parts += rounded_box((width, reach, board), design.main_material, (0.0, y, z), radius=0.004)
        if index + 1 < len(levels):
            free = float(levels[index + 1]) - z - board - 0.01
            shelves.append(Shelf((0.0, y, z + board / 2 + free / 2), (width - 0.08, reach * 0.7, free)))
    for side in _SIGNS:
        x = side * (width / 2 - 0.01)
        foot, top = (x, depth / 2 - depth * 1.25, 0.0), (x, depth / 2 - depth * 0.62, height)
        parts += tube([foot, top], 0.013, design.second_material)
        parts += rounded_box((0.022, 0.022, height), design.second_material, (x, depth / 2 - 0.012, height / 2))
    return assembled(parts, shelves=shelves)
