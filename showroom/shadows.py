"""Cheap shade for drawn rooms: dark floor under furniture, dark corners, halos where things stand behind others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from showroom.raster import F32, Mesh, scan

CELL = 0.04
_MARGIN = 1.0
_LOW, _HIGH = 0.3, 1.5


@dataclass(frozen=True, eq=False)
class FloorShade:
    """A map from above of how dark the floor is: ``dark`` (rows, columns) in [0, 1], cells of 4 cm from ``origin``."""

    dark: F32
    origin: tuple[float, float]

    def at(self, points: F32) -> F32:
        """Darkness at world points (3, k), fading out over the first 10 cm above the floor."""
        rows, columns = self.dark.shape
        column = np.clip(((points[0] - self.origin[0]) / CELL).astype(np.int32), 0, columns - 1)
        row = np.clip(((points[1] - self.origin[1]) / CELL).astype(np.int32), 0, rows - 1)
        fade = np.clip(1.0 - np.abs(points[2] - 0.01) / 0.1, 0.0, 1.0)
        shade: F32 = self.dark[row, column] * fade
        return shade


def _footprint(meshes: Sequence[Mesh], top: float, origin: tuple[float, float], size: tuple[int, int]) -> Image.Image:
    """What stands below height ``top`` and above the floor's own skin, seen from above."""
    stamp = np.zeros(size[0] * size[1], np.uint8)
    for mesh in meshes:
        height = mesh.vertices[:, 2]
        if height.max() < 0.05:
            continue
        faces = mesh.faces[height[mesh.faces].min(axis=1) < top]
        flat = np.empty_like(mesh.vertices)
        flat[:, :2] = (mesh.vertices[:, :2] - origin) / CELL
        flat[:, 2] = 1.0
        stamp[scan(flat, faces, *size).pixel] = 255
    return Image.fromarray(stamp.reshape(size[1], size[0]))


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


def corner_light(points: F32, room: tuple[float, float, float]) -> F32:
    """How open (at most 1) points (3, k) are to the room: walls, floor and ceiling close by take light away."""
    gaps = (
        np.float32(room[0] / 2) - np.abs(points[0]),
        np.float32(room[1] / 2) - points[1],
        points[2],
        np.float32(room[2]) - points[2],
    )
    open_share = np.ones(points.shape[1:], np.float32)
    for gap in gaps:
        open_share *= 1.0 - np.float32(0.22) * np.exp(-np.maximum(gap, np.float32(0.0)) / np.float32(0.22))
    # A surface lies in one plane anyway, so one factor is always at its darkest: give it back.
    lit: F32 = open_share / np.float32(0.78)
    return lit


def halo_light(depth: npt.NDArray[np.float32]) -> F32:
    """Darkening (h, w) of what lies a little behind its surroundings in the picture.

    Unsharp masking of the depth buffer (Luft, Colditz and Deussen, SIGGRAPH 2006), at an eighth of the size.
    """
    finite = np.where(np.isfinite(depth), depth, 20.0).astype(np.float32)
    height, width = finite.shape
    picture = Image.fromarray(finite)
    tiny = picture.resize((max(width // 16, 1), max(height // 16, 1)), Image.Resampling.BOX)
    behind = np.maximum(finite - np.asarray(tiny.resize((width, height), Image.Resampling.BICUBIC)), 0.0)
    halo: F32 = 1.0 - 0.8 * behind * np.exp(-behind / 0.25) / 0.25
    return np.maximum(halo, 0.4)
