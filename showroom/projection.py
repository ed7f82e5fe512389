"""Pinhole geometry shared by every renderer of the demo world."""

from __future__ import annotations

import math

import numpy as np

from showroom.types import Camera, Floats


def camera_frame(camera: Camera) -> tuple[Floats, Floats, Floats]:
    """Unit vectors (forward, right, up) of a level camera. A camera that looks straight up or down has none."""
    forward = np.asarray(camera.target, dtype=np.float64) - np.asarray(camera.eye, dtype=np.float64)
    forward /= np.linalg.norm(forward)
    # The cross products are written out: furnishing asks for thousands of frames, and np.cross is slow for single vectors.
    right = np.array([forward[1], -forward[0], 0.0])
    length = float(np.linalg.norm(right))
    if length < 1e-9:
        raise ValueError(f"camera at {camera.eye} looks along the vertical; move its target sideways")
    right /= length
    x, y, z = right[1] * forward[2], -right[0] * forward[2], right[0] * forward[1] - right[1] * forward[0]
    return forward, right, np.array([x, y, z])


def focal_pixels(camera: Camera) -> float:
    """Focal length in pixels: ``fov`` spans the picture's width."""
    return camera.width / 2 / math.tan(math.radians(camera.fov) / 2)


def project(points: Floats, camera: Camera) -> Floats:
    """World points (n, 3) to (n, 3): pixel x, pixel y (downwards) and depth in metres along the view axis.

    Points at or behind the eye keep their depth (<= 0); their x and y mean nothing.
    """
    forward, right, up = camera_frame(camera)
    relative = np.asarray(points, dtype=np.float64) - camera.eye
    depth = relative @ forward
    scale = focal_pixels(camera) / np.where(depth > 1e-6, depth, 1e-6)
    x = camera.width / 2 + (relative @ right) * scale
    y = camera.height / 2 - (relative @ up) * scale
    return np.stack([x, y, depth], axis=1)


def rotation_z(angle: float) -> Floats:
    """Turn by ``angle`` radians about the vertical, anticlockwise seen from above."""
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def rotation_x(angle: float) -> Floats:
    """Turn by ``angle`` radians about the x axis; a negative angle leans an upright thing backwards (to +y)."""
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])
