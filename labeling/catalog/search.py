"""How text becomes the words of a search: the same for what is stored and for what is asked. Pure."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal

TEXT_LIMIT = 20_000
QUERY_WORDS = 12
FACET_BRANDS = 200
"""Brands of a wish beyond this are checked on the products found, not looked up in the index."""
PRICE_STEPS, LAST_PRICE_STEP = 4, 134
"""Prices are filed by quarters of a doubling; the last step is that of the highest price a product can have."""
_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """Letters and digits in runs, lower case, without accents: ``"MÅLA 302.811"`` is ``["mala", "302", "811"]``."""
    plain = unicodedata.normalize("NFKD", text[:TEXT_LIMIT]).casefold()
    return _WORD.findall("".join(letter for letter in plain if not unicodedata.combining(letter)))


def prefix_query(text: str) -> str:
    """A ``to_tsquery`` in which every word of ``text`` must begin some word; empty where there is no word.

    Only letters and digits come out of :func:`words_of`, so nothing a person types can be an operator.
    """
    return " & ".join(f"{word}:*" for word in words_of(text)[:QUERY_WORDS])


def facet_query(
    *,
    vertical: int,
    category: int | None = None,
    brands: Iterable[int] | None = None,
    price_min: Decimal | None = None,
    price_max: Decimal | None = None,
) -> str:
    """A ``to_tsquery`` over ``Product.facets``. Prices are only narrowed to whole steps, so check them on what is found."""
    terms = [f"v{vertical}"]
    if category is not None:
        terms.append(f"c{category}")
    wished = sorted(brands) if brands is not None else []
    if 0 < len(wished) <= FACET_BRANDS:
        terms.append(_any_of(f"b{brand}" for brand in wished))
    if price_min is not None or price_max is not None:
        # One step more on either side: the database's logarithm and ours may part at the edge of one.
        first = 0 if price_min is None else max(0, _price_step(price_min) - 1)
        last = LAST_PRICE_STEP if price_max is None else _price_step(price_max) + 1
        terms.append(_any_of(f"p{step}" for step in range(first, max(first, last) + 1)))
    return " & ".join(terms)


def _any_of(terms: Iterable[str]) -> str:
    return f"({' | '.join(terms)})"


def _price_step(price: Decimal) -> int:
    return 0 if price < 1 else min(LAST_PRICE_STEP, math.floor(PRICE_STEPS * math.log2(price)))
