"""What filters ask of a product besides its looks: price, brand, availability, as columns beside the ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

NO_BRAND = -1
ROW = np.dtype([("price", "<f8"), ("brand", "<i8"), ("available", "?")])
"""One product's facts on disk: 17 bytes."""


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Which products may be found. None asks nothing; prices are inclusive and in the catalogue's own currency.

    A product of unknown price passes no price limit, one without a brand is of no brand asked for.
    """

    min_price: float | None = None
    max_price: float | None = None
    brands: frozenset[int] | None = None
    available: bool | None = None

    @property
    def asks_nothing(self) -> bool:
        """Whether every product passes."""
        return self == ProductFilter()


class Facts(NamedTuple):
    """Columns of ``n`` products: ``price`` float64 (NaN: unknown), ``brand`` int64 (-1: none), ``available`` bool."""

    price: npt.NDArray[np.float64]
    brand: npt.NDArray[np.int64]
    available: npt.NDArray[np.bool_]

    @classmethod
    def unknown(cls, n: int) -> Facts:
        """Available products of which nothing else is known."""
        return cls(np.full(n, np.nan), np.full(n, NO_BRAND, dtype=np.int64), np.ones(n, dtype=np.bool_))

    @classmethod
    def of(
        cls, prices: Sequence[float | None], brands: Sequence[int | None], available: Sequence[bool] | None = None
    ) -> Facts:
        """From plain lists of one length, None where a thing is not known."""
        price = np.array([np.nan if price is None else price for price in prices], dtype=np.float64)
        brand = np.array([NO_BRAND if brand is None else brand for brand in brands], dtype=np.int64)
        return cls(price, brand, np.ones(len(price), np.bool_) if available is None else np.array(available, np.bool_))

    def take(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> Facts:
        """The facts of some rows, by mask or by position."""
        return Facts(self.price[rows], self.brand[rows], self.available[rows])

    def joined(self, other: Facts) -> Facts:
        """These and, after them, the other's."""
        return Facts(
            np.concatenate([self.price, other.price]),
            np.concatenate([self.brand, other.brand]),
            np.concatenate([self.available, other.available]),
        )

    def passing(self, where: ProductFilter) -> npt.NDArray[np.bool_]:
        """``(n,)``: which products the filter lets through."""
        passing = np.ones(len(self.price), dtype=np.bool_)
        # A NaN is neither above nor below anything.
        if where.min_price is not None:
            passing &= self.price >= where.min_price
        if where.max_price is not None:
            passing &= self.price <= where.max_price
        if where.brands is not None:
            passing &= np.isin(self.brand, list(where.brands)) & (self.brand != NO_BRAND)
        if where.available is not None:
            passing &= self.available == where.available
        return passing

    def as_bytes(self) -> bytes:
        """Row by row, as :meth:`from_bytes` reads them."""
        rows = np.empty(len(self.price), ROW)
        rows["price"], rows["brand"], rows["available"] = self
        return rows.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Facts:
        """The inverse of :meth:`as_bytes`; ValueError where the length is no whole number of rows."""
        rows = np.frombuffer(data, ROW)
        return cls(rows["price"].copy(), rows["brand"].copy(), rows["available"].copy())
