"""Text search: every word asked for begins a word of the product, whatever a person types."""

from __future__ import annotations

import pytest

from labeling.catalog.models import Vertical
from labeling.catalog.search import prefix_query, words_of
from labeling.catalog.selectors import products_matching
from labeling.catalog.services import category_ensure, product_add, vertical_ensure
from tests.world import picture


@pytest.fixture
def home(db: None, files_of_their_own: None) -> Vertical:
    vertical = vertical_ensure(slug="home", name="Home")
    sofa, lamp = (category_ensure(vertical=vertical, slug=slug) for slug in ("corner_sofa", "lamp"))
    blue, read = {"color": "navy blue"}, "a lamp to read"
    product_add(
        vertical=vertical,
        external_id="302.811.50",
        category=sofa,
        data=picture("red"),
        title="MÅLA Seat",
        brand="Bram & Co",
    )
    product_add(
        vertical=vertical, external_id="lamp-7", category=lamp, data=picture("blue"), title="Lamp", attributes=blue
    )
    product_add(
        vertical=vertical, external_id="lamp-70", category=lamp, data=picture("green"), title="Desk", description=read
    )
    return vertical


def found(vertical: Vertical, query: str, **more: object) -> list[str]:
    return [product.external_id for product in products_matching(vertical=vertical, query=query, **more)]  # type: ignore[arg-type]


def test_it_works(home: Vertical) -> None:
    assert found(home, "mala seat") == ["302.811.50"]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("MÅL", ["302.811.50"]),
        ("bram", ["302.811.50"]),
        ("302.811", ["302.811.50"]),
        ("corner sof", ["302.811.50"]),
        ("seat navy", []),
        ("nav lamp", ["lamp-7"]),
        ("lamp-70", ["lamp-70"]),
        ("lamp-7", ["lamp-7", "lamp-70"]),
        ("", []),
        ("  &|!():*'\"\\ ", []),
        ("lamp & !desk | ')", ["lamp-70"]),
        ("seat:* <-> '; DROP TABLE catalog_product; --", []),
        ("a\x00b", []),
        ("x" * 50_000, []),
    ],
)
def test_what_is_found(home: Vertical, query: str, ids: list[str]) -> None:
    assert found(home, query) == ids


def test_a_title_weighs_more_than_a_description(home: Vertical) -> None:
    assert found(home, "lamp")[0] == "lamp-7"


def test_within_a_category_and_a_vertical(home: Vertical) -> None:
    sofa = category_ensure(vertical=home, slug="corner_sofa")
    assert found(home, "lamp", category=sofa) == []
    assert found(vertical_ensure(slug="fashion"), "lamp") == []
    assert len(found(home, "lamp", limit=1)) == 1


def test_few_queries_however_many_are_found(home: Vertical, django_assert_max_num_queries: object) -> None:
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        for product in products_matching(vertical=home, query="lamp"):
            assert product.category.name
            assert len(product.images.all()) == 1


def test_words_are_letters_and_digits() -> None:
    assert words_of("Ärmel_2, (X)'s ﬁg") == ["armel", "2", "x", "s", "fig"]
    assert prefix_query("a b") == "a:* & b:*"
