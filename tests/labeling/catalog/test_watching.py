"""What a product's page says of its offer, and looking at it politely."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from labeling.catalog.models import PageHost, Product, ProductPage
from labeling.catalog.services import page_record, page_visit
from labeling.catalog.watching import FoundOffer, PageSeen, PageVisit, offer_of, page_look
from tests.labeling.common.servers import marked, page, server
from tests.world import World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OFFER = {"@type": "Offer", "price": "129.00", "priceCurrency": "eur", "availability": "https://schema.org/InStock"}


def shop(*things: object) -> str:
    scripts = "".join(f'<script type="application/ld+json">{json.dumps(thing)}</script>' for thing in things)
    return f"<html><head>{scripts}</head><body>Sofa</body></html>"


def product_page(**offer: object) -> str:
    return shop({"@context": "https://schema.org", "@type": "Product", "name": "Sofa", "offers": {**OFFER, **offer}})


@pytest.fixture
def sofa(world: World) -> Product:
    sofa = world.sofas[0]
    sofa.url, sofa.domain = "http://shop.example/sofa", "shop.example"
    sofa.save()
    return sofa


def look(sofa: Product, *, later: timedelta = timedelta()) -> PageVisit | None:
    """Leave to look at the page ``later`` than now: what is due by then is due, and hosts are free by then."""
    for row in ProductPage.objects.all():
        ProductPage.objects.filter(pk=row.pk).update(due_at=row.due_at - later)
    for host in PageHost.objects.all():
        PageHost.objects.filter(pk=host.pk).update(free_at=host.free_at - later)
    return page_visit(product_id=sofa.pk)


def record(sofa: Product, status: int | None, **more: Any) -> Product:
    visit = look(sofa, later=30 * DAY)
    assert visit is not None
    return page_record(visit=visit, seen=PageSeen(status, "said", **more))


def test_it_works(sofa: Product, settings: Any) -> None:
    with server({"/sofa": page(product_page())}) as address:
        settings.EGRESS_TEST_HOSTS = {"shop.example": address}
        visit = page_visit(product_id=sofa.pk)
        assert visit is not None
        product = page_record(visit=visit, seen=page_look(visit))
    assert (product.price, product.currency, product.available, product.gone_at) == (
        Decimal("129.00"),
        "EUR",
        True,
        None,
    )
    assert product.fresh_until is not None and abs(product.fresh_until - timezone.now() - 3 * DAY) < HOUR
    assert ProductPage.objects.get().status == 200


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (product_page(availability="OutOfStock"), FoundOffer(Decimal("129.00"), "EUR", False)),
        (product_page(availability="http://schema.org/PreOrder"), FoundOffer(Decimal("129.00"), "EUR", True)),
        (product_page(price=99), FoundOffer(Decimal("99.00"), "EUR", True)),
        (product_page(priceCurrency="euros"), FoundOffer(Decimal("129.00"), "", True)),
        (shop({"@graph": [{"@type": "WebPage"}, {"@type": ["Product"], "offers": [OFFER]}]}),
         FoundOffer(Decimal("129.00"), "EUR", True)),
        (shop({"@type": "Product", "offers": [
            {**OFFER, "price": "80", "availability": "SoldOut"}, {**OFFER, "price": "120"}, {**OFFER, "price": "110"}]}),
         FoundOffer(Decimal("110.00"), "EUR", True)),
        (shop({"@type": "Product", "offers": {"@type": "AggregateOffer", "lowPrice": 10, "availability": "InStock"}}),
         FoundOffer(Decimal("10.00"), "", True)),
        (product_page(availability=None), None),
        (product_page(price="ask us"), None),
        (product_page(price="NaN"), None),
        (product_page(price=-1), None),
        (shop({"@type": "Product", "offers": OFFER}, {"@type": "Product", "offers": OFFER}), None),
        (shop({"@type": "Product"}), None),
        (shop("text", [1, None], {"offers": OFFER}), None),
        ('<script type="application/ld+json">{broken</script>', None),
        ('<script type="application/ld+json">' + "[" * 100_000 + "</script>", None),
        ("<p>no data", None),
        (f"<script>{json.dumps({'@type': 'Product', 'offers': OFFER})}</script>", None),
    ],
)  # fmt: skip
def test_offers_as_pages_state_them(text: str, found: FoundOffer | None) -> None:
    assert offer_of(text) == found


@pytest.mark.parametrize("status", [404, 410])
def test_gone_and_there_again(sofa: Product, status: int) -> None:
    gone = record(sofa, status).gone_at
    assert gone is not None
    assert record(sofa, status).gone_at == gone
    assert record(sofa, 200).gone_at is None


@pytest.mark.parametrize("status", [None, 403, 429, 500, 503, 301])
def test_what_says_nothing_changes_nothing(sofa: Product, status: int | None) -> None:
    kept = record(sofa, 404).gone_at
    product = record(sofa, status)
    assert (product.gone_at, product.price, product.available) == (kept, sofa.price, True)
    assert ProductPage.objects.get().failures == 1


def test_a_page_without_an_offer_renews_nothing(sofa: Product) -> None:
    Product.objects.filter(pk=sofa.pk).update(fresh_until=timezone.now() + HOUR)
    before = Product.objects.get(pk=sofa.pk).fresh_until
    assert record(sofa, 200).fresh_until == before


def test_an_unchanged_page_renews_what_it_said(sofa: Product, settings: Any) -> None:
    with server({"/sofa": marked(product_page(), '"v1"')}) as address:
        settings.EGRESS_TEST_HOSTS = {"shop.example": address}
        visit = look(sofa)
        assert visit is not None
        page_record(visit=visit, seen=page_look(visit))
        Product.objects.update(fresh_until=timezone.now() - HOUR)
        again = look(sofa, later=30 * DAY)
        assert again is not None and again.etag == '"v1"'
        seen = page_look(again)
        product = page_record(visit=again, seen=seen)
    assert (seen.status, seen.offer) == (304, None)
    assert product.fresh_until is not None and product.fresh_until > timezone.now() + 2 * DAY
    assert record(sofa, 200).fresh_until == product.fresh_until
    assert record(sofa, 304).fresh_until == product.fresh_until


def test_a_server_that_is_not_there_is_said_and_survived(sofa: Product) -> None:
    sofa.url = "http://127.0.0.1/sofa"
    sofa.save()
    visit = look(sofa)
    assert visit is not None
    seen = page_look(visit)
    assert seen.status is None and "not a public address" in seen.finding


def test_one_look_at_a_time(sofa: Product) -> None:
    assert page_visit(product_id=sofa.pk) is not None
    assert page_visit(product_id=sofa.pk) is None
    assert page_visit(product_id=10**9) is None


def test_a_host_is_spared(sofa: Product, world: World, settings: Any) -> None:
    other, elsewhere = world.sofas[1], world.sofas[2]
    Product.objects.filter(pk=other.pk).update(url="http://shop.example/other", domain="shop.example")
    Product.objects.filter(pk=elsewhere.pk).update(url="http://mill.example/other", domain="mill.example")
    assert page_visit(product_id=sofa.pk) is not None
    assert page_visit(product_id=other.pk) is None
    assert page_visit(product_id=elsewhere.pk) is not None
    assert look(other, later=timedelta(seconds=settings.PAGE_HOST_SECONDS + 1)) is not None


def test_a_busy_host_gets_a_longer_rest(sofa: Product, world: World, settings: Any) -> None:
    record(sofa, 429)
    Product.objects.filter(pk=world.sofas[1].pk).update(url="http://shop.example/other", domain="shop.example")
    assert look(world.sofas[1], later=timedelta(seconds=settings.PAGE_HOST_SECONDS + 1)) is None
    assert look(world.sofas[1], later=timedelta(minutes=10)) is not None


def test_the_pauses_grow(sofa: Product) -> None:
    waits = []
    for _ in range(6):
        record(sofa, 500)
        waits.append(ProductPage.objects.get().due_at - timezone.now())
    assert [round(wait / HOUR) for wait in waits] == [2, 4, 8, 16, 24, 24]


def test_no_address_no_look(world: World) -> None:
    assert page_visit(product_id=world.sofas[0].pk) is None
