"""Words and the n-grams of their letters, hashed to columns; and sparse rows of such columns. Numpy alone.

No language is built in: letters are folded by Unicode's rules, and n-grams stand in for stemming and for scripts that put no
spaces between words. Nothing here trusts its text: what is too long is cut.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

TEXT_LIMIT = 2000
WORDS_LIMIT = 300
WORD_LIMIT = 24
VALUES_LIMIT = 40
GRAMS = (3, 4)
DIM = 1 << 18
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class TextRows:
    """``n`` sparse rows: row ``i`` has ``weights[starts[i]:starts[i + 1]]`` in the ``columns`` of the same slice."""

    starts: Ints
    columns: npt.NDArray[np.int32]
    weights: Floats

    def __len__(self) -> int:
        return len(self.starts) - 1

    @staticmethod
    def of(rows: Iterable[Mapping[int, float]]) -> TextRows:
        """Pack rows given as ``{column: weight}``."""
        starts, columns, weights = [0], [], []
        for row in rows:
            kept = sorted(row)
            columns += kept
            weights += [row[column] for column in kept]
            starts.append(len(columns))
        return TextRows(np.array(starts, np.int64), np.array(columns, np.int32), np.array(weights, np.float32))

    def dense(self, rows: Ints, place: npt.NDArray[np.int32], width: int) -> Floats:
        """``(len(rows), width)``: each row's weights, a column's at ``place[column]``; columns of place -1 are left out."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        owner = np.repeat(np.arange(len(rows)), lengths)
        entry = np.arange(len(owner)) + np.repeat(self.starts[rows] - (np.cumsum(lengths) - lengths), lengths)
        found = place[self.columns[entry]]
        hit = np.flatnonzero(found >= 0)
        table = np.zeros((len(rows), width), dtype=np.float32)
        table[owner[hit], found[hit]] = self.weights[entry[hit]]
        return table


def words_of(text: str) -> list[str]:
    """Letters and digits in runs, caseless and without accents: ``"MÅLA, 3-Sitz"`` is ``["mala", "3", "sitz"]``.

    At most ``TEXT_LIMIT`` characters are read, ``WORDS_LIMIT`` words kept, of each ``WORD_LIMIT`` letters.
    """
    # Decomposing may lengthen a text eighteenfold, so it is cut before and after.
    plain = unicodedata.normalize("NFKD", text[:TEXT_LIMIT])[: 2 * TEXT_LIMIT].casefold()
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return [word[:WORD_LIMIT] for word in _WORD.findall(letters)[:WORDS_LIMIT]]


@lru_cache(maxsize=1 << 16)
def features(word: str, dim: int = DIM) -> tuple[tuple[int, float], ...]:
    """A word as (column, mass) couples: itself first, with mass 1, then its n-grams, which share a mass of 1.

    Hashed columns need no vocabulary to be kept (Weinberger et al. 2009); two features in one column count as one.
    """
    framed = f"<{word}>"
    grams = sorted({framed[i : i + n] for n in GRAMS for i in range(len(framed) - n + 1)})
    return (_column(f"w {word}", dim), 1.0), *((_column(gram, dim), 1 / len(grams)) for gram in grams)


def product_text(*, title: str, brand: str = "", description: str = "", attributes: object = None) -> str:
    """All that is written about a product, the title first. Attributes may be anything JSON can hold: its texts count."""
    return " . ".join(part for part in (title, brand, description, " ".join(_texts(attributes))) if part)


def _column(feature: str, dim: int) -> int:
    # Python's own hash differs from process to process.
    return zlib.crc32(feature.encode("utf-8", "surrogatepass")) % dim


def _texts(value: object, depth: int = 3) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, Mapping):
        for inner in list(value.values())[:VALUES_LIMIT]:
            yield from _texts(inner, depth - 1)
    elif depth and isinstance(value, list | tuple):
        for inner in value[:VALUES_LIMIT]:
            yield from _texts(inner, depth - 1)
