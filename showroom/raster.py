"""A software rasteriser in plain numpy: triangles and a pinhole camera in; the face and depth of each pixel out.

Every step works on all triangles at once: clip at the near plane, cut each triangle into rows, each row into pixels
(scan conversion with pixel centres at .5, so neighbouring triangles neither overlap nor leave gaps), keep the nearest.
Inverse depth is linear in the picture, which makes it a plane equation of each triangle (Blinn, "Hyperbolic
interpolation", IEEE Computer Graphics and Applications, 1992).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from showroom.projection import camera_frame, focal_pixels
from showroom.types import Camera

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
NEAR = 0.05
"""Nothing closer to the eye than this (metres) is drawn."""
_THIN = 1e-4
_DEPTH_STEPS = 2**31 - 1


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles ready for drawing: ``vertices``, ``normals`` (n, 3), ``uvs`` (n, 2), ``faces`` and, for each face, the
    number of its ``material`` (m,)."""

    vertices: F32
    normals: F32
    uvs: F32
    faces: I32
    material: I32


@dataclass(frozen=True, eq=False)
class Buffers:
    """What each pixel shows: ``face`` (h, w), -1 where nothing is, and ``depth`` (h, w) in metres along the optical
    axis, inf where nothing is."""

    face: I32
    depth: F32


@dataclass(frozen=True, eq=False)
class Fragments:
    """Every (face, pixel) couple that triangles cover, hidden ones included, and its inverse depth. ``pixel`` is
    ``y * width + x``."""

    face: I64
    pixel: I64
    nearness: F32


def to_camera(vertices: F32, camera: Camera) -> F32:
    """World points (n, 3) as metres to the right of, below and in front of the eye."""
    forward, right, up = camera_frame(camera)
    axes = np.stack([right, -up, forward]).astype(np.float32)
    moved: F32 = (vertices - np.asarray(camera.eye, np.float32)) @ axes.T
    return moved


def clip_near(points: F32, faces: I32, near: float = NEAR) -> tuple[F32, I32, I64]:
    """Cut camera-space triangles at the near plane: points (new ones added), faces, and each face's origin.

    A triangle with one corner in front stays one triangle, with two corners in front it becomes two.
    """
    front = points[:, 2] >= near
    count = front[faces].sum(axis=1)
    whole = np.flatnonzero(count == 3)
    if whole.size == len(faces):
        return points, faces, whole
    cut = np.flatnonzero((count == 1) | (count == 2))
    # Rotate the corners so that the odd one out (alone in front, or alone behind) comes first.
    odd = front[faces[cut]] == (count[cut] == 1)[:, None]
    order = (np.argmax(odd, axis=1)[:, None] + np.arange(3)) % 3
    corners = points[np.take_along_axis(faces[cut], order.astype(faces.dtype), axis=1)].reshape(-1, 3, 3)
    apex = corners[:, 0]
    ends = []
    for other in (corners[:, 1], corners[:, 2]):
        share = (near - apex[:, 2]) / (other[:, 2] - apex[:, 2])
        ends.append(apex + share[:, None] * (other - apex))
    single = count[cut] == 1
    one = np.stack([apex, ends[0], ends[1]], axis=1)[single]
    two_a = np.stack([ends[0], corners[:, 1], corners[:, 2]], axis=1)[~single]
    two_b = np.stack([ends[0], corners[:, 2], ends[1]], axis=1)[~single]
    extra = np.concatenate([one, two_a, two_b]).reshape(-1, 3).astype(np.float32)
    extra_faces = (len(points) + np.arange(len(extra))).reshape(-1, 3).astype(np.int32)
    origin = np.concatenate([whole, cut[single], cut[~single], cut[~single]])
    return np.concatenate([points, extra]), np.concatenate([faces[whole], extra_faces]), origin


def picture_points(points: F32, focal: float, width: int, height: int) -> F32:
    """Camera-space points as (x, y) pixels and inverse depth; points behind the near plane are set upon it."""
    nearness = 1.0 / np.maximum(points[:, 2], NEAR * 0.5)
    placed: F32 = np.empty_like(points)
    placed[:, 0] = points[:, 0] * nearness * focal + width / 2
    placed[:, 1] = points[:, 1] * nearness * focal + height / 2
    placed[:, 2] = nearness
    return placed


def _expanded(counts: I64) -> tuple[I64, I64]:
    """For runs of the given lengths: the run each item belongs to, and its place inside the run."""
    run = np.repeat(np.arange(len(counts)), counts)
    starts = np.cumsum(counts) - counts
    return run, np.arange(len(run)) - starts[run]


def _nearness_planes(corners: F32) -> npt.NDArray[np.float32]:
    """``(a, b, c)`` of each triangle (m, 3, 3), so that inverse depth = a x + b y + c. Slivers get their mean."""
    x, y, q = (corners[:, :, axis].astype(np.float64) for axis in range(3))
    x1, x2, y1, y2 = x[:, 1] - x[:, 0], x[:, 2] - x[:, 0], y[:, 1] - y[:, 0], y[:, 2] - y[:, 0]
    q1, q2 = q[:, 1] - q[:, 0], q[:, 2] - q[:, 0]
    area = x1 * y2 - x2 * y1
    thin = np.abs(area) < _THIN
    safe = np.where(thin, 1.0, area)
    a = np.where(thin, 0.0, (q1 * y2 - q2 * y1) / safe)
    b = np.where(thin, 0.0, (x1 * q2 - x2 * q1) / safe)
    c = np.where(thin, q.mean(axis=1), q[:, 0] - a * x[:, 0] - b * y[:, 0])
    return np.stack([a, b, c], axis=1).astype(np.float32)


