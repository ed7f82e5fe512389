"""Packs made for tests: a folder with two products and two scenes, to be spoilt as a test likes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.world import picture

COLORS = {"sofa.jpg": "navy", "lamp.jpg": "gold", "room-1.jpg": "tan", "room-2.jpg": "teal"}
PRODUCTS: list[dict[str, Any]] = [
    {"id": "s-1", "image": "images/sofa.jpg", "category": "sofa", "name": "MÅLA", "type": "Corner sofa", "price": 99.5},
    {
        "id": "l-1",
        "image": "images/lamp.jpg",
        "category": "lamp",
        "title": "Lamp",
        "brand": "Bram",
        "url": "https://bram.example/l",
    },
]
SCENES: list[dict[str, Any]] = [
    {"id": "r-1", "image": "images/room-1.jpg", "split": "test", "product_ids": ["s-1"]},
    {
        "id": "r-2",
        "image": "images/room-2.jpg",
        "source_url": "https://Blog.example/two",
        "objects": [{"box": [0.1, 0.2, 0.5, 0.9], "category": "sofa", "product": "s-1", "visible": 0.8}],
    },
]


def write_pack(folder: Path, *, products: list[Any] = PRODUCTS, scenes: list[Any] = SCENES) -> Path:
    """Write the pack; a row that is bytes goes in as it is."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for name, color in COLORS.items():
        (folder / "images" / name).write_bytes(picture(color))
    for name, rows in (("products", products), ("scenes", scenes)):
        raw = [row if isinstance(row, bytes) else json.dumps(row, ensure_ascii=False).encode() for row in rows]
        (folder / f"{name}.jsonl").write_bytes(b"\n".join(raw) + b"\n")
    return folder


def write_boxes(folder: Path, **changes: Any) -> None:
    """Write ``annotations.json`` with one sofa in room 1, an entry a line."""
    parts: dict[str, list[Any]] = {
        "categories": [{"id": 1, "name": "sofa"}, {"id": 2, "name": "Wine glass"}],
        "images": [{"id": 7, "file_name": "images/room-1.jpg", "width": 64, "height": 48}],
        "annotations": [{"id": 1, "image_id": 7, "category_id": 1, "bbox": [16, 12, 32, 24]}],
        **changes,
    }
    text = ",\n".join(
        f'"{name}": [\n' + ",\n".join(json.dumps(entry) for entry in entries) + "\n]" for name, entries in parts.items()
    )
    (folder / "annotations.json").write_text("{\n" + text + "\n}\n")
