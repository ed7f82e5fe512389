"""What a look at a scene found, on its way from the models to the tables. Pure and free of torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple, Self

from models_ml.types import Detection, Match


@dataclass(frozen=True, slots=True)
class Finding:
    """A detection with its matches; ``category`` is the slug it was searched in, None for the whole vertical."""

    detection: Detection
    category: str | None
    matches: Sequence[Match]


class CataloguePicture(NamedTuple):
    """The picture that stands for a product in an index: whose it is, in which category, its content hash and its path,
    and what a person may ask of the product besides its looks."""

    product_id: int
    category: str
    sha256: str
    image: str
    price: Decimal | None
    brand_id: int | None
    available: bool


class CatalogueText(NamedTuple):
    """What is written about a product, as it is compared with the words around a scene."""

    product_id: int
    category: str
    title: str
    brand: str | None
    description: str
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BuiltIndex:
    """An index on disk: ``path`` is relative to INDEX_ROOT, ``recall`` its share of what exact search finds, by category."""

    path: str
    products: int
    recall: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person asks of candidates besides their looks; None asks nothing. Prices are inclusive.

    A product of unknown price fits no price, one without a brand is of none of ``brands``.
    """

    min_price: Decimal | None = None
    max_price: Decimal | None = None
    brands: frozenset[int] | None = None

    def record(self) -> dict[str, Any]:
        """The JSON form; nothing asked, nothing in it."""
        parts = {
            "min_price": None if self.min_price is None else str(self.min_price),
            "max_price": None if self.max_price is None else str(self.max_price),
            "brands": None if self.brands is None else sorted(self.brands),
        }
        return {name: value for name, value in parts.items() if value is not None}

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """From the JSON form."""
        return cls(
            min_price=Decimal(record["min_price"]) if "min_price" in record else None,
            max_price=Decimal(record["max_price"]) if "max_price" in record else None,
            brands=frozenset(record["brands"]) if "brands" in record else None,
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a scene could not be looked at."""

    reason: str


@dataclass(frozen=True, slots=True)
class ClassCategories:
    """Which category a detector's class means in a vertical: by its map, else by the same slug, else none."""

    slugs: frozenset[str]
    class_map: Mapping[str, str]

    def slug(self, detector_class: str) -> str | None:
        """The category's slug, or None where the vertical has no such thing."""
        name = self.class_map.get(detector_class, detector_class)
        return name if name in self.slugs else None