def scan(points: F32, faces: I32, width: int, height: int) -> Fragments:
    """Scan-convert picture-space triangles: all fragments inside the picture, in order of face."""
    corners = points[faces]
    low = np.minimum(np.minimum(corners[:, 0], corners[:, 1]), corners[:, 2])
    high = np.maximum(np.maximum(corners[:, 0], corners[:, 1]), corners[:, 2])
    first = np.clip(np.ceil(low[:, 1] - 0.5), 0, height).astype(np.int64)
    rows = np.clip(np.ceil(high[:, 1] - 0.5), 0, height).astype(np.int64) - first
    empty = np.ceil(np.maximum(low[:, 0], 0) - 0.5) >= np.ceil(np.minimum(high[:, 0], width) - 0.5)
    kept = np.flatnonzero((rows > 0) & ~empty)
    corners, first, rows = corners[kept], first[kept], rows[kept]
    order = np.argsort(corners[:, :, 1], axis=1)
    x = np.take_along_axis(corners[:, :, 0], order, axis=1)
    y = np.take_along_axis(corners[:, :, 1], order, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        long_slope = (x[:, 2] - x[:, 0]) / (y[:, 2] - y[:, 0])
        top_slope = (x[:, 1] - x[:, 0]) / (y[:, 1] - y[:, 0])
        low_slope = (x[:, 2] - x[:, 1]) / (y[:, 2] - y[:, 1])
        triangle, step = _expanded(rows)
        row = first[triangle] + step
        middle = (row + 0.5).astype(np.float32)
        below = middle - y[triangle, 0]
        one = x[triangle, 0] + below * long_slope[triangle]
        upper = x[triangle, 0] + below * top_slope[triangle]
        lower = x[triangle, 1] + (middle - y[triangle, 1]) * low_slope[triangle]
    other = np.where(middle < y[triangle, 1], upper, lower)
    left = np.clip(np.ceil(np.minimum(one, other) - 0.5), 0, width).astype(np.int64)
    right = np.clip(np.ceil(np.maximum(one, other) - 0.5), 0, width).astype(np.int64)
    planes = _nearness_planes(corners)
    start = planes[triangle, 1] * middle + planes[triangle, 2] + planes[triangle, 0] * (left + 0.5).astype(np.float32)
    span, place = _expanded(right - left)
    owner = triangle[span]
    nearness = start[span] + planes[owner, 0] * place.astype(np.float32)
    return Fragments(kept[owner], (row * width + left)[span] + place, nearness)


def nearest(fragments: Fragments, pixels: int) -> I64:
    """For each of ``pixels`` pixels the number of its nearest fragment, -1 where none is; ties go to the later one."""
    won = np.full(pixels, -1, np.int64)
    if not len(fragments.pixel):
        return won
    scale = _DEPTH_STEPS / max(float(fragments.nearness.max()), 1e-9)
    key = (np.maximum(fragments.nearness.astype(np.float64), 0.0) * scale).astype(np.int64) << 32
    np.maximum.at(won, fragments.pixel, key | np.arange(len(key)))
    return np.where(won < 0, -1, won & 0xFFFFFFFF)


def attribute_planes(points: F32, faces: I32, attributes: F32) -> F32:
    """For each camera-space face a matrix (1 + c, 3): times a ray (x / z, y / z, 1) it gives w, and w times each of the
    ``c`` attributes (of the vertices, (n, c)) where the ray meets the face's plane.

    Corner i weighs ``(v_j x v_k) . ray`` (Olano and Greer, "Triangle scan conversion using 2D homogeneous coordinates",
    1997), which is perspective-correct and holds for corners behind the eye too.
    """
    corners = points[faces].astype(np.float64)
    weights = np.cross(corners[:, [1, 2, 0]], corners[:, [2, 0, 1]])
    scale = np.abs(weights).max(axis=(1, 2), keepdims=True)
    weights /= np.where(scale > 0, scale, 1.0)
    values = np.ones((len(faces), 1 + attributes.shape[1], 3))
    values[:, 1:] = attributes[faces].transpose(0, 2, 1)
    return (values @ weights).astype(np.float32)


def covered(mesh: Mesh, camera: Camera) -> Fragments:
    """Every (face, pixel) couple of a mesh as the camera sees it."""
    points, faces, origin = clip_near(to_camera(mesh.vertices, camera), mesh.faces)
    placed = picture_points(points, focal_pixels(camera), camera.width, camera.height)
    cut = scan(placed, faces, camera.width, camera.height)
    return Fragments(origin[cut.face], cut.pixel, cut.nearness)


def draw(mesh: Mesh, camera: Camera) -> tuple[Buffers, Fragments]:
    """Rasterise a mesh as the camera sees it, one sample a pixel: what shows, and all that was covered."""
    fragments = covered(mesh, camera)
    won = nearest(fragments, camera.width * camera.height)
    pixel = np.flatnonzero(won >= 0)
    face = np.full(len(won), -1, np.int32)
    face[pixel] = fragments.face[won[pixel]]
    depth = np.full(len(won), np.inf, np.float32)
    depth[pixel] = 1.0 / np.maximum(fragments.nearness[won[pixel]], 1e-6)
    shape = (camera.height, camera.width)
    return Buffers(face.reshape(shape), depth.reshape(shape)), fragments
