"""A pack so small that a test can make one: products are coloured patterns, scenes are grey walls with two of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

COLOURS = {"red": (200, 40, 40), "green": (40, 170, 60), "blue": (40, 60, 200), "sand": (220, 200, 140)}
CATEGORIES = ("rug", "lamp")
SIDE = 40


def product_picture(colour: str, category: str) -> Image.Image:
    """A product on white: rugs have stripes, lamps a dark foot."""
    pixels = np.full((SIDE, SIDE, 3), 255, dtype=np.uint8)
    pixels[4:-4, 4:-4] = COLOURS[colour]
    if category == "rug":
        pixels[8:-4:8, 4:-4] = 30
    else:
        pixels[-12:-4, 4:-4] = 30
    return Image.fromarray(pixels)


def tiny_pack(folder: Path, *, scenes: int = 8) -> Path:
    """Write a pack of 8 products in 2 categories; the sand ones are held out, and every fourth scene is a test scene."""
    (folder / "images").mkdir(parents=True)
    products = [(colour, category) for category in CATEGORIES for colour in COLOURS]
    records = []
    for colour, category in products:
        product_picture(colour, category).save(folder / "images" / f"{category}-{colour}.png")
        split = {"split": "test"} if colour == "sand" else {}
        records.append(
            {
                "id": f"{category}-{colour}",
                "image": f"images/{category}-{colour}.png",
                "category": category,
                "variant_group": f"{category}-{colour in ('red', 'green')}",
                **split,
            }
        )
    _write(folder / "products.jsonl", records)
    _write(folder / "scenes.jsonl", [_scene(folder, number, products) for number in range(scenes)])
    return folder


def _scene(folder: Path, number: int, products: list[tuple[str, str]]) -> dict[str, object]:
    width, height = 120, 80
    wall = Image.new("RGB", (width, height), (128 + 4 * number, 128, 128))
    objects = []
    for place in range(2):
        colour, category = products[(number + place * 4) % len(products)]
        left, top = 8 + 60 * place, 10 + number % 5
        wall.paste(product_picture(colour, category).crop((4, 4, SIDE - 4, SIDE - 4)), (left, top))
        side = SIDE - 8
        box = [left / width, top / height, (left + side) / width, (top + side) / height]
        objects.append({"box": box, "category": category, "product": f"{category}-{colour}", "visible": 1.0})
    wall.save(folder / "images" / f"scene-{number}.png")
    split = "test" if number % 4 == 3 else "train"
    return {"id": f"s{number}", "image": f"images/scene-{number}.png", "split": split, "objects": objects}


def _write(path: Path, records: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
