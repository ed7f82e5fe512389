"""How text becomes the words of a search: the same for what is stored and for what is asked. Pure."""

from __future__ import annotations

import re
import unicodedata

TEXT_LIMIT = 20_000
QUERY_WORDS = 12
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
