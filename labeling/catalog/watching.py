"""Looking at a product's page: is it there, and what does it say of price and stock?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from html.parser import HTMLParser
from typing import Any

from labeling.common.egress import EgressRefused, fetch

IN_STOCK = {"instock", "limitedavailability", "onlineonly", "instoreonly", "preorder", "presale", "backorder"}
MOST_BYTES = 500_000


@dataclass(frozen=True, slots=True)
class PageVisit:
    """Leave to look at the page of a product, with the marks of what was seen there before."""

    product: int
    url: str
    etag: str
    modified: str


@dataclass(frozen=True, slots=True)
class FoundOffer:
    """The price, its currency (three letters, or empty) and whether the thing can be had."""

    price: Decimal
    currency: str
    available: bool


@dataclass(frozen=True, slots=True)
class PageSeen:
    """What a page answered; ``status`` is None where it did not. ``offer`` is what it says of price and stock."""

    status: int | None
    finding: str
    etag: str = ""
    modified: str = ""
    offer: FoundOffer | None = None


def page_look(visit: PageVisit) -> PageSeen:
    """Ask for a page, only if it has changed. Never raises for what a stranger's server does."""
    try:
        answer = fetch(visit.url, max_bytes=MOST_BYTES, etag=visit.etag, modified=visit.modified)
    except EgressRefused as error:
        return PageSeen(None, error.message)
    offer = offer_of(answer.body.decode("utf-8", "replace")) if answer.status == 200 else None
    return PageSeen(answer.status, f"{answer.url} answered {answer.status}.", answer.etag, answer.modified, offer)


def offer_of(page: str) -> FoundOffer | None:
    """The offer that a product page states as schema.org JSON-LD; None where it states none, or those of several products.

    Of several offers the cheapest that can be had counts, else the cheapest.
    """
    parser = _Scripts()
    parser.feed(page)
    products = [thing for text in parser.texts for thing in _things(_json(text)) if "Product" in _types(thing)]
    if len(products) != 1:
        return None
    found = [offer for stated in _list(products[0].get("offers")) if (offer := _offer(stated)) is not None]
    return min(found, key=lambda offer: (not offer.available, offer.price), default=None)


def _offer(stated: object) -> FoundOffer | None:
    if not isinstance(stated, dict):
        return None
    written = stated.get("price", stated.get("lowPrice"))
    currency = str(stated.get("priceCurrency") or "").upper()
    availability = str(stated.get("availability") or "").rstrip("/").rsplit("/", 1)[-1].lower()
    try:
        price = Decimal(str(written)).quantize(Decimal("0.01"))
    except InvalidOperation:
        return None
    if not availability or not price.is_finite() or not Decimal(0) <= price < Decimal(10) ** 10:
        return None
    return FoundOffer(price, currency if len(currency) == 3 and currency.isascii() else "", availability in IN_STOCK)


def _things(value: object) -> Iterator[dict[str, Any]]:
    """Objects at the top, and those that the top's graphs hold."""
    for each in _list(value):
        if isinstance(each, dict):
            yield each
            yield from (inner for inner in _list(each.get("@graph")) if isinstance(inner, dict))


def _types(thing: dict[str, Any]) -> list[object]:
    return _list(thing.get("@type"))


def _list(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


class _Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "script" and (dict(attrs).get("type") or "").strip().lower() == "application/ld+json"
        if self._inside:
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts[-1] += data
