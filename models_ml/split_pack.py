"""python -m models_ml.split_pack PACK OUT: a pack that points at another's pictures, with its boxes and a split written in.

For packs that come without a split: a fifth of the scenes, chosen by the sha256 of their ids, is the test part, so the same
scene is always on the same side, whoever splits. Boxes are read from ``annotations.json`` (COCO) where scenes carry none.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models_ml.manifest import ManifestError

FIFTHS = 5
Row = dict[str, Any]


def split_of(scene_id: str) -> str:
    """``test`` for one id in five, ``train`` for the others; the same for ever."""
    return "test" if int(hashlib.sha256(scene_id.encode()).hexdigest(), 16) % FIFTHS == 0 else "train"


def split_pack(pack: Path, out: Path) -> dict[str, int]:
    """Write ``out``, whose pictures are links into ``pack``; returns the number of scenes a split.

    Raises :class:`ManifestError` where ``pack`` has no scenes or its boxes name none of them.
    """
    rows = _rows(pack / "scenes.jsonl")
    if not rows:
        raise ManifestError(f"{pack} has no scenes to split; give a pack with a scenes.jsonl")
    boxes = _coco_objects(pack / "annotations.json", {str(row["image"]) for row in rows})
    out.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = defaultdict(int)
    with (out / "scenes.jsonl").open("w", encoding="utf-8") as listing:
        for row in rows:
            split = split_of(str(row["id"]))
            counts[split] += 1
            row |= {"objects": row.get("objects") or boxes[str(row["image"])], "split": split}
            listing.write(json.dumps(row, ensure_ascii=False) + "\n")
    for name in ("products.jsonl", "categories.json"):
        if (pack / name).is_file():
            (out / name).write_bytes((pack / name).read_bytes())
    if not (out / "images").exists():
        os.symlink((pack / "images").resolve(), out / "images", target_is_directory=True)
    return dict(counts)


def _coco_objects(path: Path, images: set[str]) -> dict[str, list[Row]]:
    """Objects by image path, with boxes normalised and cut to the picture; what is flat after that is left out."""
    objects: dict[str, list[Row]] = defaultdict(list)
    if not path.is_file():
        return objects
    coco = json.loads(path.read_text(encoding="utf-8"))
    names = {category["id"]: category["name"] for category in coco["categories"]}
    pictures = {picture["id"]: picture for picture in coco["images"]}
    if not images & {str(picture["file_name"]) for picture in pictures.values()}:
        raise ManifestError(f"{path}: no file_name is the image of a scene; write them as scenes.jsonl does")
    for annotation in coco["annotations"]:
        picture = pictures[annotation["image_id"]]
        x, y, w, h = annotation["bbox"]
        width, height = picture["width"], picture["height"]
        left, top = max(x / width, 0.0), max(y / height, 0.0)
        right, bottom = min((x + w) / width, 1.0), min((y + h) / height, 1.0)
        if left < right and top < bottom:
            box = [round(side, 6) for side in (left, top, right, bottom)]
            objects[str(picture["file_name"])].append({"box": box, "category": names[annotation["category_id"]]})
    return objects


def _rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def main(argv: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m models_ml.split_pack", description="Split a pack for training.")
    parser.add_argument("pack", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args(argv)
    print(json.dumps(split_pack(args.pack, args.out)))


if __name__ == "__main__":
    main()
