"""Scan conversion: the loops that turn triangles of the picture into rows of pixels, and rows into what is nearest.

A pixel belongs to a triangle when its centre (at .5) does, so neighbouring triangles neither overlap nor leave gaps.
Inverse depth is linear in the picture, which makes it a plane equation of each triangle (Blinn, "Hyperbolic
interpolation", IEEE Computer Graphics and Applications, 1992).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from showroom.compiled import compiled

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
THIN = 1e-4
"""Triangles of less than half this many square pixels have no slope of depth worth computing."""


@compiled
def first_centre(place: float, limit: int) -> int:
    """The first pixel whose centre is not before ``place``, kept within [0, limit]."""
    return int(min(max(math.ceil(place - 0.5), 0.0), float(limit)))


@compiled
def edge_at(points: F32, upper: int, lower: int, middle: float) -> float:
    """Where the edge from point ``upper`` down to ``lower`` crosses the height ``middle``.

    Triangles that share an edge come here with the same numbers in the same order, hence with the same result.
    """
    x, y = float(points[upper, 0]), float(points[upper, 1])
    return x + (middle - y) * ((float(points[lower, 0]) - x) / (float(points[lower, 1]) - y))


@compiled
def rows_needed(points: F32, faces: I32, height: int) -> int:
    """An upper bound of the rows of pixels that picture-space triangles cover."""
    total = 0
    for face in range(len(faces)):
        a, b, c = points[faces[face, 0], 1], points[faces[face, 1], 1], points[faces[face, 2], 1]
        total += first_centre(max(a, b, c), height) - first_centre(min(a, b, c), height)
    return total


@compiled
def scan(points: F32, faces: I32, width: int, height: int) -> I32:
    """The rows of pixels ``(face, row, left, right)`` that picture-space triangles cover, ``right`` excluded."""
    spans = np.empty((rows_needed(points, faces, height), 4), np.int32)
    used = 0
    for face in range(len(faces)):
        a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
        low, high = min(points[a, 0], points[b, 0], points[c, 0]), max(points[a, 0], points[b, 0], points[c, 0])
        if first_centre(low, width) >= first_centre(high, width):
            continue
        if points[b, 1] < points[a, 1]:
            a, b = b, a
        if points[c, 1] < points[a, 1]:
            a, c = c, a
        if points[c, 1] < points[b, 1]:
            b, c = c, b
        for row in range(first_centre(points[a, 1], height), first_centre(points[c, 1], height)):
            middle = row + 0.5
            one = edge_at(points, a, c, middle)
            other = edge_at(points, a, b, middle) if middle < points[b, 1] else edge_at(points, b, c, middle)
            left, right = first_centre(min(one, other), width), first_centre(max(one, other), width)
            if left < right:
                spans[used, 0], spans[used, 1], spans[used, 2], spans[used, 3] = face, row, left, right
                used += 1
    return spans[:used]


@compiled
def nearness_plane(points: F32, a: int, b: int, c: int) -> tuple[float, float, float]:
    """``(p, q, r)`` so that a triangle's inverse depth is p x + q y + r. Slivers get their mean."""
    x, y, near = float(points[a, 0]), float(points[a, 1]), float(points[a, 2])
    x1, y1, n1 = points[b, 0] - x, points[b, 1] - y, points[b, 2] - near
    x2, y2, n2 = points[c, 0] - x, points[c, 1] - y, points[c, 2] - near
    area = x1 * y2 - x2 * y1
    if abs(area) < THIN:
        return 0.0, 0.0, near + (n1 + n2) / 3.0
    p, q = (n1 * y2 - n2 * y1) / area, (x1 * n2 - x2 * n1) / area
    return p, q, near - p * x - q * y


@compiled
def keep_nearest(points: F32, faces: I32, spans: I32, names: I64, face_of: I32, nearness: F32) -> None:
    """Write ``names[face]`` and inverse depth of the nearest triangle into (h, w) buffers; ties go to the later one."""
    known = -1
    p, q, r = 0.0, 0.0, 0.0
    for span in range(len(spans)):
        face, row = spans[span, 0], spans[span, 1]
        if face != known:
            known = face
            p, q, r = nearness_plane(points, faces[face, 0], faces[face, 1], faces[face, 2])
        start = q * (row + 0.5) + r
        for column in range(spans[span, 2], spans[span, 3]):
            near = np.float32(p * (column + 0.5) + start)
            if near >= nearness[row, column]:
                nearness[row, column] = near
                face_of[row, column] = names[face]


@compiled
def count_alone(spans: I32, names: I64, owner: I32, stamp: I32, counts: I64) -> None:
    """Count for each owner the pixels that any of its faces covers, hidden ones included.

    ``owner[names[face]]`` is -1 for nobody's. Faces of one owner must follow each other: ``stamp`` (h, w), -1 at first,
    remembers for each pixel only the last owner that came by.
    """
    for span in range(len(spans)):
        whose = owner[names[spans[span, 0]]]
        if whose < 0:
            continue
        row = spans[span, 1]
        for column in range(spans[span, 2], spans[span, 3]):
            if stamp[row, column] != whose:
                stamp[row, column] = whose
                counts[whose] += 1


@compiled
def count_layers(spans: I32, layers: I32) -> None:
    """Add to each pixel of ``layers`` (h, w) the number of triangles that cover it."""
    for span in range(len(spans)):
        row = spans[span, 1]
        for column in range(spans[span, 2], spans[span, 3]):
            layers[row, column] += 1


@compiled
def number_shown(face_of: I32, number: I32) -> I32:
    """The faces that ``face_of`` (h, w) shows; ``number`` (m,), -1 at first, gets the place of each among them."""
    shown, used = np.empty(len(number), np.int32), 0
    for row in range(face_of.shape[0]):
        for column in range(face_of.shape[1]):
            face = face_of[row, column]
            if face >= 0 and number[face] < 0:
                number[face], shown[used] = used, face
                used += 1
    return shown[:used]


@compiled
def attribute_planes(points: F32, faces: I32, attributes: F32) -> F32:
    """For each camera-space face a matrix (1 + c, 3): times a ray (x / z, y / z, 1) it gives w, and w times each of the
    ``c`` attributes (of the vertices, (n, c)) where the ray meets the face's plane.

    Corner i weighs ``(v_j x v_k) . ray`` (Olano and Greer, "Triangle scan conversion using 2D homogeneous coordinates",
    1997), which is perspective-correct and holds for corners behind the eye too.
    """
    planes = np.empty((len(faces), 1 + attributes.shape[1], 3), np.float32)
    weights = np.empty((3, 3), np.float64)
    for face in range(len(faces)):
        largest = 0.0
        for corner in range(3):
            j, k = faces[face, (corner + 1) % 3], faces[face, (corner + 2) % 3]
            for axis in range(3):
                s, t = (axis + 1) % 3, (axis + 2) % 3
                value = float(points[j, s]) * float(points[k, t]) - float(points[j, t]) * float(points[k, s])
                weights[corner, axis] = value
                largest = max(largest, abs(value))
        scale = 1.0 / largest if largest > 0.0 else 1.0
        a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
        for axis in range(3):
            one, two, three = weights[0, axis] * scale, weights[1, axis] * scale, weights[2, axis] * scale
            planes[face, 0, axis] = one + two + three
            for channel in range(attributes.shape[1]):
                planes[face, 1 + channel, axis] = (
                    one * attributes[a, channel] + two * attributes[b, channel] + three * attributes[c, channel]
                )
    return planes
