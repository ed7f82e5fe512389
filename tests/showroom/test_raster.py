"""The rasteriser against a ray caster written with loops: which face each pixel shows, and how far away it is."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from showroom.projection import camera_frame, focal_pixels
from showroom.raster import Mesh, clip_near, covered, draw, to_camera
from showroom.scanning import F32, attribute_planes
from showroom.types import Camera, Floats

WIDTH, HEIGHT = 48, 36


def soup(count: int, seed: int, spread: float = 1.0) -> Mesh:
    """``count`` random triangles around the origin."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(-spread, spread, (count, 1, 3))
    vertices = (centres + rng.normal(0, 0.35, (count, 3, 3))).reshape(-1, 3).astype(np.float32)
    faces = np.arange(3 * count, dtype=np.int32).reshape(-1, 3)
    normals = np.tile(np.array([0, 0, 1], np.float32), (3 * count, 1))
    return Mesh(vertices, normals, rng.random((3 * count, 2)).astype(np.float32), faces, np.zeros(count, np.int32))


def looking(eye: tuple[float, float, float] = (0.3, -4.0, 1.2)) -> Camera:
    return Camera(np.array(eye), np.zeros(3), 50.0, WIDTH, HEIGHT)


def ray(camera: Camera, x: int, y: int) -> Floats:
    """Direction through a pixel's centre, one metre long along the optical axis."""
    forward, right, up = camera_frame(camera)
    focal = focal_pixels(camera)
    return forward + right * (x + 0.5 - camera.width / 2) / focal - up * (y + 0.5 - camera.height / 2) / focal


def hit(mesh: Mesh, face: int, eye: Floats, direction: Floats) -> tuple[float, float] | None:
    """Distance and how far inside the edge the hit lies (Moeller and Trumbore, 1997); ``None`` when the ray misses."""
    a, b, c = (mesh.vertices[i].astype(np.float64) for i in mesh.faces[face])
    p = np.cross(direction, c - a)
    determinant = float((b - a) @ p)
    if abs(determinant) < 1e-12:
        return None
    u = float((eye - a) @ p) / determinant
    q = np.cross(eye - a, b - a)
    v = float(direction @ q) / determinant
    distance = float((c - a) @ q) / determinant
    inside = min(u, v, 1 - u - v)
    return (distance, inside) if inside > -1e-3 and distance > 0.05 else None


@pytest.mark.parametrize("eye", [(0.3, -4.0, 1.2), (0.0, -0.4, 0.2)], ids=["outside", "amid the triangles"])
def test_it_works(eye: tuple[float, float, float]) -> None:
    mesh, camera = soup(40, seed=3), looking(eye)
    buffers, _ = draw(mesh, camera)
    compared = 0
    for y in range(0, HEIGHT, 3):
        for x in range(0, WIDTH, 3):
            direction = ray(camera, x, y)
            hits = [(found, face) for face in range(40) if (found := hit(mesh, face, camera.eye, direction))]
            if any(abs(inside) < 0.02 or distance < 0.08 for (distance, inside), _ in hits):
                continue  # Within rounding of an edge or of the near plane either answer is right.
            compared += 1
            if not hits:
                assert buffers.face[y, x] == -1
                assert math.isinf(buffers.depth[y, x])
                continue
            (distance, _), face = min(hits)
            assert buffers.face[y, x] == face
            assert buffers.depth[y, x] == pytest.approx(distance, rel=2e-3)
    assert compared > 100


