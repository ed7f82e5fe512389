"""Mesh primitives: closed, outward, of the size asked for."""

from __future__ import annotations

import numpy as np
import pytest

from showroom.curves import circle, rotation_z, spline
from showroom.geometry import assembled, loft, merged, pillow, placed, rounded_box, smooth_normals, tube
from showroom.types import Floats, Material, Part, Shelf

RED = Material(color=(0.8, 0.1, 0.1))


def signed_volume(parts: list[Part]) -> float:
    """Sum of the signed tetrahedra of all faces: positive when a closed mesh faces outwards."""
    total = 0.0
    for part in parts:
        for face in part.faces:
            a, b, c = part.vertices[face]
            total += float(np.dot(a, np.cross(b, c))) / 6
    return total


def extent(parts: list[Part]) -> Floats:
    points = np.concatenate([part.vertices for part in parts])
    size: Floats = np.ptp(points, axis=0)
    return size


def test_it_works() -> None:
    parts = rounded_box((0.6, 0.4, 0.2), RED, (1.0, 2.0, 3.0), radius=0.01)
    np.testing.assert_allclose(extent(parts), [0.6, 0.4, 0.2], atol=1e-9)
    assert signed_volume(parts) == pytest.approx(0.6 * 0.4 * 0.2, rel=0.01)


def test_a_loft_holds_the_volume_of_a_cylinder() -> None:
    parts = loft([(0.5, 0.0), (0.5, 2.0)], RED, circle(1.0, 200))
    assert signed_volume(parts) == pytest.approx(np.pi * 0.25 * 2.0, rel=0.001)


def test_a_tube_holds_the_volume_of_its_bar() -> None:
    parts = tube([(0, 0, 0), (0.5, 0, 0), (1, 0, 0)], 0.1, RED, sides=64)
    assert signed_volume(parts) == pytest.approx(np.pi * 0.01, rel=0.01)


def test_a_pillow_faces_outwards_and_keeps_its_thickness() -> None:
    parts = pillow((0.5, 0.14, 0.4), RED)
    assert extent(parts)[1] == pytest.approx(0.14, rel=0.01)
    assert 0.3 * 0.5 * 0.14 * 0.4 < signed_volume(parts) < 0.5 * 0.14 * 0.4


@pytest.mark.parametrize("parts", [rounded_box((1, 1, 1), RED, puff=0.02, folds=0.01), pillow((1, 0.3, 1), RED)])
def test_normals_match_a_loop_over_the_faces(parts: list[Part]) -> None:
    part = parts[0]
    sums: dict[tuple[float, ...], Floats] = {}
    for face in part.faces:
        a, b, c = part.vertices[face]
        for corner, after, before in ((a, b, c), (b, c, a), (c, a, b)):
            key = tuple(np.round(corner, 4) + 0.0)
            one, two = after - corner, before - corner
            angle = np.arctan2(np.linalg.norm(np.cross(one, two)), one @ two)
            sums[key] = sums.get(key, np.zeros(3)) + np.cross(b - a, c - a) * angle
    for vertex, normal in list(zip(part.vertices, part.normals, strict=True))[::7]:
        wanted = sums[tuple(np.round(vertex, 4) + 0.0)]
        np.testing.assert_allclose(normal, wanted / np.linalg.norm(wanted), atol=1e-6)


def test_the_seam_of_a_loft_shows_no_edge() -> None:
    ring = loft([(1.0, 0.0), (1.0, 1.0)], RED, circle(1.0, 12), caps=False)[0]
    np.testing.assert_allclose(ring.normals[0], ring.normals[12], atol=1e-12)
    np.testing.assert_allclose(ring.normals[0], [1.0, 0.0, 0.0], atol=1e-9)


def test_normals_of_a_lone_triangle_point_along_its_cross_product() -> None:
    corners = np.array([[0.0, 0, 0], [2, 0, 0], [0, 2, 0]])
    np.testing.assert_allclose(smooth_normals(corners, np.array([[0, 1, 2]])), [[0, 0, 1]] * 3)


def test_placed_turns_before_it_moves() -> None:
    part = placed(rounded_box((2.0, 1.0, 1.0), RED), (5.0, 0.0, 0.0), rotation_z(np.pi / 2))
    points = part[0].vertices
    np.testing.assert_allclose([points[:, 0].min(), points[:, 0].max()], [4.5, 5.5], atol=1e-9)
    np.testing.assert_allclose([points[:, 1].min(), points[:, 1].max()], [-1.0, 1.0], atol=1e-9)


def test_merged_keeps_every_face_and_one_part_a_material() -> None:
    blue = Material(color=(0.0, 0.0, 1.0))
    pieces = [*rounded_box((1, 1, 1), RED), *rounded_box((1, 1, 1), blue), *rounded_box((1, 1, 1), RED, (3, 0, 0))]
    whole = merged(pieces)
    assert [part.material for part in whole] == [RED, blue]
    assert signed_volume(whole) == pytest.approx(sum(signed_volume([piece]) for piece in pieces))


@pytest.mark.parametrize(
    ("mount", "low", "high"),
    [
        ("floor", (-0.5, -0.25, 0.0), (0.5, 0.25, 2.0)),
        ("wall", (-0.5, -0.5, -1.0), (0.5, 0.0, 1.0)),
        ("ceiling", (-0.5, -0.25, -2.0), (0.5, 0.25, 0.0)),
    ],
)
def test_assembled_puts_the_origin_where_the_mount_says(
    mount: str, low: tuple[float, ...], high: tuple[float, ...]
) -> None:
    box = rounded_box((1.0, 0.5, 2.0), RED, (7.0, 8.0, 9.0))
    shape = assembled(box, mount, [Shelf((7.0, 8.0, 9.0), (0.5, 0.2, 0.3))])
    points = shape.parts[0].vertices
    np.testing.assert_allclose(points.min(axis=0), low, atol=1e-9)
    np.testing.assert_allclose(points.max(axis=0), high, atol=1e-9)
    np.testing.assert_allclose(shape.shelves[0].offset, (np.array(low) + high) / 2, atol=1e-9)


def test_an_unknown_mount_is_named() -> None:
    with pytest.raises(ValueError, match="shelfwise"):
        assembled(rounded_box((1, 1, 1), RED), "shelfwise")


def test_a_spline_goes_through_its_points() -> None:
    known = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 1.0], [4.0, 4.0]])
    np.testing.assert_allclose(spline(known, 31)[::10], known, atol=1e-12)
