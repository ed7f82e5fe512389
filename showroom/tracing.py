"""Rays through pixel centres: who is seen in each pixel, and how many pixels an object would cover alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from showroom.mitsuba_scene import ROOM_OWNER, Stage, mesh, shape_order
from showroom.mitsuba_start import dr, mi
from showroom.projection import camera_frame, focal_pixels, project
from showroom.types import Camera, Floats, Ints, Part

CANVAS = 2.0


def _rays(camera: Camera, columns: Floats, rows: Floats) -> Any:
    """Rays through the image points of a grid; pixel (0, 0) has its centre at (0.5, 0.5)."""
    forward, right, up = camera_frame(camera)
    focal = focal_pixels(camera)
    x, y = np.meshgrid((columns - camera.width / 2) / focal, (camera.height / 2 - rows) / focal)
    direction = forward + x[..., None] * right + y[..., None] * up
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    flat = direction.reshape(-1, 3).astype(np.float32)
    axes = [mi.Float(np.ascontiguousarray(flat[:, k])) for k in range(3)]
    origin = [mi.Float(np.full(len(flat), value, dtype=np.float32)) for value in camera.eye]
    return mi.Ray3f(mi.Point3f(*origin), mi.Vector3f(*axes))


def owners_seen(stage: Stage, camera: Camera) -> Ints:
    """Owner of the first surface behind each pixel centre, (height, width). Glass counts as a surface."""
    columns = np.arange(camera.width, dtype=np.float64) + 0.5
    rows = np.arange(camera.height, dtype=np.float64) + 0.5
    hit = stage.scene.ray_intersect_preliminary(_rays(camera, columns, rows))
    valid = np.array(hit.is_valid())
    number = np.array(dr.reinterpret_array(mi.UInt32, hit.shape))
    triangle = np.array(hit.prim_index)
    seen = np.full(valid.shape, ROOM_OWNER, dtype=np.int64)
    order = shape_order(stage.scene)
    for name, owner in stage.owners.items():
        here = valid & (number == order[name])
        seen[here] = owner[triangle[here]] if isinstance(owner, np.ndarray) else owner
    return seen.reshape(camera.height, camera.width)


class Silhouette:
    """One object alone, to count the pixels it would cover or to cut it out."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._points = np.concatenate([part.vertices for part in parts])
        shapes = {f"s{index}": mesh(part) for index, part in enumerate(parts)}
        self._scene = mi.load_dict({"type": "scene", **shapes})

    def pixels(self, camera: Camera) -> int:
        """Pixels it covers on a canvas ``CANVAS`` times as wide and high as the frame, with the frame in its middle."""
        image = project(self._points, camera)
        margin_x, margin_y = ((CANVAS - 1) / 2 * side for side in (camera.width, camera.height))
        low, high = np.array([-margin_x, -margin_y]), np.array([camera.width + margin_x, camera.height + margin_y])
        if image[:, 2].min() > 0.05:
            low = np.maximum(low, np.floor(image[:, :2].min(axis=0)))
            high = np.minimum(high, np.ceil(image[:, :2].max(axis=0)))
        if np.any(high <= low):
            return 0
        columns, rows = np.arange(low[0], high[0]) + 0.5, np.arange(low[1], high[1]) + 0.5
        return int(np.array(self._scene.ray_test(_rays(camera, columns, rows))).sum())

    def coverage(self, camera: Camera, samples: int = 3) -> Floats:
        """Share of each pixel that it covers, (height, width), from ``samples`` squared rays a pixel."""
        columns, rows = ((np.arange(side * samples) + 0.5) / samples for side in (camera.width, camera.height))
        hits = np.array(self._scene.ray_test(_rays(camera, columns, rows))).astype(np.float64)
        shares: Floats = hits.reshape(camera.height, samples, camera.width, samples).mean(axis=(1, 3))
        return shares


def sensor(camera: Camera, samples: int) -> Any:
    """The camera as Mitsuba knows it."""
    where = mi.ScalarTransform4f().look_at(origin=camera.eye.tolist(), target=camera.target.tolist(), up=[0, 0, 1])
    film = {
        "type": "hdrfilm",
        "width": camera.width,
        "height": camera.height,
        "rfilter": {"type": "box"},
        "pixel_format": "rgb",
        "component_format": "float32",
    }
    sampler = {"type": "independent", "sample_count": samples}
    return mi.load_dict(
        {
            "type": "perspective",
            "fov": float(camera.fov),
            "fov_axis": "x",
            "near_clip": 0.05,
            "to_world": where,
            "film": film,
            "sampler": sampler,
        }
    )
