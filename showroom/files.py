"""Files of a pack that appear whole: written aside, then renamed, so that a stopped run leaves nothing half done."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PIL import Image

Row = dict[str, Any]


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text."""
    aside = _aside(path)
    aside.write_text(text, encoding="utf-8")
    os.replace(aside, path)


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write JSON objects, one a line, without holding them all."""
    aside = _aside(path)
    with aside.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    os.replace(aside, path)


def read_rows(path: Path) -> list[Row]:
    """The JSON objects of a file, one a line; none where there is no file."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_picture(path: Path, picture: Image.Image, *, quality: int, optimize: bool = False) -> None:
    """Write a JPEG."""
    aside = _aside(path)
    picture.convert("RGB").save(aside, "JPEG", quality=quality, optimize=optimize)
    os.replace(aside, path)


def _aside(path: Path) -> Path:
    return path.with_name(path.name + ".part")
