"""How much each product would cover alone: what a drawn picture hides of it, and what its frame cuts off."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from showroom.projection import focal_pixels
from showroom.raster import NEAR, Fragments, Mesh, covered, picture_points, to_camera
from showroom.types import Camera, Ints

I32 = npt.NDArray[np.int32]
WIDE = 3
"""What lies outside counts within this many picture widths and heights, measured in cells of 4 by 4 pixels."""


def alone_counts(fragments: Fragments, owner: I32, owners: int, pixels: int) -> Ints:
    """How many pixels of the picture each of ``owners`` would cover alone; ``owner[face]`` is -1 for nobody's."""
    whose = owner[fragments.face]
    mine = whose >= 0
    covered = np.zeros(owners * pixels, bool)
    covered[whose[mine].astype(np.int64) * pixels + fragments.pixel[mine]] = True
    counts: Ints = covered.reshape(owners, pixels).sum(axis=1)
    return counts


def inside_share(mesh: Mesh, camera: Camera) -> float:
    """Which share of the mesh's silhouette the frame keeps: 1 when it does not reach the frame's edge."""
    points = to_camera(mesh.vertices, camera)
    placed = picture_points(points, focal_pixels(camera), camera.width, camera.height)
    low, high = placed[:, :2].min(axis=0), placed[:, :2].max(axis=0)
    if points[:, 2].min() > NEAR and low.min() >= 0 and high[0] <= camera.width and high[1] <= camera.height:
        return 1.0
    rows, columns = camera.height // 4, camera.width // 4
    fov = 2 * math.degrees(math.atan(WIDE * math.tan(math.radians(camera.fov) / 2)))
    wide = replace(camera, fov=fov, width=WIDE * columns, height=WIDE * rows)
    shown = np.zeros(wide.width * wide.height, bool)
    shown[covered(mesh, wide).pixel] = True
    kept = int(shown.reshape(wide.height, wide.width)[rows : 2 * rows, columns : 2 * columns].sum())
    return kept / max(int(shown.sum()), 1)


def covered_pixels(owner: I32, alone: Ints, meshes: Sequence[Mesh], camera: Camera) -> list[int]:
    """How many pixels each mesh would cover alone, beyond the frame too; 0 for those ``owner`` (h, w) lacks."""
    shown = np.bincount(owner[owner >= 0], minlength=len(meshes))
    return [
        round(int(count) / max(inside_share(mesh, camera), 0.01)) if seen else 0
        for count, mesh, seen in zip(alone, meshes, shown, strict=True)
    ]
