"""How text becomes the words of a search: the same for what is stored and for what is asked. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

TEXT_LIMIT = 20_000
QUERY_WORDS = 12
BRIEF = 3
"""Looking up what begins with fewer letters reads a good part of the index, so it is checked on what is found otherwise."""
FACET_BRANDS = 200
"""Brands of a wish beyond this are checked on the products found, not looked up in the index."""
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


def brief_and_long(text: str) -> tuple[str, str]:
    """The words of ``text`` in two: those too brief to look up, which begin a good part of all words, and the others.

    Each half is fit for :func:`prefix_query`.
    """
    words = words_of(text)[:QUERY_WORDS]
    brief = " ".join(word for word in words if len(word) < BRIEF)
    return brief, " ".join(word for word in words if len(word) >= BRIEF)


def facet_query(*, vertical: int, category: int | None = None, brands: Iterable[int] | None = None) -> str:
    """A ``to_tsquery`` over ``Product.facets`` of what narrows most: of whole verticals only where nothing else is wished.

    A vertical holds so many products that reading their list costs more than looking at the few that are left without it;
    the caller checks it on those.
    """
    terms = [f"c{category}"] if category is not None else []
    wished = sorted(brands) if brands is not None else []
    if 0 < len(wished) <= FACET_BRANDS:
        terms.append(_any_of(f"b{brand}" for brand in wished))
    return " & ".join(terms) or f"v{vertical}"


def _any_of(terms: Iterable[str]) -> str:
    return f"({' | '.join(terms)})"
