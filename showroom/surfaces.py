"""Floors and wall paints of the demo rooms."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from showroom.textures import COLORS, WOODS, blend, noise
from showroom.types import RGB, Floats, Material

WALL_COLORS: tuple[RGB, ...] = (
    (0.93, 0.92, 0.89),
    (0.94, 0.94, 0.92),
    (0.90, 0.87, 0.81),
    (0.84, 0.80, 0.74),
    (0.73, 0.76, 0.69),
    (0.62, 0.68, 0.72),
    (0.36, 0.43, 0.42),
    (0.88, 0.80, 0.76),
    (0.31, 0.35, 0.43),
    (0.82, 0.75, 0.64),
    (0.76, 0.77, 0.78),
)
FLOOR_PIXELS = 512
FLOOR_COLORS: dict[str, tuple[RGB, RGB]] = {
    "light stone": ((0.85, 0.84, 0.81), (0.76, 0.75, 0.71)),
    "grey stone": ((0.62, 0.60, 0.57), (0.54, 0.52, 0.49)),
}


def wall_paint(color: RGB, seed: int) -> Material:
    """Matt paint with the faint clouds of a roller."""
    texture = blend(color, np.asarray(color) * 0.955, 0.5 + 0.3 * noise(3.0, 3.0, seed, pixels=128))
    return Material(color=color, texture=texture, tile=3.0, roughness=0.92)


def floor_surface(rng: np.random.Generator) -> Material:
    """Boards, herringbone, tiles, concrete or carpet."""
    kind = str(rng.choice(("boards", "boards", "herringbone", "tiles", "concrete", "carpet")))
    seed = int(rng.integers(1 << 30))
    if kind in ("boards", "herringbone"):
        wood = str(rng.choice(("oak", "walnut", "ash", "teak", "grey oak", "oak", "cherry")))
        boards = _boards if kind == "boards" else _herringbone
        texture = boards(*WOODS[wood], seed)
        return Material(texture=texture, tile=1.6, roughness=float(rng.uniform(0.25, 0.5)))
    if kind == "tiles":
        ground, other = FLOOR_COLORS[str(rng.choice(tuple(FLOOR_COLORS)))]
        return Material(texture=_tiles(ground, other, seed), tile=1.8, roughness=0.22)
    name = "silver" if kind == "concrete" else str(rng.choice(("oatmeal", "silver", "cream", "camel")))
    color = np.asarray(COLORS[name]) * (0.88 if kind == "concrete" else 1.0)
    rough = kind == "carpet"
    clouds = noise(60.0, 60.0, seed, 1.0, FLOOR_PIXELS) if rough else noise(5.0, 5.0, seed, 1.3, FLOOR_PIXELS)
    return Material(texture=blend(color, color * 0.78, 0.4 + 0.22 * clouds), tile=2.0, roughness=1.0 if rough else 0.4)


def _plank_shades(rows: Floats, columns: Floats, seed: int) -> Floats:
    value: Floats = np.sin(rows * 127.1 + columns * 311.7 + seed % 97) * 43758.5453
    return value % 1.0


def _boards(light: RGB, dark: RGB, seed: int) -> Floats:
    # Everything but the noise is found a row or a column at a time: ten boards across, two along, each shifted.
    place = np.arange(FLOOR_PIXELS) / FLOOR_PIXELS
    across = (place * 10)[:, None]
    row = np.floor(across)
    shifted = place + _plank_shades(row, np.full_like(row, 3.0), seed)
    along = (shifted - np.floor(shifted)) * 2
    second = along >= 1.0
    shade = np.where(second, _plank_shades(row, np.full_like(row, 6.0), seed), _plank_shades(row, row * 0 + 5, seed))
    grain = noise(2.0, 70.0, seed, 1.1, FLOOR_PIXELS)
    along -= second
    edge = np.minimum(np.minimum(across % 1, 1 - across % 1) / 10, np.minimum(along, 1 - along) / 2)
    wood = blend(light, dark, 0.22 + 0.5 * shade + 0.13 * grain)
    return blend(wood, np.asarray(dark) * 0.4, 0.75 * (edge < 0.0016))


def _herringbone(light: RGB, dark: RGB, seed: int) -> Floats:
    # Blocks four cells long and one wide: along a cell diagonal, k = (column - row) mod 8 tells which block it is of.
    cells = 32
    row, column = np.mgrid[0:cells, 0:cells].astype(np.float64)
    phase = (column - row) % 8
    flat = phase < 4
    start_column, start_row = np.where(flat, column - phase, column), np.where(flat, row, row - (7 - phase))
    shade = _enlarged(_plank_shades(start_row % cells, start_column % cells, seed))
    flat, start = _enlarged(flat), _enlarged(np.where(flat, phase, 7 - phase))
    x = np.arange(FLOOR_PIXELS) / FLOOR_PIXELS * cells % 1
    y = x[:, None]
    along = (start + np.where(flat, x, y)) / 4
    across = np.where(flat, y, x)
    edge = np.minimum(np.minimum(across, 1 - across), np.minimum(along, 1 - along) * 4)
    grain = noise(2.0, 70.0, seed, 1.1, FLOOR_PIXELS)
    wood = blend(light, dark, 0.22 + 0.5 * shade + 0.13 * np.where(flat, grain, grain.T))
    return blend(wood, np.asarray(dark) * 0.45, 0.7 * (edge < 0.045))


def _enlarged(cells: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A square of cells as a square of ``FLOOR_PIXELS`` pixels."""
    times = FLOOR_PIXELS // len(cells)
    return cells.repeat(times, axis=0).repeat(times, axis=1)


def _tiles(ground: RGB, other: RGB, seed: int) -> Floats:
    place = np.arange(FLOOR_PIXELS) / FLOOR_PIXELS * 3 % 1
    nearest = np.minimum(place, 1 - place)
    edge = np.minimum(nearest, nearest[:, None])
    stone = blend(ground, other, 0.4 + 0.3 * noise(6.0, 6.0, seed, pixels=FLOOR_PIXELS))
    return blend(stone, np.asarray(ground) * 0.6, 1.0 * (edge < 0.011))
