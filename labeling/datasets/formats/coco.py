"""COCO detection (Lin et al. 2014): ``images``, ``annotations`` with ``bbox`` ``[x, y, width, height]`` in pixels, categories.

Product and grade stand in an annotation's ``attributes``, the scene's id and split beside an image's file name. Ids start at
1, since evaluation code takes 0 for "unmatched". Results files (a bare list of boxes) name no pictures and are not read.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from labeling.datasets.formats.json_stream import entries
from labeling.datasets.formats.rows import (
    Dataset,
    FormatError,
    ObjectRow,
    SceneRow,
    box_from_pixels,
    buffered,
    encode,
)
from models_ml.boxes import to_pixels

SCHEMA = """
CREATE TABLE image (id TEXT PRIMARY KEY, entry TEXT);
CREATE TABLE category (id TEXT PRIMARY KEY, name TEXT);
CREATE TABLE annotation (image TEXT, entry TEXT);
"""


def write(dataset: Dataset) -> Iterator[bytes]:
    """The file in pieces; memory does not grow with the scenes."""
    return buffered(_pieces(dataset))


def read(path: Path) -> Iterator[SceneRow]:
    """The images with their annotations, in the order of the images; crowd boxes are left out.

    Raises :class:`FormatError` naming the entry.
    """
    # The lists may come in any order and the annotations in any, so they are sorted on disk.
    with tempfile.TemporaryDirectory(prefix="looktag-coco-") as folder, closing(_load(path, Path(folder))) as base:
        names = dict(base.execute("SELECT id, name FROM category"))
        mine = "SELECT entry FROM annotation WHERE image = ? ORDER BY rowid"
        for number, entry in base.execute("SELECT id, entry FROM image ORDER BY rowid"):
            image = json.loads(entry)
            found = [json.loads(each) for (each,) in base.execute(mine, (number,))]
            yield _scene(path, image, [each for each in found if not each.get("iscrowd")], names)


def _pieces(dataset: Dataset) -> Iterator[str]:
    numbers = {name: number for number, name in enumerate(dataset.categories, start=1)}
    count = 0
    # COCO wants the images before the annotations, and both come from one pass: annotations wait in a file of their own.
    with tempfile.TemporaryFile("w+", encoding="utf-8") as waiting:
        yield f'{{"info": {encode({"description": dataset.name})}, "licenses": [], "images": ['
        for number, scene in enumerate(dataset.scenes, start=1):
            yield ("" if number == 1 else ",\n") + encode(_image(scene, number))
            for item in scene.objects:
                count += 1
                if count > 1:
                    waiting.write(",\n")
                waiting.write(encode(_annotation(item, scene, count, number, numbers[item.category])))
        yield '],\n"annotations": ['
        waiting.seek(0)
        yield from iter(lambda: waiting.read(1 << 16), "")
    listed = [{"id": number, "name": name, "supercategory": ""} for name, number in numbers.items()]
    yield f'],\n"categories": {encode(listed)}}}\n'


def _image(scene: SceneRow, number: int) -> dict[str, object]:
    image = {"id": number, "file_name": scene.image, "width": scene.width, "height": scene.height}
    return image | {"scene_id": scene.scene} | ({"split": scene.split} if scene.split else {})


def _annotation(item: ObjectRow, scene: SceneRow, number: int, image: int, category: int) -> dict[str, object]:
    left, top, right, bottom = to_pixels(item.box, scene.width, scene.height)
    attributes = {"product_id": item.product, "grade": item.grade} if item.product or item.grade else {}
    return {
        "id": number,
        "image_id": image,
        "category_id": category,
        "bbox": [left, top, right - left, bottom - top],
        "area": (right - left) * (bottom - top),
        "iscrowd": 0,
        "segmentation": [],
        "attributes": attributes,
    } | ({} if item.score is None else {"score": item.score})


def _load(path: Path, folder: Path) -> sqlite3.Connection:
    base = sqlite3.connect(folder / "entries", isolation_level=None)
    try:
        base.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {SCHEMA} BEGIN;")
        takers: dict[str, tuple[str, Callable[[dict[str, Any]], tuple[str, str]]]] = {
            "images": ("INSERT INTO image VALUES (?, ?)", lambda image: (_id(image["id"]), encode(image))),
            "categories": ("INSERT INTO category VALUES (?, ?)", lambda each: (_id(each["id"]), str(each["name"]))),
            "annotations": ("INSERT INTO annotation VALUES (?, ?)", lambda each: (_id(each["image_id"]), encode(each))),
        }
        for name, entry in entries(path):
            if name not in takers:
                if name == "":
                    raise FormatError(
                        f"{path}: a list where COCO has one object with images, annotations and categories."
                    )
                continue
            statement, columns = takers[name]
            try:
                base.execute(statement, columns(entry))
            except sqlite3.IntegrityError as error:
                raise FormatError(f"{path}: two {name} have the id {entry['id']!r}. Give each its own.") from error
            except (TypeError, KeyError) as error:
                raise FormatError(
                    f"{path}: an entry of {name} is not whole ({error!r}): {encode(entry)[:100]}"
                ) from error
        base.execute("CREATE INDEX annotation_of ON annotation (image)")
        lost = base.execute("SELECT entry FROM annotation WHERE image NOT IN (SELECT id FROM image) LIMIT 1").fetchone()
        if lost:
            lone = json.loads(lost[0])
            raise FormatError(
                f"{path}: annotation {lone.get('id')} is of image {lone['image_id']!r}, which is not among the images."
            )
    except BaseException:
        base.close()
        raise
    return base


def _id(written: object) -> str:
    """Ids are numbers, and texts in some files; 7 and "7" are two."""
    return encode(written)


def _scene(path: Path, image: dict[str, Any], found: list[dict[str, Any]], names: dict[str, str]) -> SceneRow:
    place = f"{path}: image {image['id']}"
    try:
        width, height = int(image.get("width") or 0), int(image.get("height") or 0)
        objects = tuple(_object(path, each, width, height, names) for each in found)
        name = str(image["file_name"])
        return SceneRow(str(image.get("scene_id", "")), name, width, height, objects, str(image.get("split", "")))
    except (ValueError, TypeError, KeyError) as error:
        raise _told(error, place) from error


def _object(path: Path, entry: dict[str, Any], width: int, height: int, names: dict[str, str]) -> ObjectRow:
    place = f"{path}: annotation {entry.get('id')}"
    try:
        x, y, w, h = entry["bbox"]
        category = names.get(_id(entry["category_id"]))
        if category is None:
            raise FormatError(f"{place}: category_id {entry['category_id']!r} is not among the categories.")
        attributes = entry.get("attributes") or {}
        score = entry.get("score")
        return ObjectRow(
            box_from_pixels((x, y, x + w, y + h), width, height, place),
            category,
            str(attributes.get("product_id") or ""),
            str(attributes.get("grade") or ""),
            None if score is None else float(score),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _told(error, place) from error


def _told(error: Exception, place: str) -> FormatError:
    return error if isinstance(error, FormatError) else FormatError(f"{place} is not whole ({error!r}). Mend it.")
