"""Cheap shade for drawn rooms: dark floor under furniture, dark corners, halos where things stand behind others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from showroom.lighting import Surroundings
from showroom.raster import Mesh
from showroom.scanning import F32, count_layers, scan

CELL = 0.04
_MARGIN = 1.0
_LOW, _HIGH = 0.3, 1.5


@dataclass(frozen=True, eq=False)
class FloorShade:
    """A map from above of how dark the floor is: ``dark`` (rows, columns) in [0, 1], cells of 4 cm from ``origin``."""

    dark: F32
    origin: tuple[float, float]

    def surroundings(self, room: tuple[float, float, float], around: F32) -> Surroundings:
        """What shades a point of a ``room``; ``around`` (h, w) is the picture's `blurred_depth`."""
        return Surroundings(self.dark, *self.origin, CELL, *room, around)


def _footprint(meshes: Sequence[Mesh], top: float, origin: tuple[float, float], size: tuple[int, int]) -> Image.Image:
    """What stands below height ``top`` and above the floor's own skin, seen from above."""
    layers = np.zeros((size[1], size[0]), np.int32)
    for mesh in meshes:
        height = mesh.vertices[:, 2]
        if height.max() < 0.05:
            continue
        low = np.minimum(np.minimum(height[mesh.faces[:, 0]], height[mesh.faces[:, 1]]), height[mesh.faces[:, 2]])
        flat = np.empty_like(mesh.vertices)
        flat[:, :2] = (mesh.vertices[:, :2] - origin) / CELL
        flat[:, 2] = 1.0
        count_layers(scan(flat, mesh.faces[low < top], *size), layers)
    return Image.fromarray((layers > 0).astype(np.uint8) * 255)


def floor_shade(meshes: Sequence[Mesh], room: tuple[float, float, float], window_side: int) -> FloorShade:
    """Contact shadows of what is low and soft shadows, drawn away from the window, of what is higher."""
    origin = (-room[0] / 2 - _MARGIN, -room[1] / 2 - _MARGIN)
    size = (int((room[0] + 2 * _MARGIN) / CELL), int((room[1] + 2 * _MARGIN) / CELL))
    low = _footprint(meshes, _LOW, origin, size).filter(ImageFilter.GaussianBlur(1.5))
    high = _footprint(meshes, _HIGH, origin, size).filter(ImageFilter.GaussianBlur(6.0))
    thrown = np.roll(np.asarray(high, np.float32), -window_side * 5, axis=1) / 255.0
    contact = np.asarray(low, np.float32) / 255.0
    dark = 1.0 - (1.0 - 0.45 * contact) * (1.0 - 0.4 * thrown)
    return FloorShade(np.asarray(dark, np.float32), origin)


def blurred_depth(depth: F32) -> F32:
    """The depth (h, w) of each pixel's surroundings, which tells what lies behind them and takes a halo.

    Unsharp masking of the depth buffer (Luft, Colditz and Deussen, SIGGRAPH 2006), at a sixteenth of the size.
    """
    finite = np.minimum(depth, np.float32(20.0))
    height, width = finite.shape
    tiny = Image.fromarray(finite).resize((max(width // 16, 1), max(height // 16, 1)), Image.Resampling.BOX)
    return np.asarray(tiny.resize((width, height), Image.Resampling.BICUBIC))
