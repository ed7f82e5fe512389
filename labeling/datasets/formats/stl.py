"""Pinterest's Shop-the-Look dataset (Kang et al. 2019): JSON lines of pairs, and the category of each product.

``NAME.json`` holds ``{"product", "scene", "bbox": [left, top, right, bottom]}`` a line, the box normalised to [0, 1] from the top
left; ``NAME-cat.json`` is one object, product to category. What these cannot say (picture, size, grade, split, objects and
scenes without a product) stands in ``NAME-scenes.json``, a scene a line.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from labeling.datasets.formats.archives import Member, extracted
from labeling.datasets.formats.rows import Dataset, FormatError, ObjectRow, SceneRow, box_cut, encode

CATEGORIES, SCENES = "-cat.json", "-scenes.json"
README = """# {name}: scene-product pairs in the format of Pinterest's Shop-the-Look dataset

- `{name}.json`: a pair a line, `{{"product", "scene", "bbox"}}`; the box is left, top, right, bottom, as shares of the picture.
- `{name}-cat.json`: the category of each product.
- `{name}-scenes.json`: a scene a line, with its picture and what the two others have no place for.
"""
SCHEMA = """
CREATE TABLE pair (scene TEXT, entry TEXT);
CREATE TABLE category (product TEXT PRIMARY KEY, name TEXT);
"""


def members(dataset: Dataset) -> Iterator[Member]:
    """The three files after a short readme; memory grows with the products alone."""
    yield "README.md", README.format(name=dataset.name).encode()
    categories: dict[str, str] = {}
    with ExitStack() as stack:
        pairs, scenes = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(2))
        for scene in dataset.scenes:
            for item in scene.objects:
                if item.product:
                    categories.setdefault(item.product, item.category)
                    pair = {"product": item.product, "scene": scene.scene, "bbox": list(item.box)}
                    pairs.write(encode(pair).encode() + b"\n")
            scenes.write(encode(_more(scene)).encode() + b"\n")
        yield f"{dataset.name}.json", pairs
        yield f"{dataset.name}{CATEGORIES}", encode(categories).encode()
        yield f"{dataset.name}{SCENES}", scenes


def read(path: Path) -> Iterator[SceneRow]:
    """The scenes of an archive, a folder, or a file of pairs with the others beside it, scene by scene.

    Raises :class:`FormatError` naming the line.
    """
    if path.suffix in {".json", ".jsonl"}:
        yield from _read(path)
        return
    with extracted(path, lambda name: name.endswith(".json")) as folder:
        found = sorted(file for file in folder.glob("*.json") if not file.name.endswith((CATEGORIES, SCENES)))
        if not found:
            raise FormatError(f"{path}: no file of pairs is in it. It should be called like home.json.")
        for file in found:
            yield from _read(file)


def _more(scene: SceneRow) -> dict[str, object]:
    return {
        "scene": scene.scene,
        "image": scene.image,
        "width": scene.width,
        "height": scene.height,
        "split": scene.split,
        "said": [[item.category, item.grade, item.score] for item in scene.objects if item.product],
        "others": [
            [list(item.box), item.category, item.grade, item.score] for item in scene.objects if not item.product
        ],
    }


def _read(path: Path) -> Iterator[SceneRow]:
    # The pairs of a scene may stand anywhere in the file, so they are sorted on disk.
    with (
        tempfile.TemporaryDirectory(prefix="looktag-stl-") as folder,
        closing(sqlite3.connect(Path(folder, "pairs"), isolation_level=None)) as base,
    ):
        base.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {SCHEMA} BEGIN;")
        for number, entry in _lines(path):
            _keep_pair(base, entry, f"{path}:{number}")
        _keep_categories(base, path.with_name(path.stem + CATEGORIES))
        base.execute("CREATE INDEX pair_of ON pair (scene)")
        yield from _scenes(base, path.with_name(path.stem + SCENES))


def _keep_pair(base: sqlite3.Connection, entry: Any, place: str) -> None:
    try:
        left, top, right, bottom = (float(side) for side in entry["bbox"])
        product, scene = str(entry["product"]), str(entry["scene"])
    except (ValueError, TypeError, KeyError) as error:
        raise FormatError(f"{place}: not a Shop-the-Look pair ({error!r}). Mend the line.") from error
    box = box_cut((left, top, right, bottom), place)
    base.execute("INSERT INTO pair VALUES (?, ?)", (scene, encode([product, *box])))


def _keep_categories(base: sqlite3.Connection, path: Path) -> None:
    if not path.is_file():
        return
    try:
        base.executemany("INSERT INTO category VALUES (?, ?)", json.loads(path.read_bytes()).items())
    except (ValueError, AttributeError, sqlite3.Error) as error:
        raise FormatError(f"{path}: not one object of products and their categories ({error}). Mend it.") from error


def _scenes(base: sqlite3.Connection, path: Path) -> Iterator[SceneRow]:
    if not path.is_file():
        for (scene,) in base.execute("SELECT scene FROM pair GROUP BY scene ORDER BY min(rowid)"):
            found = [ObjectRow(box, category, product) for product, box, category in _pairs_of(base, scene)]
            yield SceneRow(scene, f"{scene}.jpg", 0, 0, tuple(found))
        return
    for number, entry in _lines(path):
        try:
            pairs = zip(_pairs_of(base, str(entry["scene"])), entry["said"], strict=True)
            found = [ObjectRow(box, name, product, *rest) for (product, box, _), (name, *rest) in pairs]
            found += [ObjectRow(box_cut(box, str(path)), name, "", *rest) for box, name, *rest in entry["others"]]
            size = int(entry["width"]), int(entry["height"])
            yield SceneRow(str(entry["scene"]), str(entry["image"]), *size, tuple(found), str(entry["split"]))
        except (ValueError, TypeError, KeyError) as error:
            told = f"{path}:{number}: does not fit the pairs beside it ({error}). Export all three files again."
            raise error if isinstance(error, FormatError) else FormatError(told) from error


def _pairs_of(base: sqlite3.Connection, scene: str) -> list[tuple[str, Any, str]]:
    found = []
    for (entry,) in base.execute("SELECT entry FROM pair WHERE scene = ? ORDER BY rowid", (scene,)):
        product, *sides = json.loads(entry)
        named = base.execute("SELECT name FROM category WHERE product = ?", (product,)).fetchone()
        found.append((product, box_cut(sides, scene), named[0] if named else ""))
    return found


def _lines(path: Path) -> Iterator[tuple[int, Any]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    yield number, json.loads(line)
                except (ValueError, RecursionError) as error:
                    raise FormatError(
                        f"{path}:{number}: not a line of JSON ({error}). Fetch or mend the file."
                    ) from error
