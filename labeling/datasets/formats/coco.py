"""COCO detection: ``images``, ``annotations`` with ``bbox`` ``[x, y, width, height]`` in pixels, and ``categories``.

The product and the grade of a pair stand in the annotation's ``attributes``. Ids start at 1, since evaluation code takes 0
for "unmatched".
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from labeling.datasets.formats.rows import FormatError, PairRow, whole_file
from models_ml.boxes import from_pixels, to_pixels


def write(rows: Iterable[PairRow], path: Path) -> int:
    """Write all pairs in one file; memory grows with the scenes' ids alone. Returns how many pairs."""
    scenes: dict[str, int] = {}
    categories: dict[str, int] = {}
    count = 0
    # COCO wants the images before the annotations, and both come from one pass: annotations wait in a file of their own.
    with whole_file(path) as file, tempfile.TemporaryFile("w+", encoding="utf-8") as waiting:
        file.write('{"images": [')
        for count, row in enumerate(rows, start=1):
            if row.scene not in scenes:
                _item(file, len(scenes), _image(row, len(scenes) + 1))
                scenes[row.scene] = len(scenes) + 1
            category = categories.setdefault(row.category, len(categories) + 1)
            _item(waiting, count - 1, _annotation(row, count, scenes[row.scene], category))
        file.write('], "annotations": [')
        waiting.seek(0)
        for piece in iter(lambda: waiting.read(1 << 20), ""):
            file.write(piece)
        names = [{"id": number, "name": name, "supercategory": ""} for name, number in categories.items()]
        file.write(f'], "categories": {json.dumps(names, ensure_ascii=False)}}}\n')
    return count


def read(path: Path) -> Iterator[PairRow]:
    """Yield the pairs of a file that :func:`write` wrote; annotations without a product are passed over."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        images = {image["id"]: image for image in content["images"]}
        names = {category["id"]: category["name"] for category in content["categories"]}
    except (ValueError, TypeError, KeyError) as error:
        raise FormatError(f"{path}: not a COCO file ({error!r})") from error
    for annotation in content["annotations"]:
        attributes = annotation.get("attributes", {})
        if "product_id" not in attributes:
            continue
        try:
            image = images[annotation["image_id"]]
            x, y, width, height = annotation["bbox"]
            box = from_pixels((x, y, x + width, y + height), image["width"], image["height"])
            yield PairRow(
                scene=image["scene_id"],
                product=attributes["product_id"],
                box=box,
                category=names[annotation["category_id"]],
                grade=attributes["grade"],
                image=image["file_name"],
                width=image["width"],
                height=image["height"],
            )
        except (ValueError, TypeError, KeyError) as error:
            raise FormatError(f"{path}: annotation {annotation.get('id')} is not whole ({error!r})") from error


def _item(file: IO[str], before: int, record: dict[str, object]) -> None:
    file.write((", " if before else "") + json.dumps(record, ensure_ascii=False))


def _image(row: PairRow, number: int) -> dict[str, object]:
    return {"id": number, "file_name": row.image, "width": row.width, "height": row.height, "scene_id": row.scene}


def _annotation(row: PairRow, number: int, image: int, category: int) -> dict[str, object]:
    left, top, right, bottom = to_pixels(row.box, row.width, row.height)
    return {
        "id": number,
        "image_id": image,
        "category_id": category,
        "bbox": [left, top, right - left, bottom - top],
        "area": (right - left) * (bottom - top),
        "iscrowd": 0,
        "attributes": {"product_id": row.product, "grade": row.grade},
    }
