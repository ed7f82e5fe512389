"""Read a large JSON file entry by entry, in memory that does not grow with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NoReturn

from labeling.datasets.formats.rows import FormatError

READ = 1 << 16
LONGEST = 1 << 24
"""Characters of one entry; a file whose mark is missing is given up after these, not read to its end."""
_BLANK = re.compile(r"[ \t\r\n]*")


def entries(path: Path) -> Iterator[tuple[str, Any]]:
    """Each entry of the lists of one JSON object, with the list's name; of a list alone, under the name "".

    What is no list is passed over. Raises :class:`FormatError` with the line where the text is no JSON.
    """
    with path.open(encoding="utf-8-sig") as file:
        reader = _Reader(file, path)
        try:
            if reader.next() == "[":
                yield from (("", entry) for entry in reader.entries())
            else:
                yield from reader.lists()
            if reader.next():
                reader.fail("something stands after the end")
        except UnicodeDecodeError as error:
            raise FormatError(f"{path}: not UTF-8 ({error.reason}). Save the file as UTF-8.") from error
        except (json.JSONDecodeError, RecursionError) as error:
            reader.fail(str(getattr(error, "msg", "nested too deep")))


class _Reader:
    """A window on the text: ``at`` is where in ``text`` the next thing stands."""

    def __init__(self, file: IO[str], path: Path) -> None:
        self.file, self.path = file, path
        self.text, self.at, self.line = "", 0, 1
        self.decoder = json.JSONDecoder(parse_constant=self._constant)

    def lists(self) -> Iterator[tuple[str, Any]]:
        """The entries of each list of an object."""
        self.take("{")
        while self.next() != "}":
            name = self.value()
            self.take(":")
            if self.next() == "[":
                yield from ((str(name), entry) for entry in self.entries())
            else:
                self.value()
            self.separate("}")
        self.take("}")

    def entries(self) -> Iterator[Any]:
        """The entries of one list."""
        self.take("[")
        while self.next() != "]":
            yield self.value()
            self.separate("]")
        self.take("]")

    def value(self) -> Any:
        """The next value, whole."""
        self.next()
        while True:
            try:
                found, end = self.decoder.raw_decode(self.text, self.at)
            except json.JSONDecodeError:
                if len(self.text) - self.at > LONGEST or not self._more():
                    raise
                continue
            # A number at the very end of the window may go on behind it.
            if end < len(self.text) or not self._more():
                self.at = end
                return found

    def next(self) -> str:
        """The next character that is not blank, "" at the end of the file."""
        while True:
            blank = _BLANK.match(self.text, self.at)
            self.at = blank.end() if blank else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self._more():
                return ""

    def take(self, mark: str) -> None:
        """Pass over a mark that must stand here."""
        if self.next() != mark:
            self.fail(
                f"{mark!r} is missing" if self.next() else f"the file ends where {mark!r} should be: it is cut off"
            )
        self.at += 1

    def separate(self, end: str) -> None:
        """Pass over the comma between two entries; none stands before the end."""
        if self.next() != end:
            self.take(",")
            if self.next() == end:
                self.fail(f"a ',' stands before {end!r}")

    def fail(self, what: str) -> NoReturn:
        """Say what is wrong, and on which line."""
        line = self.line + self.text.count("\n", 0, self.at)
        raise FormatError(f"{self.path}:{line}: not JSON ({what}). Export or fetch the file again.")

    def _more(self) -> bool:
        block = self.file.read(READ)
        self.line += self.text.count("\n", 0, self.at)
        self.text, self.at = self.text[self.at :] + block, 0
        return bool(block)

    def _constant(self, name: str) -> NoReturn:
        raise json.JSONDecodeError(f"{name} is no JSON number", "", 0)
