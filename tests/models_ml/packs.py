"""Packs to learn from in seconds: coloured rectangles for a detector, scenes that only list their products."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from models_ml.images import open_image
from models_ml.manifest import Manifest
from tests.tiny_pack import tiny_pack

COLOURS = {"lamp": (240, 210, 40), "sofa": (40, 60, 220)}


def rectangle_pack(
    root: Path, scenes: int, *, test: int = 0, seed: int = 0, names: Sequence[str] = tuple(COLOURS)
) -> Path:
    """Write ``scenes`` pictures of 96 x 72 with one or two rectangles each; the last ``test`` are the test split."""
    rng = np.random.default_rng(seed)
    (root / "scenes").mkdir(parents=True, exist_ok=True)
    lines = []
    for number in range(scenes):
        pixels = rng.integers(100, 130, (72, 96, 3)).astype(np.uint8)
        objects = []
        for side in range(int(rng.integers(1, 3))):
            name = names[int(rng.integers(len(names)))]
            width, height = int(rng.integers(20, 40)), int(rng.integers(20, 50))
            left, top = int(rng.integers(0, 48 - width + 1)) + 48 * side, int(rng.integers(0, 72 - height + 1))
            pixels[top : top + height, left : left + width] = COLOURS[name]
            box = [left / 96, top / 72, (left + width) / 96, (top + height) / 72]
            objects.append({"box": box, "category": name, "visible": 1.0})
        Image.fromarray(pixels).save(root / f"scenes/{number}.png")
        split = "test" if number >= scenes - test else "train"
        lines.append(
            {"id": f"{root.name}-{number}", "image": f"scenes/{number}.png", "split": split, "objects": objects}
        )
    (root / "scenes.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return root


def listed_pack(root: Path) -> Path:
    """The tiny pack, its scenes with the names of their products in place of the boxes."""
    rows = [json.loads(line) for line in (tiny_pack(root) / "scenes.jsonl").read_text().splitlines()]
    for row in rows:
        row["product_ids"] = [item["product"] for item in row.pop("objects")]
    (root / "scenes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return root


def pictures(pack: Manifest) -> list[Image.Image]:
    """The photos of a pack's products, in its order."""
    return [open_image(product.image) for product in pack.products]
