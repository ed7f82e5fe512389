"""Mesh primitives of the demo products: rounded boxes, lofts, tubes, sheets and pillows, each a list of `Part`.

Uv coordinates are metres, unless the material says ``unit_uv``: then lofts, sheets and pillows span [0, 1] once. Wood
grain runs along u, which follows a part's longest side.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from showroom.curves import Points, arc_lengths, circle
from showroom.types import Floats, Ints, Material, Part, Shape, Shelf

Vector = tuple[float, float, float] | Floats
ORIGIN = (0.0, 0.0, 0.0)

_WELD = 1e-5  # vertices closer than this share their normal
_CREASE = 0.8  # cosine of the bend from which a profile's edge stays sharp


def _unit(vectors: Floats) -> Floats:
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2] if vectors.shape[-1] == 3 else 0.0
    result: Floats = vectors / np.maximum(np.sqrt(x * x + y * y + z * z), 1e-12)[..., None]
    return result


def _cross(a: Floats, b: Floats) -> Floats:
    """The cross products of the rows of two (n, 3): `np.cross` takes several times as long for small n."""
    product = np.empty_like(a)
    product[:, 0] = a[:, 1] * b[:, 2] - a[:, 2] * b[:, 1]
    product[:, 1] = a[:, 2] * b[:, 0] - a[:, 0] * b[:, 2]
    product[:, 2] = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return product


def smooth_normals(vertices: Floats, faces: Ints) -> Floats:
    """Unit vertex normals ``(n, 3)``; vertices at the same place share one, so seams do not show.

    Faces weigh by their area times their angle at the vertex: area keeps the flats of rounded boxes flat, and the angle
    makes the answer independent of how a quad is split.
    """
    cells = np.round(vertices / _WELD).astype(np.int64) + (1 << 20)
    keys = (cells[:, 0] << 42) + (cells[:, 1] << 21) + cells[:, 2]
    _, welded = np.unique(keys, return_inverse=True)
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    sides = _unit(np.stack([b - a, c - b, a - c]))
    angles = np.arccos(np.clip([-np.sum(sides[i - 1] * sides[i], axis=1) for i in range(3)], -1.0, 1.0))
    weights = (_cross(b - a, c - a)[:, None, :] * angles.T[:, :, None]).reshape(-1, 3)
    corners = welded[faces.ravel()]
    count = int(welded.max()) + 1
    sums = np.asarray([np.bincount(corners, weights[:, axis], count) for axis in range(3)], dtype=np.float64).T
    return _unit(sums)[welded]


@lru_cache(maxsize=256)
def _grid_faces(rows: int, columns: int) -> Ints:
    index = np.arange(rows * columns, dtype=np.int64).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    triangles = [np.stack([a, b, c], axis=-1).reshape(-1, 3), np.stack([a, c, d], axis=-1).reshape(-1, 3)]
    return np.concatenate(triangles)


def _part(vertices: Floats, uvs: Floats, faces: Ints, material: Material) -> Part:
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    solid = np.linalg.norm(_cross(b - a, c - a), axis=1) > 1e-12
    faces = faces[solid]
    return Part(vertices, smooth_normals(vertices, faces), uvs, faces, material)


def sheet(points: Floats, material: Material, uvs: Floats | None = None) -> list[Part]:
    """Open surface through a ``(rows, columns, 3)`` grid; its front is where columns x rows points."""
    rows, columns = points.shape[:2]
    if uvs is None:
        along = arc_lengths(points[rows // 2])
        across = arc_lengths(points[:, columns // 2])
        if material.unit_uv:
            along, across = along / max(along[-1], 1e-9), across / max(across[-1], 1e-9)
        uvs = np.stack(np.meshgrid(along, across), axis=-1)
    return [_part(points.reshape(-1, 3), uvs.reshape(-1, 2), _grid_faces(rows, columns), material)]


def placed(parts: Iterable[Part], at: Vector = ORIGIN, rotation: Floats | None = None) -> list[Part]:
    """The parts rotated about the origin, then moved by ``at``."""
    turn = np.eye(3) if rotation is None else rotation
    offset = np.asarray(at, dtype=np.float64)
    return [replace(part, vertices=part.vertices @ turn.T + offset, normals=part.normals @ turn.T) for part in parts]


def merged(parts: Iterable[Part]) -> list[Part]:
    """One part per material (the same object), in order of first use."""
    groups: dict[int, list[Part]] = {}
    for part in parts:
        groups.setdefault(id(part.material), []).append(part)
    return [_joined(group, group[0].material) for group in groups.values()]


def _joined(parts: Sequence[Part], material: Material) -> Part:
    starts = np.cumsum([0, *(len(part.vertices) for part in parts[:-1])])
    return Part(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.concatenate([part.uvs for part in parts]),
        np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=True)]),
        material,
    )


def assembled(parts: Iterable[Part], mount: str = "floor", shelves: Sequence[Shelf] = ()) -> Shape:
    """Merge the parts and put them where `Shape.mount` promises: centred, standing on z = 0 or backed by y = 0.

    Raises:
        ValueError: ``mount`` is not floor, top, wall or ceiling.
    """
    pieces = merged(parts)
    points = np.concatenate([part.vertices for part in pieces])
    low, high = points.min(axis=0), points.max(axis=0)
    middle = (low + high) / 2
    origins = {
        "floor": (middle[0], middle[1], low[2]),
        "top": (middle[0], middle[1], low[2]),
        "wall": (middle[0], high[1], middle[2]),
        "ceiling": (middle[0], middle[1], high[2]),
    }
    if mount not in origins:
        raise ValueError(f"unknown mount {mount!r}; use one of {', '.join(origins)}")
    shift = -np.array(origins[mount])
    moved = tuple(_moved_shelf(shelf, shift) for shelf in shelves)
    width, depth, height = (float(extent) for extent in high - low)
    return Shape(tuple(placed(pieces, shift)), (width, depth, height), mount, moved)


def _moved_shelf(shelf: Shelf, shift: Floats) -> Shelf:
    x, y, z = (float(value) for value in np.asarray(shelf.offset) + shift)
    return replace(shelf, offset=(x, y, z))


def _edge_line(half: float, radius: float, soft: bool) -> Floats:
    steps = 3 if radius > 0.008 else 2
    corner = radius * (1 - np.cos(np.linspace(0.0, np.pi / 2, steps)))[:-1]
    inner = np.linspace(radius - half, half - radius, 7 if soft else 2)
    return np.concatenate([corner - half, inner, half - corner[::-1]])


def rounded_box(
    size: Vector,
    material: Material,
    center: Vector = ORIGIN,
    *,
    radius: float = 0.006,
    puff: float = 0.0,
    folds: float = 0.0,
    seed: int = 0,
    rotation: Floats | None = None,
) -> list[Part]:
    """Box of ``size`` with rounded edges; ``puff`` bulges its sides, ``folds`` adds soft unevenness (both metres)."""
    half = np.asarray(size, dtype=np.float64) / 2
    radius = min(radius, float(half.min()) * 0.98)
    lines = [_edge_line(float(extent), radius, puff > 0 or folds > 0) for extent in half]
    points: list[Floats] = []
    uvs: list[Floats] = []
    faces: list[Ints] = []
    start = 0
    for axis in range(3):
        for sign in (-1, 1):
            side, uv = _box_side(half, radius, lines, axis, sign, puff)
            points.append(side.reshape(-1, 3))
            uvs.append(uv.reshape(-1, 2))
            faces.append(_grid_faces(*side.shape[:2]) + start)
            start += len(points[-1])
    vertices, triangles = np.concatenate(points), np.concatenate(faces)
    if folds:
        vertices = vertices + smooth_normals(vertices, triangles) * _folds(vertices, folds, seed)
    return placed([_part(vertices, np.concatenate(uvs), triangles, material)], center, rotation)


def _box_side(
    half: Floats, radius: float, lines: Sequence[Floats], axis: int, sign: int, puff: float
) -> tuple[Floats, Floats]:
    first, second = (axis + 1) % 3, (axis + 2) % 3
    across, up = np.broadcast_arrays(lines[first], lines[second][:, None])
    cube = np.empty((*across.shape, 3))
    cube[..., first], cube[..., second], cube[..., axis] = across, up, sign * half[axis]
    core = np.clip(cube, radius - half, half - radius)
    points = core + radius * _unit(cube - core)
    bulge = (1 - (across / half[first]) ** 4) * (1 - (up / half[second]) ** 4)
    points[..., axis] += sign * puff * bulge
    grain, other = (up, across) if half[second] > half[first] else (across, up)
    uv = np.stack([grain + 0.37 * axis + 0.11 * sign, other + 0.23 * axis], axis=-1)
    if sign < 0:
        return points[:, ::-1], uv[:, ::-1]
    return points, uv


def _folds(points: Floats, depth: float, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    waves = [np.sin(points @ rng.normal(0.0, 11.0, 3) + rng.uniform(0.0, 6.0)) for _ in range(4)]
    result: Floats = depth * np.sum(waves, axis=0)[:, None] / 2
    return result


def loft(
    profile: Points,
    material: Material,
    outline: Floats | None = None,
    center: Vector = ORIGIN,
    *,
    caps: bool = True,
    rotation: Floats | None = None,
) -> list[Part]:
    """Sweep a closed ``(m, 2)`` outline (default: the unit circle) up a profile of ``(scale, z)`` rows.

    Sharp bends of the profile stay sharp; ``caps`` closes both ends. The profile must rise for its outside to face out.
    """
    outline = circle() if outline is None else outline
    rows = np.asarray(profile, dtype=np.float64)
    if caps:
        rows = np.concatenate([[[0.0, rows[0, 1]]], rows, [[0.0, rows[-1, 1]]]])
    reach = float(np.abs(outline).max())
    lengths = arc_lengths(rows * [reach, 1.0])
    around = arc_lengths(outline)
    parts: list[Part] = []
    for start, stop in _smooth_runs(rows * [reach, 1.0]):
        run = rows[start:stop]
        rings = outline[None] * run[:, :1, None]
        heights = np.broadcast_to(run[:, 1, None, None], (*rings.shape[:2], 1))
        points = np.concatenate([rings, heights], axis=-1)
        uvs = _loft_uvs(points, lengths[start:stop], lengths[-1], around * run[:, 0].max(), material.unit_uv)
        parts += sheet(points, material, uvs)
    return placed(parts, center, rotation)


def _loft_uvs(points: Floats, lengths: Floats, total: float, around: Floats, unit: bool) -> Floats:
    if unit:
        return np.stack(np.meshgrid(np.linspace(0.0, 1.0, len(around)), lengths / total), axis=-1)
    radial = np.ptp(np.linalg.norm(points[:, 0, :2], axis=1))
    if np.ptp(points[..., 2]) < 0.25 * radial:
        return points[..., :2].copy()
    # Grain runs up a turned piece, hence u along the profile.
    v, u = np.meshgrid(around, lengths)
    return np.stack([u, v], axis=-1)


def _smooth_runs(rows: Floats) -> list[tuple[int, int]]:
    direction = _unit(np.diff(rows, axis=0))
    bends = [i for i in range(1, len(rows) - 1) if direction[i - 1] @ direction[i] < _CREASE]
    return [(start, stop + 1) for start, stop in zip([0, *bends], [*bends, len(rows) - 1], strict=True)]


def tube(path: Points, radius: float | Sequence[float], material: Material, *, sides: int = 10) -> list[Part]:
    """Round bar along an ``(n, 3)`` path, with one radius or one a point; its ends are capped unless it is a ring."""
    points = np.asarray(path, dtype=np.float64)
    radii = np.broadcast_to(np.asarray(radius, dtype=np.float64), len(points))
    tangents = _unit(np.asarray(np.gradient(points, axis=0), dtype=np.float64))
    closed = bool(np.allclose(points[0], points[-1]))
    if closed:
        tangents[[0, -1]] = _unit(tangents[0] + tangents[-1])
    helper = np.array([0.0, 0.0, 1.0]) if abs(tangents[0, 2]) < 0.9 else np.array([0.0, 1.0, 0.0])
    normal = np.cross(tangents[0], helper)
    angle = np.linspace(0.0, 2.0 * np.pi, sides + 1)
    rings = [np.tile(points[:1], (sides + 1, 1))]
    for point, tangent, size in zip(points, tangents, radii, strict=True):
        normal = _unit(normal - tangent * (normal @ tangent))
        binormal = np.cross(tangent, normal)
        rings.append(point + size * (np.cos(angle)[:, None] * normal + np.sin(angle)[:, None] * binormal))
    rings.append(np.tile(points[-1:], (sides + 1, 1)))
    if closed:
        rings = rings[1:-1]
    lengths = arc_lengths(points)
    along = lengths if closed else np.concatenate([lengths[:1], lengths, lengths[-1:]])
    around, run = np.meshgrid(angle * float(radii.max()), along)
    return sheet(np.stack(rings), material, np.stack([run, around], axis=-1))


def pillow(
    size: Vector, material: Material, center: Vector = ORIGIN, *, roundness: float = 0.0, rotation: Floats | None = None
) -> list[Part]:
    """Stuffed cushion in the xz plane, front to -y, of ``size`` (width, thickness, height); roundness 1 is a disc."""
    steps = np.sin(np.linspace(-1.0, 1.0, 19) * np.pi / 2)
    u, v = np.meshgrid(steps, steps)
    square = np.stack([u * (1 - 0.07 * (1 - v**2)), v * (1 - 0.07 * (1 - u**2))])
    disc = np.stack([u * np.sqrt(1 - v**2 / 2), v * np.sqrt(1 - u**2 / 2)])
    x, z = square * (1 - roundness) + disc * roundness
    bulge = ((1 - u**2) * (1 - v**2)).clip(0.0) ** 0.42
    width, thickness, height = (float(extent) for extent in size)
    parts: list[Part] = []
    for side in (-1, 1):
        points = np.stack([x * width / 2, side * thickness / 2 * bulge, z * height / 2], axis=-1)
        uvs = np.stack([u / 2 + 0.5, v / 2 + 0.5], axis=-1)
        if not material.unit_uv:
            uvs = uvs * [width, height]
        if side > 0:
            points, uvs = points[:, ::-1], uvs[:, ::-1]
        parts += sheet(points, material, uvs)
    return placed([_welded(parts, material)], center, rotation)


def _welded(parts: Sequence[Part], material: Material) -> Part:
    whole = _joined(parts, material)
    return replace(whole, normals=smooth_normals(whole.vertices, whole.faces))
