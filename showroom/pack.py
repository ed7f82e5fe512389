"""Writes a pack: a folder of product photos and scenes with their truth, in the format the importer reads.

A pack can be written in several goes. Pictures and files appear whole (written aside, then renamed), the ``.jsonl`` files list
exactly what has its picture, and what is there already is kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from showroom.captions import HOME_PHRASES, caption_of
from showroom.catalogue import HOME
from showroom.files import Row, read_rows, write_picture, write_rows, write_text
from showroom.makers import Maker, scene_id
from showroom.planning import PlannedRoom
from showroom.types import ProductSpec, SceneTruth
from showroom.verticals import Phrases, Vertical

JPEG_QUALITY = 85


def write_pack(
    out: Path,
    maker: Maker,
    products: Sequence[ProductSpec],
    rooms: Sequence[PlannedRoom],
    *,
    note: Callable[[str], None] = lambda line: None,
) -> None:
    """Write the products and rooms that ``out`` lacks, a few products and a room in turn, so that a part is of use too.

    ``note`` hears a line after each step. Rows of other products or scenes already in ``out`` are dropped from its lists.
    """
    for folder in ("products", "scenes"):
        (out / "images" / folder).mkdir(parents=True, exist_ok=True)
    write_categories(out, HOME, indent=1)
    numbers = {id(planned): number for number, planned in enumerate(rooms)}
    for batch, planned in _in_turn(products, rooms):
        made = [spec.id for spec in batch if _make_product(out, maker, spec)]
        write_rows(
            out / "products.jsonl", [product_row(spec) for spec in products if (out / product_image(spec)).exists()]
        )
        if made:
            note(f"products {made[0]} to {made[-1]}")
        if planned is not None and _make_room(out, maker, rooms, numbers[id(planned)]):
            note(f"room {planned.room.seed}: {planned.room.kind}, {len(planned.room.cameras)} scenes, {planned.split}")


def write_categories(out: Path, vertical: Vertical, indent: int | None = None) -> None:
    """Write ``categories.json`` of a pack that shows a ``vertical``."""
    rows = [{"slug": category.slug, "name": category.name} for category in vertical.categories]
    write_text(out / "categories.json", json.dumps(rows, indent=indent) + "\n")


def product_image(spec: ProductSpec) -> str:
    """Path of a product's picture inside the pack."""
    return f"images/products/{spec.id}.jpg"


def product_row(spec: ProductSpec) -> Row:
    """A line of ``products.jsonl``; products that no train scene shows have ``split`` test."""
    return {
        "id": spec.id,
        "image": product_image(spec),
        "category": spec.category,
        "title": spec.title,
        "brand": spec.brand,
        "domain": spec.domain,
        "url": spec.url,
        "description": spec.description,
        "price": spec.price,
        "currency": spec.currency,
        "available": spec.available,
        "variant_group": spec.variant_group,
        "attributes": spec.attributes,
        "split": "test" if spec.held_out else "train",
    }


def scene_row(truth: SceneTruth, number: int, split: str, phrases: Phrases = HOME_PHRASES) -> Row:
    """A line of ``scenes.jsonl``; ``number`` counts the pack's scenes from 0."""
    caption = caption_of(truth, number, phrases)
    return {
        "id": truth.id,
        "image": f"images/scenes/{truth.id}.jpg",
        "title": caption.title,
        "description": caption.description,
        "boards": list(caption.boards),
        "source_url": caption.source_url,
        "domain": caption.domain,
        "organic": caption.organic,
        "business_account": caption.business_account,
        "room": truth.room_kind,
        "split": split,
        "objects": [
            {
                "box": [round(side, 5) for side in item.box],
                "category": item.category,
                "product": item.product,
                "visible": round(item.visible, 3),
                "truncated": item.truncated,
            }
            for item in truth.objects
        ],
    }


def _in_turn(
    products: Sequence[ProductSpec], rooms: Sequence[PlannedRoom]
) -> Iterator[tuple[Sequence[ProductSpec], PlannedRoom | None]]:
    """Products spread over the categories, in as many batches as there are rooms, each followed by a room."""
    by_rank = sorted(products, key=lambda spec: (spec.family, spec.variant))
    size = -(-len(by_rank) // max(len(rooms), 1)) or 1
    batches = [by_rank[start : start + size] for start in range(0, len(by_rank), size)]
    for batch, planned in zip_longest(batches, rooms):
        yield batch or [], planned


def _make_product(out: Path, maker: Maker, spec: ProductSpec) -> bool:
    path = out / product_image(spec)
    if path.exists():
        return False
    write_picture(path, maker.product(spec), quality=JPEG_QUALITY, optimize=True)
    return True


def _make_room(out: Path, maker: Maker, rooms: Sequence[PlannedRoom], index: int) -> bool:
    """Make a room's scenes unless all have their picture and row; rows stay in the order of the plan."""
    planned = rooms[index]
    rows = {str(row["id"]): row for row in read_rows(out / "scenes.jsonl")}
    expected = [scene_id(planned.room, camera) for camera in range(len(planned.room.cameras))]
    if all(name in rows and (out / rows[name]["image"]).exists() for name in expected):
        return False
    first = sum(len(earlier.room.cameras) for earlier in rooms[:index])
    for offset, (picture, truth) in enumerate(maker.scenes(planned.room)):
        row = scene_row(truth, first + offset, planned.split)
        write_picture(out / row["image"], picture, quality=JPEG_QUALITY, optimize=True)
        rows[truth.id] = row
    order = [scene_id(other.room, camera) for other in rooms for camera in range(len(other.room.cameras))]
    write_rows(out / "scenes.jsonl", [rows[name] for name in order if name in rows])
    return True
