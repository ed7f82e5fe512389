"""Writes a large pack to train on: collage scenes of rooms that show nothing held out, drawn by several processes.

Its rows are those of `showroom.pack`, its products the trainable ones of some collections, so it can be merged with the
demo pack. Rooms are numbered from ``first_room``; numbers that no other pack uses keep its rooms apart from theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

from showroom.catalogue import HOME, catalogue
from showroom.collage import CollageMaker
from showroom.files import Row, read_rows, write_picture, write_rows
from showroom.pack import product_image, product_row, scene_row, write_categories
from showroom.rooms import furnish
from showroom.solids import SolidStore
from showroom.types import ProductSpec

JPEG_QUALITY = 92
LISTED_EVERY = 5
START = "spawn"
"""A fork would copy whatever the process has open, and wait for it."""
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
    write_categories(out, HOME)
    if plan.photos:
        _write_photos(out, products, plan.processes)
    write_rows(out / "products.jsonl", [product_row(product) for product in products])
    rows = _rows_there(out)
    wanted = range(plan.first_room, plan.first_room + plan.rooms)
    drawn = {int(name.split("-")[1]) for name in rows}
    with ProcessPoolExecutor(plan.processes, get_context(START)) as pool:
        waiting = [pool.submit(draw_room, out, number, plan) for number in wanted if number not in drawn]
        for count, room in enumerate(as_completed(waiting), start=1):
            rows.update({str(row["id"]): row for row in room.result()})
            if count % LISTED_EVERY == 0 or count == len(waiting):
                write_rows(out / "scenes.jsonl", [rows[name] for name in sorted(rows)])
                note(f"{count} of {len(waiting)} rooms, {len(rows)} scenes in all")


def draw_room(out: Path, number: int, plan: WorldPlan) -> list[Row]:
    """Draw one room's scenes into ``out``; returns their rows."""
    collection = plan.collections[number % len(plan.collections)]
    room = furnish(number, trainable(collection), cameras=plan.cameras)
    rows = []
    for offset, (picture, truth) in enumerate(CollageMaker(plan.first_room, store=_STORE).scenes(room)):
        row = scene_row(truth, (number - plan.first_room) * plan.cameras + offset, "train")
        write_picture(out / str(row["image"]), picture, quality=JPEG_QUALITY)
        rows.append(row)
    return rows


def _write_photos(out: Path, products: Sequence[ProductSpec], processes: int) -> None:
    missing = [product for product in products if not (out / product_image(product)).exists()]
    with ProcessPoolExecutor(processes, get_context(START)) as pool:
        for _ in pool.map(draw_product, [out] * len(missing), missing, chunksize=16):
            pass


def draw_product(out: Path, product: ProductSpec) -> None:
    """Draw one product's photo into ``out``."""
    picture = CollageMaker(store=_STORE).product(product)
    write_picture(out / product_image(product), picture, quality=JPEG_QUALITY)


def _rows_there(out: Path) -> dict[str, Row]:
    return {str(row["id"]): row for row in read_rows(out / "scenes.jsonl") if (out / str(row["image"])).exists()}
