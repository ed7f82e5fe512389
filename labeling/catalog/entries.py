"""What may be said of a product or a scene, by the names of their columns. Pure."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, TypedDict


class ProductFields(TypedDict, total=False):
    """What may be said of a product besides its id, category and picture."""

    title: str
    description: str
    url: str
    domain: str
    price: Decimal | None
    currency: str
    available: bool
    fresh_until: dt.datetime | None
    variant_group: str
    same_photo_group: str
    attributes: dict[str, Any]


class SceneFields(TypedDict, total=False):
    """What may be said of a scene besides its id and picture."""

    source_url: str
    domain: str
    title: str
    description: str
    boards: list[str]
    organic: bool
    business_account: str
    attributes: dict[str, Any]
    truth: dict[str, Any]
