"""Writes a large pack to train on: collage scenes of rooms that show nothing held out, drawn by several processes.

Its rows are those of `showroom.pack`, its products the trainable ones of some collections, so it can be merged with the
demo pack. Rooms are numbered from ``first_room``; numbers that no other pack uses keep its rooms apart from theirs.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image

from showroom.catalogue import CATEGORIES, catalogue
from showroom.collage import CollageMaker
from showroom.pack import Row, product_image, product_row, scene_row
from showroom.rooms import furnish
from showroom.solids import SolidStore
from showroom.types import ProductSpec

JPEG_QUALITY = 92
LISTED_EVERY = 5
_STORE = SolidStore()


@dataclass(frozen=True)
class WorldPlan:
    """Rooms ``first_room`` and on, ``cameras`` scenes of each, drawn by ``processes``; product photos if wanted.

    Each room shows products of one of the ``collections`` (seeds of catalogues), which the rooms go round.
    """

    rooms: int = 500
    cameras: int = 4
    first_room: int = 100
    processes: int = 2
    photos: bool = True
    collections: tuple[int, ...] = (0,)


@lru_cache(maxsize=64)
def trainable(collection: int) -> tuple[ProductSpec, ...]:
    """The products of a collection that models may learn from."""
    return tuple(product for product in catalogue(seed=collection) if not product.held_out)


def write_world(out: Path, plan: WorldPlan, *, note: Callable[[str], None] = lambda line: None) -> None:
    """Write what ``out`` lacks. The lists grow while it runs and always name pictures that exist, so that a part is of
    use too; a stopped run goes on where it was.
    """
    for folder in ("products", "scenes"):
        (out / "images" / folder).mkdir(parents=True, exist_ok=True)
    products = [product for collection in plan.collections for product in trainable(collection)]
    _write_text(out / "categories.json", json.dumps([{"slug": c.slug, "name": c.name} for c in CATEGORIES]) + "\n")
    if plan.photos:
        _write_photos(out, products, plan.processes)
    _write_rows(out / "products.jsonl", [product_row(product) for product in products])
    rows = _rows_there(out)
    wanted = range(plan.first_room, plan.first_room + plan.rooms)
    drawn = {int(name.split("-")[1]) for name in rows}
    with ProcessPoolExecutor(plan.processes) as pool:
        waiting = [pool.submit(draw_room, out, number, plan) for number in wanted if number not in drawn]
        for count, room in enumerate(as_completed(waiting), start=1):
            rows.update({str(row["id"]): row for row in room.result()})
            if count % LISTED_EVERY == 0 or count == len(waiting):
                _write_rows(out / "scenes.jsonl", [rows[name] for name in sorted(rows)])
                note(f"{count} of {len(waiting)} rooms, {len(rows)} scenes in all")


def draw_room(out: Path, number: int, plan: WorldPlan) -> list[Row]:
    """Draw one room's scenes into ``out``; returns their rows."""
    collection = plan.collections[number % len(plan.collections)]
    room = furnish(number, trainable(collection), cameras=plan.cameras)
    rows = []
    for offset, (picture, truth) in enumerate(CollageMaker(plan.first_room, store=_STORE).scenes(room)):
        row = scene_row(truth, (number - plan.first_room) * plan.cameras + offset, "train")
        _write_picture(out / str(row["image"]), picture)
        rows.append(row)
    return rows


def _write_photos(out: Path, products: Sequence[ProductSpec], processes: int) -> None:
    missing = [product for product in products if not (out / product_image(product)).exists()]
    with ProcessPoolExecutor(processes) as pool:
        for _ in pool.map(draw_product, [out] * len(missing), missing, chunksize=16):
            pass


def draw_product(out: Path, product: ProductSpec) -> None:
    """Draw one product's photo into ``out``."""
    _write_picture(out / product_image(product), CollageMaker(store=_STORE).product(product))


def _rows_there(out: Path) -> dict[str, Row]:
    path = out / "scenes.jsonl"
    if not path.exists():
        return {}
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {str(row["id"]): row for row in rows if (out / str(row["image"])).exists()}


def _write_rows(path: Path, rows: Sequence[Row]) -> None:
    _write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def _write_text(path: Path, text: str) -> None:
    aside = path.with_name(path.name + ".part")
    aside.write_text(text, encoding="utf-8")
    os.replace(aside, path)


def _write_picture(path: Path, picture: Image.Image) -> None:
    aside = path.with_name(path.name + ".part")
    picture.save(aside, "JPEG", quality=JPEG_QUALITY)
    os.replace(aside, path)
