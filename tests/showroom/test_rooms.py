"""Rooms are furnished sensibly and always alike: checked against brute-force geometry."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from showroom.catalogue import catalogue
from showroom.layouts import LAYOUTS
from showroom.products import shape_of
from showroom.projection import project
from showroom.rooms import KINDS, arrange, furnish
from showroom.types import Placement, ProductSpec, Room

SEEDS = range(len(KINDS))
WALL_HUNG = ("wall_art", "mirror", "clock")


@cache
def products() -> tuple[ProductSpec, ...]:
    return tuple(catalogue(families=3, variants=(1, 2), per_category=4))


@cache
def room(seed: int) -> Room:
    return furnish(seed, products())


def stands_on_floor(placement: Placement) -> bool:
    return shape_of(placement.product).mount in ("floor", "top") and float(placement.position[2]) == 0.0


def solids(seed: int) -> list[Placement]:
    return [p for p in room(seed).placements if stands_on_floor(p) and p.product.category != "rug"]


def inside(x: float, y: float, placement: Placement) -> bool:
    """Whether a floor point lies within a placement's footprint, a millimetre off its edge."""
    width, depth, _ = shape_of(placement.product).size
    u, v, _ = placement.rotation.T @ (np.array([x, y, 0.0]) - placement.position)
    return bool(abs(u) < width / 2 - 1e-3 and abs(v) < depth / 2 - 1e-3)


def floor_points(placement: Placement, steps: int = 9) -> list[tuple[float, float]]:
    width, depth, _ = shape_of(placement.product).size
    points = []
    for i in range(steps):
        for j in range(steps):
            local = np.array([(i / (steps - 1) - 0.5) * width, (j / (steps - 1) - 0.5) * depth, 0.0])
            world = placement.rotation @ local + placement.position
            points.append((float(world[0]), float(world[1])))
    return points


def highest_below(room: Room, top: Placement) -> float:
    """Height of the highest surface under the middle of ``top``, by a vertical ray through every other triangle."""
    x, y, z = top.position
    best = 0.0
    for other in room.placements:
        if other is top:
            continue
        for part in shape_of(other.product).parts:
            world = part.vertices @ other.rotation.T + other.position
            for a, b, c in world[part.faces]:
                if min(a[0], b[0], c[0]) <= x <= max(a[0], b[0], c[0]) and min(a[1], b[1], c[1]) <= y <= max(
                    a[1], b[1], c[1]
                ):
                    normal = np.cross(b - a, c - a)
                    if abs(normal[2]) > 1e-12:
                        height = a[2] - (normal[0] * (x - a[0]) + normal[1] * (y - a[1])) / normal[2]
                        point = np.array([x, y, height])
                        turns = [np.cross(q - p, point - p) @ normal for p, q in ((a, b), (b, c), (c, a))]
                        if min(turns) >= -1e-12 and height <= z + 0.03:
                            best = max(best, float(height))
    return best


def test_it_works() -> None:
    made = room(0)
    assert made.kind == "living"
    assert {"sofa", "rug", "cushion"} <= {placement.product.category for placement in made.placements}
    assert len(made.cameras) == 4
    assert [(camera.width, camera.height) for camera in made.cameras] == [(640, 480)] * 4


def test_every_kind_of_room_comes_up() -> None:
    assert {room(seed).kind for seed in SEEDS} == set(LAYOUTS)


def test_the_same_seed_gives_the_same_room() -> None:
    first, second = room(1), furnish(1, products())
    assert [p.product.id for p in first.placements] == [p.product.id for p in second.placements]
    assert all(np.array_equal(a.position, b.position) for a, b in zip(first.placements, second.placements, strict=True))
    assert all(np.array_equal(a.eye, b.eye) for a, b in zip(first.cameras, second.cameras, strict=True))
    assert (first.window, first.daylight, first.lamps_on) == (second.window, second.daylight, second.lamps_on)


