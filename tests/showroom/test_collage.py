"""Drawn rooms: their truth against counting by brute force, their pictures against what they must show."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from showroom.catalogue import catalogue
from showroom.collage import PRODUCT_SIDE, CollageMaker, DrawnRoom, collage_scenes
from showroom.raster import draw
from showroom.rooms import furnish
from showroom.shading import Lighting, Palette, shade
from showroom.solids import SolidStore, solid_of, texture_levels
from showroom.truth import inside_share
from showroom.types import Camera, Material, Part, ProductSpec, Room

WIDTH, HEIGHT = 160, 120
STORE = SolidStore()


@lru_cache(maxsize=1)
def products() -> tuple[ProductSpec, ...]:
    return tuple(catalogue(families=2, variants=(1, 1), per_category=2))


@lru_cache(maxsize=1)
def room() -> Room:
    return furnish(3, products(), cameras=2, width=WIDTH, height=HEIGHT)


def square(color: tuple[float, float, float], y: float = 0.0, texture: Material | None = None) -> Part:
    """One by one metre, upright in the plane ``y``, facing the viewer, with uv from (0, 0) at its lower left."""
    uvs = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    vertices = np.column_stack([uvs[:, 0] - 0.5, np.full(4, y), uvs[:, 1] - 0.5])
    normals = np.tile([0.0, -1.0, 0.0], (4, 1))
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    return Part(vertices, normals, uvs, faces, texture or Material(color=color, roughness=1.0))


def test_it_works() -> None:
    scenes = list(collage_scenes(products(), seed=3, count=3, width=WIDTH, height=HEIGHT, cameras=2, store=STORE))
    assert [picture.size for picture, _ in scenes] == [(WIDTH, HEIGHT)] * 3
    assert len({truth.id for _, truth in scenes}) == 3
    known = {product.id: product.category for product in products()}
    for picture, truth in scenes:
        assert np.asarray(picture).std() > 10
        assert len(truth.objects) >= 2
        for item in truth.objects:
            assert known[item.product] == item.category
            left, top, right, bottom = item.box
            assert 0 <= left < right <= 1
            assert 0 <= top < bottom <= 1


def test_the_same_seed_gives_the_same_pictures_and_another_gives_others() -> None:
    first, again, other = (CollageMaker(seed, store=STORE).scenes(room())[0] for seed in (1, 1, 2))
    assert np.array_equal(np.asarray(first[0]), np.asarray(again[0]))
    assert first[1] == again[1] == other[1]
    assert not np.array_equal(np.asarray(first[0]), np.asarray(other[0]))


def test_boxes_and_shares_agree_with_drawing_each_product_alone() -> None:
    """Each product is drawn alone on a picture three times as wide and high, and compared pixel by pixel."""
    drawn, camera = DrawnRoom(room(), STORE), room().cameras[0]
    _, truth = drawn.picture(0, np.random.default_rng(0))
    buffers, _ = draw(drawn.world.mesh, camera)
    fov = 2 * np.degrees(np.arctan(3 * np.tan(np.radians(camera.fov) / 2)))
    wide = replace(camera, fov=float(fov), width=3 * WIDTH, height=3 * HEIGHT)
    checked = 0
    for item in truth.objects:
        index = [placement.product.id for placement in room().placements].index(item.product)
        if [placement.product.id for placement in room().placements].count(item.product) > 1:
            continue
        seen = [(x, y) for y in range(HEIGHT) for x in range(WIDTH) if drawn.owner[buffers.face[y, x]] == index]
        seen = [(x, y) for x, y in seen if buffers.face[y, x] >= 0]
        alone, _ = draw(drawn.meshes[index], wide)
        columns, rows = [x for x, _ in seen], [y for _, y in seen]
        box = (min(columns) / WIDTH, min(rows) / HEIGHT, (max(columns) + 1) / WIDTH, (max(rows) + 1) / HEIGHT)
        assert item.box == pytest.approx(box)
        assert item.visible == pytest.approx(len(seen) / int((alone.face >= 0).sum()), abs=0.06)
        checked += 1
    assert checked >= 2


@pytest.mark.parametrize(("shift", "expected"), [(0.0, 1.0), (1.0, 0.5), (3.0, 0.0)])
def test_the_frame_keeps_the_share_of_the_area_inside_it(shift: float, expected: float) -> None:
    mesh = solid_of([square((1, 1, 1))]).mesh
    # Two metres away and 90 degrees wide the frame is 4 m across, so a view moved by 2 m cuts the square in half.
    eye = np.array([shift * 2.0, -2.0, 0.0])
    camera = Camera(eye, eye + np.array([0.0, 1.0, 0.0]), 90.0, 400, 300)
    assert inside_share(mesh, camera) == pytest.approx(expected, abs=0.03)


def test_textures_stand_upright_and_nearer_things_hide_farther_ones() -> None:
    texture = np.zeros((8, 8, 3))
    texture[:4] = (1.0, 0.0, 0.0)  # The first rows of a texture are its top.
    texture[4:] = (0.0, 0.0, 1.0)
    near = square((0, 0, 0), y=-1.0, texture=Material(texture=texture, unit_uv=True, roughness=1.0))
    solid = solid_of([square((0.0, 1.0, 0.0)), near])
    camera = Camera(np.array([0.0, -3.0, 0.0]), np.zeros(3), 60.0, 64, 64)
    buffers, _ = draw(solid.mesh, camera)
    light = shade(solid.mesh, buffers, Palette(solid.coats), Lighting((1, 1, 1), (1, 1, 1), ()), camera)
    assert light[22, 32].argmax() == 0
    assert light[42, 32].argmax() == 2
    assert light[0, 0] == pytest.approx((1, 1, 1))


def test_texture_levels_halve_and_keep_the_mean() -> None:
    texture = np.random.default_rng(2).random((100, 100, 3))
    levels = texture_levels(texture)
    assert [level.shape[0] for level in levels] == [64, 32, 16, 8, 4]
    for level in levels:
        assert level.mean() / 255 == pytest.approx(texture.mean(), abs=0.02)


def test_a_product_photo_is_white_around_the_product() -> None:
    picture = CollageMaker(store=STORE).product(products()[0])
    pixels = np.asarray(picture)
    assert picture.size == (PRODUCT_SIDE, PRODUCT_SIDE)
    assert (pixels[[0, 0, -1, -1], [0, -1, 0, -1]] == 255).all()
    assert (pixels.min(axis=2) < 200).mean() > 0.05
    assert not np.array_equal(pixels, np.asarray(CollageMaker(store=STORE).product(products()[0], view=1)))


def test_the_store_forgets_the_least_recently_used() -> None:
    store = SolidStore(limit=2)
    first, second, third = products()[:3]
    kept = store.of(first)
    dropped = store.of(second)
    assert store.of(first) is kept
    store.of(third)
    assert store.of(first) is kept
    assert store.of(second) is not dropped
