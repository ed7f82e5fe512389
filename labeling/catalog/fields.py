"""One field of a pack's row at a time: its type, its bounds, and what to do when they do not hold. Pure."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.text import slugify

PRICE_LIMIT = Decimal(10) ** 10
_SLUG = re.compile(r"[-\w]+", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")


class RowError(ValueError):
    """A row of a pack cannot be taken; the message says which field and what to do."""


def kind(value: object) -> str:
    """What a JSON value is, in a person's words."""
    names = {
        type(None): "null",
        bool: "true or false",
        str: "a text",
        int: "a number",
        float: "a number",
        list: "a list",
    }
    return names.get(type(value), "an object")


def is_number(value: object) -> bool:
    """A JSON number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def text(record: Mapping[str, Any], key: str, limit: int) -> str:
    """A text that may be missing or null, trimmed."""
    value = record.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RowError(f"{key} is {kind(value)}. Write a text in quotes.")
    if len(value) > limit:
        raise RowError(f"{key} has {len(value)} characters. Cut it to {limit}.")
    return value.strip()


def needed(record: Mapping[str, Any], key: str, limit: int, owner: str = "") -> str:
    """A text that must be there."""
    value = text(record, key, limit)
    if not value:
        raise RowError(f"{f'{owner}.' if owner else ''}{key} is missing. Every row needs it.")
    return value


def texts(record: Mapping[str, Any], key: str) -> list[str]:
    """A list of texts that may be missing or null."""
    value = record.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise RowError(f'{key} is not a list of texts. Write ["...", "..."].')
    return value


def flag(record: Mapping[str, Any], key: str, *, default: bool) -> bool:
    """True or false, ``default`` where missing or null."""
    value = record.get(key)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise RowError(f"{key} is {kind(value)}. Write true or false.")
    return value


def account(record: Mapping[str, Any], key: str, limit: int) -> str:
    """The business account a scene is linked to: its name, or ``linked`` where the row says no more than true."""
    value = record.get(key)
    if isinstance(value, bool):
        return "linked" if value else ""
    return text(record, key, limit)


def slug(written: str, key: str) -> str:
    """A category's slug; ``"Wine glass"`` becomes ``wine-glass``."""
    found = written if _SLUG.fullmatch(written) else slugify(written)
    if not found or len(found) > 100:
        raise RowError(f"{key} {written!r} is no slug. Write letters a to z, digits, '-' and '_', at most 100.")
    return found


def web_address(record: Mapping[str, Any], key: str) -> str:
    """An http or https address that may be missing; nothing else may become a link."""
    value = text(record, key, 2000)
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError as error:
        raise RowError(f"{key} {value!r} is no web address ({error}). Write it whole.") from error
    if parts.scheme not in ("http", "https") or not host or re.search(r"\s", value):
        raise RowError(f"{key} {value[:100]!r} is no web address. Begin with http:// or https://.")
    return value


def domain(record: Mapping[str, Any], address: str) -> str:
    """The domain as said, else that of ``address``, in lower case."""
    value = (text(record, "domain", 253) or urlsplit(address).hostname or "").lower().rstrip(".")
    if value and not _HOST.fullmatch(value):
        raise RowError(f"domain {value!r} is no host name. Write it like shop.example, without http:// or a path.")
    return value[:253]


def price(record: Mapping[str, Any]) -> Decimal | None:
    """A price of two decimals, as number or text."""
    value = record.get("price")
    if value is None:
        return None
    try:
        if not isinstance(value, str) and not is_number(value):
            raise InvalidOperation
        amount = round(Decimal(str(value)), 2)
        if not 0 <= amount < PRICE_LIMIT:
            raise InvalidOperation
    except InvalidOperation as error:
        raise RowError(f"price is {value!r}. Write a number from 0 up, like 19.90.") from error
    return amount


def currency(record: Mapping[str, Any]) -> str:
    """Three capital letters, or none."""
    value = text(record, "currency", 100).upper()
    if value and not _CURRENCY.fullmatch(value):
        raise RowError(f"currency is {value!r}. Write three letters, like EUR.")
    return value


def moment(record: Mapping[str, Any], key: str) -> dt.datetime | None:
    """A moment in ISO 8601; without a zone it is UTC, without a time midnight."""
    value = text(record, key, 100)
    if not value:
        return None
    try:
        found = parse_datetime(value)
        day = parse_date(value) if found is None else None
    except ValueError as error:
        raise RowError(f"{key} is {value!r} ({error}). Write a date like 2027-01-31.") from error
    if found is None and day is not None:
        found = dt.datetime.combine(day, dt.time())
    if found is None:
        raise RowError(f"{key} is {value!r}. Write a moment like 2027-01-31T12:00:00Z.")
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
