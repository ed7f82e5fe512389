"""Keeping offers true: what feeds and the products' own pages say of price and stock, and until when that holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from labeling.catalog.models import PageHost, Product, ProductPage, Vertical
from labeling.catalog.watching import PageSeen, PageVisit

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
GONE = {404, 410}
BUSY = {429, 503}
GONE_AGAIN, BUSY_AGAIN = 6 * HOUR, 10 * timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Offer:
    """What is said of price and stock; ``fresh_until`` is how long it holds, None where nobody said."""

    price: Decimal | None
    currency: str
    available: bool
    fresh_until: datetime | None = None


def deadline_of(*, url: str, fresh_until: datetime | None) -> datetime | None:
    """How long what is said now holds: as long as its source says, else FRESH_DAYS for what is sold at an address."""
    if fresh_until is not None or not url or not settings.FRESH_DAYS:
        return fresh_until
    return timezone.now() + settings.FRESH_DAYS * DAY


@transaction.atomic
def offers_write(*, vertical: Vertical, offers: Mapping[str, Offer]) -> int:
    """Bring price, stock and freshness of products (by external id) up to date; how many changed in price or stock."""
    products = list(
        Product.objects.select_for_update(no_key=True).filter(vertical=vertical, external_id__in=offers).order_by("pk")
    )
    changed = 0
    for product in products:
        offer = offers[product.external_id]
        now = (offer.price, offer.currency, offer.available)
        changed += (product.price, product.currency, product.available) != now
        product.price, product.currency, product.available = now
        product.fresh_until = deadline_of(url=product.url, fresh_until=offer.fresh_until)
    Product.objects.bulk_update(products, ["price", "currency", "available", "fresh_until"])
    return changed


@transaction.atomic
def page_visit(*, product_id: int) -> PageVisit | None:
    """Leave to look at a product's page now; None where it is not due, is looked at already, or its host is to be spared.

    The page is due again after an hour, should whoever got the leave never come back.
    """
    now = timezone.now()
    product = Product.objects.filter(pk=product_id).first()
    host = urlsplit(product.url).hostname if product is not None else None
    if product is None or not host:
        return None
    ProductPage.objects.get_or_create(product=product, defaults={"due_at": now})
    page = ProductPage.objects.select_for_update(skip_locked=True).filter(product=product, due_at__lte=now).first()
    if page is None or not _host_take(host[:253], now):
        return None
    page.due_at = now + HOUR
    page.save(update_fields=["due_at"])
    return PageVisit(product.pk, product.url, page.etag, page.modified)


@transaction.atomic
def page_record(*, visit: PageVisit, seen: PageSeen) -> Product:
    """Write down what a product's page answered: it is gone, it is there again, or it says what the price and stock are.

    No answer, and any answer but yes and gone, says nothing of the product: it is asked again later and later.
    """
    product = Product.objects.select_for_update(no_key=True).get(pk=visit.product)
    page = ProductPage.objects.select_for_update().get(product=product)
    now = timezone.now()
    page.checked_at, page.status, page.finding = now, seen.status, seen.finding[:300]
    if seen.status in GONE:
        product.gone_at = product.gone_at or now
        page.failures, page.etag, page.modified = 0, "", ""
        page.due_at = now + GONE_AGAIN
    elif seen.status is not None and (200 <= seen.status < 300 or seen.status == 304):
        product.gone_at, page.failures = None, 0
        _offer_take(product, page, seen)
        soon = product.fresh_until - DAY / 2 if product.fresh_until else now + DAY
        page.due_at = max(min(now + DAY, soon), now + HOUR)
    else:
        page.failures += 1
        page.due_at = now + min(HOUR * 2 ** min(page.failures, 10), DAY)
        if seen.status in BUSY:
            host = urlsplit(visit.url).hostname or ""
            PageHost.objects.filter(host=host[:253]).update(free_at=now + BUSY_AGAIN)
    page.save()
    product.save(update_fields=["price", "currency", "available", "fresh_until", "gone_at", "updated_at"])
    return product


def _host_take(host: str, now: datetime) -> bool:
    PageHost.objects.get_or_create(host=host, defaults={"free_at": now})
    free_at = now + timedelta(seconds=settings.PAGE_HOST_SECONDS)
    return bool(PageHost.objects.filter(host=host, free_at__lte=now).update(free_at=free_at))


def _offer_take(product: Product, page: ProductPage, seen: PageSeen) -> None:
    if seen.status != 304:
        page.etag, page.modified, page.offered = seen.etag[:300], seen.modified[:100], seen.offer is not None
    if seen.offer is not None:
        product.price, product.available = seen.offer.price, seen.offer.available
        product.currency = seen.offer.currency or product.currency
    if page.offered:
        product.fresh_until = deadline_of(url=product.url, fresh_until=None)
