"""However a search is planned, it finds what reading every product would find: brief and long words, brands and prices."""

from __future__ import annotations

import random
from decimal import Decimal
from itertools import product as every

import pytest

from labeling.catalog.models import Brand, Category, Product, Vertical
from labeling.catalog.search import brief_and_long
from labeling.catalog.selectors import FACET_BRANDS, products_matching
from labeling.catalog.services import category_ensure, product_add, vertical_ensure
from tests.world import picture

WORDS = ["oak", "oaken", "ox", "o", "lamp", "lampshade", "la", "desk", "d2", "d"]
QUERIES = ["o", "oa", "oak", "o lamp", "lamp o", "la d", "d oak la", "lampsh", "x", "d2 desk"]


@pytest.fixture
def shop(db: None, files_of_their_own: None) -> Vertical:
    chance = random.Random(3)
    vertical = vertical_ensure(slug="home", name="Home")
    kinds = [category_ensure(vertical=vertical, slug=slug) for slug in ("first", "second")]
    for number in range(40):
        product_add(
            vertical=vertical, external_id=f"id{number}", category=chance.choice(kinds), data=picture(),
            title=" ".join(chance.sample(WORDS, 3)), brand=chance.choice(["Ash", "Ashes", "Bram"]),
            price=Decimal(chance.randrange(1, 400)), currency="EUR",
        )  # fmt: skip
    return vertical


def read_through(vertical: Vertical, query: str, category: Category | None, brand: str, most: int | None) -> set[str]:
    """The oracle: every product, word by word."""
    found = set()
    for each in Product.objects.filter(vertical=vertical).select_related("brand", "category"):
        brand_name = each.brand.name if each.brand else ""
        words = (
            f"{each.title} {brand_name} {each.external_id} {each.category.slug} {each.category.name}".lower().split()
        )
        if not all(any(word.startswith(asked) for word in words) for asked in query.split()):
            continue
        if category is not None and each.category_id != category.pk:
            continue
        if not brand_name.lower().startswith(brand) or (most is not None and (each.price or 0) > most):
            continue
        found.add(each.external_id)
    return found


@pytest.mark.parametrize("query", QUERIES)
def test_it_works(shop: Vertical, query: str) -> None:
    kinds = [None, category_ensure(vertical=shop, slug="first")]
    for category, brand, most in every(kinds, ["", "ash", "ashes", "nobody"], [None, 120]):
        brands = (
            frozenset(Brand.objects.filter(name__istartswith=brand).values_list("pk", flat=True)) if brand else None
        )
        found = products_matching(
            vertical=shop, query=query, category=category, brands=brands, limit=60,
            price_max=None if most is None else Decimal(most),
        )  # fmt: skip
        expected = read_through(shop, query, category, brand, most)
        assert {each.external_id for each in found} == expected, (category, brand, most)


def test_a_wish_for_more_brands_than_are_looked_up(shop: Vertical) -> None:
    ash = Brand.objects.get(name="Ash")
    crowd = frozenset({ash.pk, *range(10**6, 10**6 + FACET_BRANDS)})
    found = products_matching(vertical=shop, query="o", brands=crowd, limit=60)
    assert {each.external_id for each in found} == {
        each for each in read_through(shop, "o", None, "ash", None)
        if Product.objects.get(vertical=shop, external_id=each).brand_id == ash.pk
    }  # fmt: skip


def test_brief_words_are_told_from_long_ones() -> None:
    assert brief_and_long("An oak-D lamp é 12 345") == ("an d e 12", "oak lamp 345")
    assert brief_and_long(" ,;") == ("", "")
