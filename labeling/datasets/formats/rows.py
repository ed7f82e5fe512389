"""What every format reads and writes: a pair in plain values, and files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from models_ml.types import Box


@dataclass(frozen=True, slots=True)
class PairRow:
    """A confirmed pair with external ids. ``width`` and ``height`` are the scene's, in pixels; the box is normalised.

    ``image`` is the path of the scene's picture under the media folder.
    """

    scene: str
    product: str
    box: Box
    category: str
    grade: str
    image: str
    width: int
    height: int


class FormatError(ValueError):
    """A file is not what its format asks for; the message names the file and the line or entry."""


@contextmanager
def whole_file(path: Path) -> Iterator[IO[str]]:
    """Write beside ``path`` and move into place at the end, so that a reader never meets half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            yield file
        # mkstemp makes private files; an export is as readable as any other new file.
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
