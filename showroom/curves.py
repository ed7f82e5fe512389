"""Curves that the mesh primitives sweep, turn and loft: outlines, profiles and smooth paths (metres)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from showroom.types import Floats

Points = Floats | Sequence[Sequence[float]] | Sequence[Floats]


def circle(radius: float = 1.0, segments: int = 36) -> Floats:
    """Closed circle ``(segments + 1, 2)``, counter-clockwise; the last point repeats the first."""
    return superellipse(radius, radius, 2.0, segments)


def superellipse(half_x: float, half_y: float, power: float = 2.0, segments: int = 48) -> Floats:
    """Closed outline ``|x / a|^p + |y / b|^p = 1``: an ellipse at ``p = 2``, nearly a rectangle for large ``p``."""
    angle = np.linspace(0.0, 2.0 * np.pi, segments + 1)
    cosine, sine = np.cos(angle), np.sin(angle)
    stretch = (np.abs(cosine) ** power + np.abs(sine) ** power) ** (-1.0 / power)
    outline = np.stack([half_x * stretch * cosine, half_y * stretch * sine], axis=1)
    outline[-1] = outline[0]
    return outline


def rounded_rectangle(half_x: float, half_y: float, radius: float, corner_segments: int = 5) -> Floats:
    """Closed rectangle with quarter-circle corners, counter-clockwise from the middle of its right side."""
    radius = min(radius, half_x, half_y)
    corners = []
    for index, (sign_x, sign_y) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        angle = np.linspace(0.0, np.pi / 2, corner_segments + 1) + index * np.pi / 2
        middle = np.array([sign_x * (half_x - radius), sign_y * (half_y - radius)])
        corners.append(middle + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    start = np.array([[half_x, 0.0]])
    return np.concatenate([start, *corners, start])


def waved(outline: Floats, waves: int, depth: float, phase: float = 0.0) -> Floats:
    """The outline with its distance from the centre scaled by ``1 + depth * cos(waves * angle + phase)``."""
    angle = np.linspace(0.0, 2.0 * np.pi, len(outline))
    result: Floats = outline * (1.0 + depth * np.cos(waves * angle + phase))[:, None]
    return result


def spline(points: Points, samples: int = 32) -> Floats:
    """Catmull-Rom curve through ``(n, d)`` points, ``n >= 2``, sampled evenly in its parameter; both ends included."""
    known = np.asarray(points, dtype=np.float64)
    known = np.concatenate([2 * known[:1] - known[1:2], known, 2 * known[-1:] - known[-2:-1]])
    position = np.linspace(0.0, len(known) - 3, samples)
    segment = np.minimum(position.astype(np.int64), len(known) - 4)
    t = (position - segment)[:, None]
    before, start, end, after = (known[segment + step] for step in range(4))
    cubic = -before + 3 * start - 3 * end + after
    square = 2 * before - 5 * start + 4 * end - after
    result: Floats = 0.5 * (2 * start + (end - before) * t + square * t**2 + cubic * t**3)
    return result


def arc_lengths(points: Floats) -> Floats:
    """Distance along an ``(n, d)`` polyline at each of its points, starting at 0."""
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])


def rotation_x(angle: float) -> Floats:
    """Rotation matrix about the x axis; a positive angle (radians) tips +y towards +z."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def rotation_y(angle: float) -> Floats:
    """Rotation matrix about the y axis; a positive angle (radians) tips +z towards +x."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def rotation_z(angle: float) -> Floats:
    """Rotation matrix about the z axis; a positive angle (radians) turns +x towards +y."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
