"""The demo catalogue: counts, families, held-out split and words that fit."""

from __future__ import annotations

from collections import defaultdict

import pytest

from showroom.catalogue import BRANDS, CATEGORIES, catalogue
from showroom.products.design import design_of
from showroom.types import ProductSpec

SLUGS = [
    "sofa",
    "armchair",
    "dining_chair",
    "stool",
    "coffee_table",
    "side_table",
    "dining_table",
    "sideboard",
    "bookcase",
    "bed",
    "floor_lamp",
    "table_lamp",
    "pendant_lamp",
    "rug",
    "cushion",
    "vase",
    "plant",
    "wall_art",
    "mirror",
    "clock",
]


def families_of(products: list[ProductSpec]) -> dict[str, list[ProductSpec]]:
    groups: dict[str, list[ProductSpec]] = defaultdict(list)
    for product in products:
        groups[product.variant_group].append(product)
    return groups


def test_it_works() -> None:
    products = catalogue()
    assert len(products) == 260
    assert len({product.id for product in products}) == 260
    assert products == catalogue()


def test_the_categories_are_the_agreed_ones() -> None:
    assert [category.slug for category in CATEGORIES] == SLUGS
    assert all(category.name and category.parent for category in CATEGORIES)


def test_each_category_has_its_families_and_variants() -> None:
    whole = catalogue()
    for slug in SLUGS:
        products = [product for product in whole if product.category == slug]
        groups = families_of(products)
        assert len(products) == 13
        assert len(groups) == 7
        assert all(1 <= len(group) <= 3 for group in groups.values())


def test_whole_families_are_held_out_in_every_category() -> None:
    groups = families_of(catalogue())
    assert all(len({product.held_out for product in group}) == 1 for group in groups.values())
    held = [group[0] for group in groups.values() if group[0].held_out]
    assert 0.20 <= len(held) / len(groups) <= 0.25
    assert {product.category for product in held} == set(SLUGS)


def test_other_seeds_give_other_forms() -> None:
    first, second = catalogue(seed=0), catalogue(seed=3)
    assert not {product.variant_group for product in first} & {product.variant_group for product in second}
    assert second[0].id == "sofa-3000-0"


def test_words_name_colour_and_material() -> None:
    for product in catalogue():
        design = design_of(product.category, product.family, product.variant)
        text = f"{product.title} {product.description}".lower()
        spoken = (design.main.words, design.main.color, design.second.words, "opal glass")
        assert any(words.lower() in text for words in spoken)
        assert "{" not in text
        assert product.attributes["color"] == design.main.color


def test_shops_are_invented_and_prices_plausible() -> None:
    products = catalogue()
    assert len({product.brand for product in products}) >= 8
    assert BRANDS["Bram"] == "bram.example"
    for product in products:
        assert product.domain.endswith(".example")
        assert product.url.startswith(f"https://{product.domain}/")
        assert 9 <= product.price <= 5000
        assert product.currency == "EUR"
    missing = sum(not product.available for product in products)
    assert 0.01 <= missing / len(products) <= 0.10


def test_numbers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="per_category=50"):
        catalogue(per_category=50)
    with pytest.raises(ValueError, match="seed=-1"):
        catalogue(seed=-1)


def test_a_small_catalogue_can_be_asked_for() -> None:
    assert len(catalogue(families=2, variants=(1, 1), per_category=2)) == 40