def test_triangles_that_share_edges_cover_each_pixel_once() -> None:
    """A tessellated wall that fills the picture: neither gaps nor overlaps."""
    rng = np.random.default_rng(5)
    grid = np.stack(np.meshgrid(np.linspace(-4, 4, 12), np.linspace(-4, 4, 12)), axis=-1)
    grid[1:-1, 1:-1] += rng.uniform(-0.2, 0.2, (10, 10, 2))
    vertices = np.stack([grid[..., 0], np.zeros((12, 12)), grid[..., 1]], axis=-1).reshape(-1, 3).astype(np.float32)
    first = (np.arange(11)[:, None] * 12 + np.arange(11)).ravel()
    faces = np.concatenate(
        [np.stack([first, first + 1, first + 13], axis=1), np.stack([first, first + 13, first + 12], axis=1)]
    ).astype(np.int32)
    mesh = Mesh(vertices, vertices, vertices[:, :2], faces, np.zeros(len(faces), np.int32))
    assert np.array_equal(covered(mesh, looking((0.0, -3.0, 0.5))), np.ones((HEIGHT, WIDTH)))


def test_attributes_are_perspective_correct() -> None:
    """On a floor that runs away from the eye, interpolated world coordinates are where the rays land."""
    corners = np.array([[-5, -1, 0], [5, -1, 0], [5, 20, 0], [-5, 20, 0]], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    camera = Camera(np.array([0.0, -3.0, 1.5]), np.array([0.0, 4.0, 0.2]), 55.0, WIDTH, HEIGHT)
    mesh = Mesh(corners, corners, corners[:, :2], faces, np.zeros(2, np.int32))
    buffers, _ = draw(mesh, camera)
    planes = attribute_planes(to_camera(corners, camera), faces, corners)
    focal = focal_pixels(camera)
    for y in range(HEIGHT // 2 + 2, HEIGHT, 4):
        for x in range(2, WIDTH, 7):
            face = int(buffers.face[y, x])
            if face < 0:
                continue
            view = np.array([(x + 0.5 - WIDTH / 2) / focal, (y + 0.5 - HEIGHT / 2) / focal, 1.0])
            weight, *point = planes[face] @ view
            direction = ray(camera, x, y)
            landed = camera.eye + direction * (-camera.eye[2] / direction[2])
            assert np.allclose(np.array(point) / weight, landed, atol=5e-3)


def test_clipping_keeps_the_part_in_front() -> None:
    points = np.array([[0, 0, -1], [0, 1, 1], [1, 0, 1], [0, 0, 3]], np.float32)
    clipped, faces, origin = clip_near(points, np.array([[0, 1, 2], [1, 2, 3], [0, 0, 0]], np.int32), near=0.5)
    assert sorted(origin.tolist()) == [0, 0, 1]
    assert clipped[faces][:, :, 2].min() >= 0.5 - 1e-6

    def area(corners: F32) -> float:
        return float(np.linalg.norm(np.cross(corners[1] - corners[0], corners[2] - corners[0]))) / 2

    # The plane z = 0.5 lies at three quarters of both edges from the corner behind: 1 - (3 / 4)^2 of the area stays.
    kept = sum(area(clipped[face]) for face, source in zip(faces, origin, strict=True) if source == 0)
    assert kept == pytest.approx(area(points[:3]) * (1 - 0.75**2), rel=1e-5)


def test_a_mesh_behind_the_eye_shows_nothing() -> None:
    mesh = soup(5, seed=1, spread=0.2)
    camera = Camera(np.array([0.0, 5.0, 0.0]), np.array([0.0, 9.0, 0.0]), 50.0, WIDTH, HEIGHT)
    buffers, alone = draw(mesh, camera)
    assert (buffers.face == -1).all()
    assert not covered(mesh, camera).any()
    assert not alone.any()


def test_owners_are_counted_as_if_alone() -> None:
    """Amid the triangles, so that many are cut at the near plane; each owner is drawn by itself to compare."""
    mesh, camera = soup(40, seed=3), looking((0.0, -0.4, 0.2))
    owner = (np.arange(40) // 8 - 1).astype(np.int32)
    _, alone = draw(mesh, camera, owner)
    for number in range(4):
        part = replace(mesh, faces=mesh.faces[owner == number])
        assert alone[number] == int((draw(part, camera)[0].face >= 0).sum()) > 0