def test_arranging_alone_puts_the_same_things_in_the_same_places() -> None:
    alone = arrange(2, products())
    assert [p.product.id for p in alone] == [p.product.id for p in room(2).placements]
    assert all(np.array_equal(a.position, b.position) for a, b in zip(alone, room(2).placements, strict=True))


def test_another_seed_gives_another_room() -> None:
    ids = [p.product.id for p in room(0).placements]
    assert ids != [p.product.id for p in furnish(6, products()).placements]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_two_solid_footprints_meet(seed: int) -> None:
    standing = solids(seed)
    assert len(standing) >= 4
    for placement in standing:
        others = [other for other in standing if other is not placement]
        assert not [o.product.id for x, y in floor_points(placement) for o in others if inside(x, y, o)]


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_stands_inside_the_room(seed: int) -> None:
    width, depth, _ = room(seed).size
    for placement in solids(seed):
        assert all(abs(x) < width / 2 and y < depth / 2 for x, y in floor_points(placement, 2)), placement.product.id


@pytest.mark.parametrize("seed", SEEDS)
def test_small_things_stand_on_a_surface(seed: int) -> None:
    made = room(seed)
    raised = [
        p for p in made.placements if p.position[2] > 0.05 and p.product.category in ("vase", "plant", "table_lamp")
    ]
    for placement in raised[:3]:
        assert highest_below(made, placement) == pytest.approx(float(placement.position[2]), abs=0.02)


@pytest.mark.parametrize("seed", SEEDS)
def test_cushions_lie_over_a_seat_or_bed(seed: int) -> None:
    made = room(seed)
    seats = [p for p in made.placements if p.product.category in ("sofa", "armchair", "bed")]
    for cushion in (p for p in made.placements if p.product.category == "cushion"):
        x, y, z = (float(value) for value in cushion.position)
        under = [seat for seat in seats if inside(x, y, seat)]
        assert len(under) == 1
        assert 0.2 < z < shape_of(under[0].product).size[2]


@pytest.mark.parametrize("seed", SEEDS)
def test_wall_pieces_hang_on_a_wall_without_the_window(seed: int) -> None:
    made = room(seed)
    width, depth, height = made.size
    for placement in made.placements:
        if placement.product.category in WALL_HUNG and shape_of(placement.product).mount == "wall":
            x, y, z = (float(value) for value in placement.position)
            assert math.isclose(y, depth / 2, abs_tol=0.05) or math.isclose(
                x, -made.window[0] * width / 2, abs_tol=0.05
            )
            assert 0.5 < z < height


@pytest.mark.parametrize("seed", SEEDS)
def test_cameras_stand_free_and_differ(seed: int) -> None:
    made = room(seed)
    width, depth, _ = made.size
    for index, camera in enumerate(made.cameras):
        assert abs(camera.eye[0]) < width / 2
        assert camera.eye[1] > -depth / 2 - 2.6, "behind the shell's end"
        for other in made.cameras[:index]:
            assert np.linalg.norm(camera.eye - other.eye) > 0.3


@pytest.mark.parametrize("seed", SEEDS)
def test_every_camera_sees_much_of_the_room(seed: int) -> None:
    made = room(seed)
    middles = np.array([p.position + p.rotation @ (0.0, 0.0, 0.1) for p in made.placements])
    for camera in made.cameras:
        x, y, depth = project(middles, camera).T
        seen = (x > 0) & (x < camera.width) & (y > 0) & (y < camera.height) & (depth > 0)
        assert seen.sum() >= 4


def test_no_product_comes_twice_but_chairs() -> None:
    for seed in SEEDS:
        ids = [p.product.id for p in room(seed).placements if p.product.category != "dining_chair"]
        assert len(ids) == len(set(ids))


def test_no_products_is_an_error() -> None:
    with pytest.raises(ValueError, match="room 3 cannot be furnished"):
        furnish(3, [])
