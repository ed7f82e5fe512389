"""Read XML record by record, in memory that does not grow with the file, and write texts that XML can carry."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat
from xml.sax.saxutils import escape

from labeling.datasets.formats.rows import FormatError

_CANNOT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_QUOTES = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def records(pieces: Iterable[bytes], name: str, root: str) -> Iterator[Element]:
    """Each child of the root element, whole, once it is read. Raises :class:`FormatError` with the line.

    A document type is refused: it could declare entities that grow without end or name files of this machine.
    """
    reader = _Records(name, root)
    for piece in pieces:
        yield from reader.feed(piece)
    yield from reader.feed(b"", last=True)


def xml_text(value: str) -> str:
    """A text as it stands in XML, also within double quotes. Raises :class:`FormatError` for what XML has no way to write."""
    if found := _CANNOT.search(value):
        raise FormatError(
            f"{value!r} holds the character {found.group()!r}, which XML cannot carry. Take it out, or choose another format."
        )
    return escape(value, _QUOTES)


class _Records:
    """Collects what has been read to its end."""

    def __init__(self, name: str, root: str) -> None:
        self.name, self.root = name, root
        self.depth, self.done = 0, list[Element]()
        self.builder = TreeBuilder()
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuse

    def feed(self, piece: bytes, *, last: bool = False) -> list[Element]:
        """The records that this piece of the file completes."""
        try:
            self.parser.Parse(piece, last)
        except expat.ExpatError as error:
            raise FormatError(f"{self.name}: not XML ({error}). Export or fetch the file again.") from error
        found, self.done = self.done, []
        return found

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self.depth and tag != self.root:
            raise FormatError(f"{self.name}: the outermost element is <{tag}>, where <{self.root}> should be.")
        if self.depth:
            self.builder.start(tag, attributes)
        self.depth += 1

    def _end(self, tag: str) -> None:
        self.depth -= 1
        if self.depth:
            element = self.builder.end(tag)
            if self.depth == 1:
                self.done.append(element)
                self.builder = TreeBuilder()

    def _text(self, text: str) -> None:
        if self.depth > 1:
            self.builder.data(text)

    def _refuse(self, *declared: object) -> NoReturn:
        line = self.parser.CurrentLineNumber
        raise FormatError(f"{self.name}:{line}: a document type (<!DOCTYPE) is not taken. Remove it.")
