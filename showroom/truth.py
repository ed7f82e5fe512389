"""How much each product would cover alone: what a drawn picture hides of it, and what its frame cuts off."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from showroom.projection import focal_pixels
from showroom.raster import NEAR, Mesh, covered, picture_points, to_camera
from showroom.scanning import F32, I32, I64
from showroom.types import Camera

WIDE = 3
"""What lies outside counts within this many picture widths and heights, measured in cells of 4 by 4 pixels."""


def inside_share(mesh: Mesh, camera: Camera) -> float:
    """Which share of the mesh's silhouette the frame keeps: 1 when it does not reach the frame's edge."""
    points = to_camera(mesh.vertices, camera)
    placed = picture_points(points, focal_pixels(camera), camera.width, camera.height)
    if _within(points[:, 2].min(), placed.min(axis=0), placed.max(axis=0), camera):
        return 1.0
    rows, columns = camera.height // 4, camera.width // 4
    fov = 2 * math.degrees(math.atan(WIDE * math.tan(math.radians(camera.fov) / 2)))
    wide = replace(camera, fov=fov, width=WIDE * columns, height=WIDE * rows)
    shown = covered(mesh, wide) > 0
    kept = int(shown[rows : 2 * rows, columns : 2 * columns].sum())
    return kept / max(int(shown.sum()), 1)


def _within(nearest: float, low: F32, high: F32, camera: Camera) -> bool:
    """Whether a silhouette from ``low`` to ``high`` (x, y, ...) ends inside the frame and before the near plane."""
    inside = low[0] >= 0 and low[1] >= 0 and high[0] <= camera.width and high[1] <= camera.height
    return bool(nearest > NEAR and inside)


def covered_pixels(owner: I32, alone: I64, meshes: Sequence[Mesh], camera: Camera) -> list[int]:
    """How many pixels each mesh would cover alone, beyond the frame too; 0 for those ``owner`` (h, w) lacks."""
    shown = np.bincount((owner + 1).ravel(), minlength=len(meshes) + 1)[1:]
    return [
        round(int(count) / max(inside_share(mesh, camera), 0.01)) if seen else 0
        for count, mesh, seen in zip(alone, meshes, shown, strict=True)
    ]
