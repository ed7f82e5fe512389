"""Footprints and supporting surfaces, against counting points."""

from __future__ import annotations

import math

import numpy as np
import pytest

from showroom.floorplan import Footprint, footprints_overlap, seat_of, surface_height
from showroom.geometry import assembled, rounded_box
from showroom.types import Material, Shape


def bench() -> Shape:
    """A seat 0.4 m high and 0.6 m deep with a back rest of 0.1 m that rises to 0.9 m."""
    wood = Material()
    seat = rounded_box((1.0, 0.6, 0.4), wood, (0.0, 0.0, 0.2), radius=0.001)
    rest = rounded_box((1.0, 0.1, 0.9), wood, (0.0, 0.25, 0.45), radius=0.001)
    return assembled([*seat, *rest])


def share_a_point(a: Footprint, b: Footprint, steps: int = 60) -> bool:
    """Whether any point of a fine grid over ``a`` lies in ``b``."""
    for i in range(steps + 1):
        for j in range(steps + 1):
            u, v = (i / steps - 0.5) * a.width, (j / steps - 0.5) * a.depth
            x = a.x + u * math.cos(a.yaw) - v * math.sin(a.yaw) - b.x
            y = a.y + u * math.sin(a.yaw) + v * math.cos(a.yaw) - b.y
            p = x * math.cos(b.yaw) + y * math.sin(b.yaw)
            q = y * math.cos(b.yaw) - x * math.sin(b.yaw)
            if abs(p) < b.width / 2 and abs(q) < b.depth / 2:
                return True
    return False


def drawn(rng: np.random.Generator, reach: float) -> Footprint:
    x, y = (float(value) for value in rng.uniform(-reach, reach, 2))
    width, depth = (float(value) for value in rng.uniform(0.3, 1.2, 2))
    return Footprint(x, y, width, depth, float(rng.uniform(0, 3)))


def test_it_works() -> None:
    a = Footprint(0.0, 0.0, 2.0, 1.0)
    assert footprints_overlap(a, Footprint(1.4, 0.0, 1.0, 1.0))
    assert not footprints_overlap(a, Footprint(1.6, 0.0, 1.0, 1.0))
    assert footprints_overlap(a, Footprint(1.6, 0.0, 1.0, 1.0), gap=0.2)


def test_touching_is_no_overlap() -> None:
    assert not footprints_overlap(Footprint(0, 0, 1, 1), Footprint(1, 0, 1, 1))


def test_overlap_equals_counting_points() -> None:
    rng = np.random.default_rng(0)
    answers = []
    for _ in range(60):
        a = drawn(rng, 0.5)
        b = drawn(rng, 0.9)
        # A grid misses a mere graze, so a hit must be an overlap, and an overlap of 4 cm must be a hit.
        if share_a_point(a, b):
            assert footprints_overlap(a, b)
        else:
            assert not footprints_overlap(a, b, gap=-0.04)
        answers.append(footprints_overlap(a, b))
    assert any(answers) and not all(answers)


@pytest.mark.parametrize(("y", "height"), [(-0.2, 0.4), (0.1, 0.4), (0.25, 0.9)])
def test_surface_height_is_that_of_the_topmost_face(y: float, height: float) -> None:
    found = surface_height(bench(), 0.1, y)
    assert found == pytest.approx(height, abs=1e-3)


def test_there_is_no_surface_beside_a_shape() -> None:
    assert surface_height(bench(), 0.7, 0.0) is None


def test_a_seat_ends_at_its_back_rest() -> None:
    seat = seat_of(bench())
    assert seat is not None
    edge, height = seat
    assert edge == pytest.approx(0.2, abs=0.03)
    assert height == pytest.approx(0.4, abs=1e-3)
