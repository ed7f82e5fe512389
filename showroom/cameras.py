"""Where the photographer stands: several clearly different views of one room, each with much to see."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from showroom.products import shape_of
from showroom.projection import project
from showroom.types import Camera, Floats, Placement

CELL = 8
TRIES = 18


@dataclass(frozen=True)
class Stance:
    """Ranges a view is drawn from: azimuth and its sign (0 any), eye height, distance (metres), field of view (degrees)."""

    azimuth: tuple[float, float]
    sign: int
    height: tuple[float, float]
    distance: tuple[float, float]
    fov: tuple[float, float]


STANCES = (
    Stance((0.0, 0.15), 0, (1.25, 1.55), (3.4, 4.2), (56.0, 64.0)),
    Stance((0.45, 0.75), 1, (1.45, 1.9), (2.9, 3.7), (54.0, 64.0)),
    Stance((0.4, 0.7), -1, (0.85, 1.2), (2.8, 3.6), (52.0, 62.0)),
    Stance((0.1, 0.35), 0, (1.05, 1.7), (2.1, 2.7), (44.0, 54.0)),
)


def bounding_corners(placement: Placement) -> Floats:
    """The eight corners (8, 3) in the world of a product's bounding box."""
    points = np.concatenate([part.vertices for part in shape_of(placement.product).parts])
    low, high = points.min(axis=0), points.max(axis=0)
    grid = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    return grid @ placement.rotation.T + placement.position


def seen_objects(corners: Sequence[Floats], camera: Camera) -> float:
    """How much a picture shows: a soft count of the objects, by painting their bounding rectangles back to front.

    An object counts in full from 30 % of its rectangle up; what is hidden or out of the frame counts less or nothing.
    """
    if not len(corners):
        return 0.0
    rows, columns = camera.height // CELL, camera.width // CELL
    # One projection for all boxes: this is the innermost loop of furnishing.
    images = project(np.concatenate(corners), camera).reshape(len(corners), -1, 3)
    images = images[images[:, :, 2].min(axis=1) >= 0.25]
    low, high = images[:, :, :2].min(axis=1) / CELL, images[:, :, :2].max(axis=1) / CELL
    area = np.maximum(np.prod(high - low, axis=1), 1e-6)
    starts = np.maximum(low, 0.0).astype(np.int64)
    stops = np.minimum(np.ceil(high), (columns, rows)).astype(np.int64)
    owner = np.full((rows, columns), len(images))
    back_to_front = np.lexsort((-np.arange(len(images)), -images[:, :, 2].mean(axis=1))).tolist()
    boxes = np.concatenate([starts, stops], axis=1).tolist()
    for index in back_to_front:
        left, top, right, bottom = boxes[index]
        if right > left and bottom > top:
            owner[top:bottom, left:right] = index
    counts = np.bincount(owner.ravel(), minlength=len(images) + 1)[:-1]
    shares = np.minimum(counts / area / 0.3, 1.0) * (counts >= 2)
    return float(sum(shares[back_to_front].tolist()))


def choose_views(
    rng: np.random.Generator,
    size: tuple[float, float, float],
    focus: Floats,
    placements: Sequence[Placement],
    count: int,
    width: int,
    height: int,
) -> tuple[Camera, ...]:
    """``count`` cameras, one a stance (stances repeat from the fifth on), each the best of some random tries."""
    corners = [bounding_corners(placement) for placement in placements]
    low, high = (np.array([bound(points, axis=0) for points in corners]).reshape(-1, 3) for bound in (np.min, np.max))
    views = []
    for index in range(count):
        stance = STANCES[index % len(STANCES)]
        tries = [_try(rng, stance, size, focus, width, height) for _ in range(TRIES)]
        free = [camera for camera in tries if not _blocked(camera.eye, low, high)] or tries
        views.append(max(free, key=lambda camera: seen_objects(corners, camera)))
    return tuple(views)


def _try(
    rng: np.random.Generator, stance: Stance, size: tuple[float, float, float], focus: Floats, width: int, height: int
) -> Camera:
    sign = stance.sign or (-1 if rng.random() < 0.5 else 1)
    azimuth = sign * rng.uniform(*stance.azimuth)
    distance = rng.uniform(*stance.distance)
    eye = focus + distance * np.array([math.sin(azimuth), -math.cos(azimuth), 0.0])
    eye[0] = np.clip(eye[0], -size[0] / 2 + 0.25, size[0] / 2 - 0.25)
    eye[2] = rng.uniform(*stance.height)
    target = focus + np.array([rng.uniform(-0.3, 0.3), 0.0, rng.uniform(-0.1, 0.2)])
    target[2] = eye[2] - (eye[2] - target[2]) * rng.uniform(0.5, 1.0)
    return Camera(eye, target, float(rng.uniform(*stance.fov)), width, height)


def _blocked(eye: Floats, low: Floats, high: Floats, margin: float = 0.35) -> bool:
    """Whether the eye comes within ``margin`` of any of the boxes from ``low`` to ``high`` (n, 3)."""
    return bool(((eye > low - margin) & (eye < high + margin)).all(axis=1).any())
