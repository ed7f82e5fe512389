"""Modelled products: whole meshes of plausible size; variants share a form and differ in their surface."""

from __future__ import annotations

import numpy as np
import pytest

from showroom.catalogue import CATEGORIES, catalogue
from showroom.products import MAKERS, shape_of
from showroom.products.design import design_of
from showroom.types import ProductSpec, Shape

PRODUCTS = catalogue()
MOUNTS = {
    "cushion": "top",
    "vase": "top",
    "table_lamp": "top",
    "wall_art": "wall",
    "mirror": "wall",
    "clock": "wall",
    "pendant_lamp": "ceiling",
}


def of_category(slug: str) -> list[ProductSpec]:
    return [product for product in PRODUCTS if product.category == slug]


def faces_of(shape: Shape) -> int:
    return sum(len(part.faces) for part in shape.parts)


def test_it_works() -> None:
    sofa = shape_of(of_category("sofa")[0])
    assert 1.2 < sofa.size[0] < 2.8
    assert sofa.mount == "floor"
    assert shape_of(of_category("sofa")[0]) is sofa


def test_every_category_has_a_maker() -> None:
    assert set(MAKERS) == {category.slug for category in CATEGORIES}


@pytest.mark.parametrize("slug", sorted(MAKERS))
def test_meshes_are_whole(slug: str) -> None:
    for product in of_category(slug)[::4]:
        shape = shape_of(product)
        assert 50 < faces_of(shape) < 20_000
        for part in shape.parts:
            assert np.isfinite(part.vertices).all()
            assert part.faces.min() >= 0
            assert part.faces.max() < len(part.vertices) == len(part.normals) == len(part.uvs)
            used = part.normals[np.unique(part.faces)]
            np.testing.assert_allclose(np.linalg.norm(used, axis=1), 1.0, atol=1e-6)
        points = np.concatenate([part.vertices for part in shape.parts])
        np.testing.assert_allclose(np.ptp(points, axis=0), shape.size, atol=1e-9)


@pytest.mark.parametrize("slug", sorted(MAKERS))
def test_mounts_and_sizes(slug: str) -> None:
    for product in of_category(slug)[::5]:
        shape = shape_of(product)
        expected = MOUNTS.get(slug, "floor")
        if slug == "plant":
            expected = "floor" if shape.size[2] > 0.6 else "top"
        assert shape.mount == expected
        assert max(shape.size) < 3.1
        assert max(shape.size) > 0.15


@pytest.mark.parametrize("slug", sorted(MAKERS))
def test_variants_share_the_form_and_differ_in_the_surface(slug: str) -> None:
    family = next(product.family for product in of_category(slug) if product.variant == 1)
    first, second = (product for product in of_category(slug) if product.family == family and product.variant < 2)
    one, two = shape_of(first), shape_of(second)
    assert one.size == two.size
    assert faces_of(one) == faces_of(two)
    assert design_of(slug, family, 0).main.color != design_of(slug, family, 1).main.color


@pytest.mark.parametrize("slug", sorted(MAKERS))
def test_families_differ_in_form(slug: str) -> None:
    sizes = {shape_of(product).size for product in of_category(slug) if product.variant == 0}
    assert len(sizes) == 7


def test_bookcases_tell_their_free_compartments() -> None:
    for product in of_category("bookcase")[::3]:
        shape = shape_of(product)
        assert len(shape.shelves) >= 4
        for shelf in shape.shelves:
            top = shelf.offset[2] + shelf.size[2] / 2
            assert 0.0 < shelf.offset[2] - shelf.size[2] / 2 < top < shape.size[2]


def test_lamps_glow_and_mirrors_mirror() -> None:
    for slug in ("floor_lamp", "table_lamp", "pendant_lamp"):
        for product in of_category(slug)[::3]:
            assert any(part.material.emission > 0 for part in shape_of(product).parts)
    for product in of_category("mirror")[::3]:
        assert any(part.material.kind == "mirror" for part in shape_of(product).parts)


def test_cushions_stand_upright_and_rugs_lie_flat() -> None:
    for product in of_category("cushion")[::3]:
        width, depth, height = shape_of(product).size
        assert depth < height
        assert depth < width
    for product in of_category("rug")[::3]:
        assert shape_of(product).size[2] == pytest.approx(0.012)


def test_an_unknown_category_is_named() -> None:
    with pytest.raises(ValueError, match="hammock"):
        design_of("hammock", 0, 0)
