"""Texts as the numbered word pieces that a BERT reads (Wu et al. 2016, Devlin et al. 2018), from its ``vocab.txt``."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

LONGEST_WORD = 100
"""Letters of a word that is still cut into pieces; a longer one is unknown."""
UNKNOWN, START, END = "[UNK]", "[CLS]", "[SEP]"
IDEOGRAPHS = ((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2FA1F), (0xF900, 0xFAFF))


class VocabularyError(ValueError):
    """A vocabulary is missing or no word pieces; the message names the file."""


@dataclass(frozen=True, slots=True)
class WordPieces:
    """``numbers`` of the pieces; a piece that goes on in a word begins with ``##``. ``caseless``: letters are folded first."""

    numbers: dict[str, int]
    caseless: bool = True

    @classmethod
    def load(cls, path: Path, *, caseless: bool = True) -> WordPieces:
        """Read a file of one piece a line. Raises :class:`VocabularyError`."""
        try:
            pieces = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise VocabularyError(
                f"{path} cannot be read as a vocabulary ({error}); restore the encoder's folder"
            ) from error
        numbers = {piece: number for number, piece in enumerate(pieces)}
        missing = [name for name in (UNKNOWN, START, END) if name not in numbers]
        if missing:
            raise VocabularyError(
                f"{path} has no {missing[0]}: it is not a list of word pieces; give a BERT's vocab.txt"
            )
        return cls(numbers, caseless)

    def read(self, text: str, limit: int) -> list[int]:
        """The pieces of a text, between start and end marks, cut so that there are at most ``limit``."""
        pieces = [number for word in words(text, caseless=self.caseless) for number in self._pieces(word)]
        return [self.numbers[START], *pieces[: limit - 2], self.numbers[END]]

    def _pieces(self, word: str) -> Sequence[int]:
        """The longest piece that fits first, then the longest that goes on, ...; unknown where none does."""
        if len(word) > LONGEST_WORD:
            return [self.numbers[UNKNOWN]]
        found, start = [], 0
        while start < len(word):
            mark = "##" if start else ""
            ends = (end for end in range(len(word), start, -1) if mark + word[start:end] in self.numbers)
            if (end := next(ends, None)) is None:
                return [self.numbers[UNKNOWN]]
            found.append(self.numbers[mark + word[start:end]])
            start = end
        return found


def words(text: str, *, caseless: bool) -> Iterator[str]:
    """Runs of letters and digits; each mark of punctuation and each ideograph by itself. Accents go with the case."""
    if caseless:
        text = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
    run = ""
    for letter in text:
        apart = _is_mark(letter) or any(low <= ord(letter) <= high for low, high in IDEOGRAPHS)
        blank = letter.isspace() or unicodedata.category(letter) in ("Cc", "Cf")
        if not apart and not blank:
            run += letter
            continue
        if run and (apart or letter.isspace()):
            yield run
            run = ""
        if apart:
            yield letter
    if run:
        yield run


def _is_mark(letter: str) -> bool:
    """Punctuation by Unicode, and all that stands on a keyboard and is neither letter nor digit."""
    return unicodedata.category(letter).startswith("P") or ("!" <= letter <= "~" and not letter.isalnum())
