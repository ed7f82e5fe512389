"""A software rasteriser: triangles and a pinhole camera in; the face and depth of each pixel out.

Triangles are clipped at the near plane and set into the picture all at once; `showroom.scanning` goes through them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from showroom.projection import camera_frame, focal_pixels
from showroom.scanning import F32, I32, I64, count_alone, count_layers, keep_nearest, scan
from showroom.types import Camera

NEAR = 0.05
"""Nothing closer to the eye than this (metres) is drawn."""


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


def to_camera(vertices: F32, camera: Camera) -> F32:
    """World points (n, 3) as metres to the right of, below and in front of the eye."""
    forward, right, up = camera_frame(camera)
    axes = np.stack([right, -up, forward]).astype(np.float32)
    moved: F32 = (vertices - np.asarray(camera.eye, np.float32)) @ axes.T
    return moved


def clip_near(points: F32, faces: I32, near: float = NEAR) -> tuple[F32, I32, I64]:
    """Cut camera-space triangles at the near plane: points (new ones added), faces, and each face's origin, which never falls.

    A triangle with one corner in front stays one triangle, with two corners in front it becomes two.
    """
    front = points[:, 2] >= near
    if front.all():
        return points, faces, np.arange(len(faces), dtype=np.int64)
    ahead = front.astype(np.int8)
    count = ahead[faces[:, 0]] + ahead[faces[:, 1]] + ahead[faces[:, 2]]
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
    order = np.argsort(origin, kind="stable")
    return np.concatenate([points, extra]), np.concatenate([faces[whole], extra_faces])[order], origin[order]


def picture_points(points: F32, focal: float, width: int, height: int) -> F32:
    """Camera-space points as (x, y) pixels and inverse depth; points behind the near plane are set upon it."""
    nearness = 1.0 / np.maximum(points[:, 2], NEAR * 0.5)
    placed: F32 = np.empty_like(points)
    placed[:, 0] = points[:, 0] * nearness * focal + width / 2
    placed[:, 1] = points[:, 1] * nearness * focal + height / 2
    placed[:, 2] = nearness
    return placed


def _spans(mesh: Mesh, camera: Camera) -> tuple[F32, I32, I64, I32]:
    """Picture-space points and faces, the faces they were cut from, and the rows of pixels they cover."""
    points, faces, origin = clip_near(to_camera(mesh.vertices, camera), mesh.faces)
    placed = picture_points(points, focal_pixels(camera), camera.width, camera.height)
    return placed, faces, origin, scan(placed, faces, camera.width, camera.height)


def covered(mesh: Mesh, camera: Camera) -> I32:
    """How many triangles of a mesh lie one behind the other in each pixel (h, w) of the camera's picture."""
    layers = np.zeros((camera.height, camera.width), np.int32)
    count_layers(_spans(mesh, camera)[3], layers)
    return layers


def draw(mesh: Mesh, camera: Camera, owner: I32 | None = None) -> tuple[Buffers, I64]:
    """Rasterise a mesh as the camera sees it, one sample a pixel: what shows, and what each owner would cover alone.

    ``owner`` (m,) numbers from 0 whom each face belongs to, -1 for nobody; without it all belong to owner 0. The faces
    of one owner must follow each other. The counts (owners,) include pixels in which something else hides the owner.
    """
    owner = np.zeros(len(mesh.faces), np.int32) if owner is None else owner
    points, faces, origin, spans = _spans(mesh, camera)
    shape = (camera.height, camera.width)
    face, nearness = np.full(shape, -1, np.int32), np.zeros(shape, np.float32)
    keep_nearest(points, faces, spans, origin, face, nearness)
    counts = np.zeros(int(owner.max(initial=-1)) + 1, np.int64)
    count_alone(spans, origin, owner, np.full(shape, -1, np.int32), counts)
    with np.errstate(divide="ignore"):
        depth: F32 = np.float32(1.0) / nearness
    return Buffers(face, depth), counts
