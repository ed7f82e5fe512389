"""What every format writes and reads, scene by scene in plain values, and files that appear whole or not at all."""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from models_ml.types import Box

BLOCK = 1 << 16
PIXEL_PLACES = 6
"""Digits after the point of a pixel: they keep a side of a box to 5e-7 even of a picture of one pixel."""
SPLITS = ("train", "val", "test")


class FormatError(ValueError):
    """A file is not what its format asks for; the message names the file and the entry, and what to do."""


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """One object of a scene. ``product`` and ``grade`` are empty where nobody named one; ``score`` is a model's, in [0, 1]."""

    box: Box
    category: str
    product: str = ""
    grade: str = ""
    score: float | None = None


@dataclass(frozen=True, slots=True)
class SceneRow:
    """One picture with its objects. ``width`` and ``height`` are in pixels, 0 where a file does not say.

    ``scene`` is the external id, empty where a foreign file knows none. ``image`` is the picture's path under the media
    folder in what is written, and the name that the file gives it in what is read.
    """

    scene: str
    image: str
    width: int
    height: int
    objects: tuple[ObjectRow, ...] = ()
    split: str = ""

    @property
    def file_name(self) -> str:
        """The picture's name without its folders."""
        return self.image.rpartition("/")[2]

    @property
    def stem(self) -> str:
        """That name without its ending."""
        name = self.file_name
        return name.rpartition(".")[0] or name


@dataclass(frozen=True, slots=True)
class Dataset:
    """What is written: ``scenes`` comes once, in any number; ``categories`` are all that may come up, in a lasting order.

    ``picture`` gives the bytes of a picture by its path, where pictures are to travel along; ``address`` stands before a
    path where a format wants an address.
    """

    name: str
    categories: Sequence[str]
    scenes: Iterable[SceneRow]
    picture: Callable[[str], bytes] | None = None
    address: str = ""


encode = json.JSONEncoder(ensure_ascii=False).encode
"""One JSON text; made once, since a call of ``json.dumps`` with arguments makes an encoder each time."""


def buffered(pieces: Iterable[str | bytes]) -> Iterator[bytes]:
    """The same in blocks of some 64 KiB, but for the very first piece, which leaves at once."""
    waiting: list[bytes] = []
    size = BLOCK
    for piece in pieces:
        waiting.append(piece if isinstance(piece, bytes) else piece.encode())
        size += len(waiting[-1])
        if size >= BLOCK:
            yield b"".join(waiting)
            waiting.clear()
            size = 0
    yield b"".join(waiting)


def box_cut(sides: Sequence[float], place: str) -> Box:
    """A normalised box cut at the picture's edge. Raises :class:`FormatError` where nothing is left of it."""
    left, top, right, bottom = (min(max(float(side), 0.0), 1.0) for side in sides)
    # min and max let a NaN through or swallow it, by its place.
    if not all(math.isfinite(side) for side in sides) or left >= right or top >= bottom:
        raise FormatError(f"{place}: the box {list(sides)} holds nothing of the picture. Mend it or take it out.")
    return Box(left, top, right, bottom)


def box_from_pixels(sides: Sequence[float], width: float, height: float, place: str) -> Box:
    """The normalised box of a picture of that size, cut at its edge. Raises :class:`FormatError`."""
    if not width > 0 or not height > 0:
        raise FormatError(f"{place}: the picture's size is {width}x{height}. Write its width and height in pixels.")
    left, top, right, bottom = sides
    return box_cut((left / width, top / height, right / width, bottom / height), place)


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Write beside ``path`` and move into place at the end, so that a reader never meets half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        # mkstemp makes private files; an export is as readable as any other new file.
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A folder beside ``path`` to write into, moved into place at the end. Raises :class:`FormatError` where one is there."""
    if path.exists():
        raise FormatError(f"{path} is there already. Name a folder that is not, or one that ends in .tar.")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        yield draft
        draft.chmod(0o777 & ~_umask())
        os.replace(draft, path)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
