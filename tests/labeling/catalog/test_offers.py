"""What is said of price and stock holds for a while, and an import renews it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from labeling.catalog.importers import pack_import
from labeling.catalog.models import Product
from labeling.catalog.selectors import products_offered
from labeling.catalog.services import product_add
from tests.world import World, picture

DAY = timedelta(days=1)


def pack(folder: Path, **fields: object) -> Path:
    """A pack of one product."""
    folder.mkdir(exist_ok=True)
    (folder / "sofa.jpg").write_bytes(picture())
    row = {
        "id": "sofa",
        "image": "sofa.jpg",
        "category": "sofa",
        "url": "https://shop.example/1",
        "price": 10,
        **fields,
    }
    (folder / "products.jsonl").write_text(json.dumps(row))
    return folder


def days_left(product: Product) -> float:
    assert product.fresh_until is not None
    return (product.fresh_until - timezone.now()) / DAY


@pytest.mark.django_db
def test_it_works(tmp_path: Path) -> None:
    pack_import(folder=pack(tmp_path / "home", currency="EUR"))
    product = Product.objects.get()
    assert days_left(product) == pytest.approx(3, abs=0.01)
    Product.objects.update(fresh_until=timezone.now() - DAY)
    assert not products_offered().exists()
    report = pack_import(folder=pack(tmp_path / "home", currency="EUR"))
    product.refresh_from_db()
    assert days_left(product) == pytest.approx(3, abs=0.01) and products_offered().exists()
    assert (report.offers_changed, report.products_there, report.products_added) == (0, 1, 0)


@pytest.mark.django_db
def test_an_import_brings_price_and_stock_up_to_date(tmp_path: Path) -> None:
    pack_import(folder=pack(tmp_path / "home", title="First"))
    report = pack_import(folder=pack(tmp_path / "home", title="Second", price=12.5, available=False))
    product = Product.objects.get()
    assert (product.price, product.available, product.title) == (Decimal("12.50"), False, "First")
    assert report.offers_changed == 1


@pytest.mark.django_db
def test_what_the_feed_says_counts(tmp_path: Path, settings: Any) -> None:
    pack_import(folder=pack(tmp_path / "home", fresh_until="2030-01-01T00:00:00Z"))
    assert Product.objects.get().fresh_until == datetime(2030, 1, 1, tzinfo=UTC)
    settings.FRESH_DAYS = 0
    pack_import(folder=pack(tmp_path / "home"))
    assert Product.objects.get().fresh_until is None


def test_what_is_sold_nowhere_does_not_age(world: World, settings: Any) -> None:
    fields = {"vertical": world.vertical, "category": world.sofa}
    nowhere = product_add(**fields, external_id="a", data=picture("red"))  # type: ignore[arg-type]
    somewhere = product_add(**fields, external_id="b", data=picture("blue"), url="https://shop.example/")  # type: ignore[arg-type]
    assert nowhere.fresh_until is None and days_left(somewhere) == pytest.approx(3, abs=0.01)


@pytest.mark.parametrize(
    "fault", [{"available": False}, {"gone_at": timezone.now()}, {"fresh_until": timezone.now() - DAY}]
)
def test_what_cannot_be_bought_is_not_on_offer(fault: dict[str, Any], world: World) -> None:
    Product.objects.filter(pk=world.sofas[0].pk).update(**fault)
    assert set(products_offered()) == {*world.sofas[1:], *world.lamps}
