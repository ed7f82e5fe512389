"""GET /api/products/search/."""

from __future__ import annotations

from django.test import Client

from labeling.catalog.models import Category, Product
from labeling.catalog.services import product_add
from tests.labeling.api.desk import signed_in
from tests.world import World, picture

PATH = "/api/products/search/"


def stock(world: World, category: Category, number: int) -> Product:
    """A product that is in the text index, as every imported one is."""
    return product_add(
        vertical=world.vertical,
        external_id=f"{category.slug}-new-{number}",
        category=category,
        data=picture(f"#{number:02x}{len(category.slug):02x}77"),
        brand="Bram",
        title=f"Oaken {category.name} {number}",
    )


def test_it_works(world: World) -> None:
    lamps = [stock(world, world.lamp, number) for number in range(2)]
    stock(world, world.sofa, 0)
    found = signed_in(world.ann).get(PATH, {"q": "oak lam", "vertical": "home"}).json()["results"]
    assert {each["product"] for each in found} == {product.pk for product in lamps}
    assert "rank" not in found[0]
    assert (found[0]["category"], found[0]["brand"]) == ("lamp", "Bram")


def test_a_category_narrows_and_a_limit_holds(world: World) -> None:
    for number in range(3):
        stock(world, world.sofa, number)
        stock(world, world.lamp, number)
    asked = {"q": "oaken", "vertical": "home", "category": "sofa", "limit": 2}
    found = signed_in(world.ann).get(PATH, asked).json()["results"]
    assert [each["category"] for each in found] == ["sofa", "sofa"]


def test_an_unknown_vertical_or_category_is_not_found(world: World) -> None:
    client = signed_in(world.ann)
    assert client.get(PATH, {"q": "lamp", "vertical": "garden"}).status_code == 404
    assert client.get(PATH, {"q": "lamp", "vertical": "home", "category": "shoe"}).status_code == 404


def test_strangers_may_not(world: World) -> None:
    assert signed_in(world.bram).get(PATH, {"q": "lamp", "vertical": "home"}).status_code == 200
    assert Client().get(PATH, {"q": "lamp", "vertical": "home"}).status_code == 403
