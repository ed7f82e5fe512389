"""The pinhole camera, against similar triangles worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from showroom.projection import camera_frame, project, rotation_x, rotation_z
from showroom.types import Camera


def camera(fov: float = 90.0) -> Camera:
    """One metre up, looking along +y."""
    return Camera(np.array([0.0, 0.0, 1.0]), np.array([0.0, 5.0, 1.0]), fov, 640, 480)


def test_it_works() -> None:
    # With 90 degrees across 640 pixels the focal length is 320: half a metre at two metres is 80 pixels.
    x, y, depth = project(np.array([[0.5, 2.0, 1.5]]), camera())[0]
    assert (x, y, depth) == pytest.approx((320 + 80, 240 - 80, 2.0))


def test_the_field_of_view_spans_the_width() -> None:
    edge = math.tan(math.radians(30))
    assert project(np.array([[edge, 1.0, 1.0]]), camera(60.0))[0, 0] == pytest.approx(640)


def test_points_behind_have_no_depth() -> None:
    assert project(np.array([[0.0, -1.0, 1.0]]), camera())[0, 2] == pytest.approx(-1.0)


def test_the_frame_is_orthonormal_and_right_handed() -> None:
    tilted = Camera(np.array([1.0, -3.0, 1.6]), np.array([-0.4, 1.0, 0.7]), 60.0, 640, 480)
    forward, right, up = camera_frame(tilted)
    basis = np.stack([right, forward, up])
    assert np.allclose(basis @ basis.T, np.eye(3))
    assert np.linalg.det(basis) == pytest.approx(1.0)
    assert up[2] > 0


def test_a_vertical_view_is_refused() -> None:
    with pytest.raises(ValueError, match="looks along the vertical"):
        camera_frame(Camera(np.zeros(3), np.array([0.0, 0.0, 1.0]), 60.0, 640, 480))


def test_rotations_turn_the_way_they_say() -> None:
    assert np.allclose(rotation_z(math.pi / 2) @ (1, 0, 0), (0, 1, 0))
    leaning = rotation_x(-0.3) @ (0, 0, 1)
    assert leaning[1] > 0 and leaning[2] > 0
