"""A pack read to be judged, not imported: its catalogue and its known truth, straight from the files. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from labeling.catalog.coco import KnownBoxes, read_boxes
from labeling.catalog.packs import Line, ProductRow, SceneRow, lines, product_row, scene_row
from labeling.common.errors import ApplicationError

CLASS_MAP = "category_map.json"
Row = TypeVar("Row")


class PackRefused(ApplicationError):
    """A folder or file that cannot be judged; the message names it and the remedy."""

    code = "bad_pack"


@dataclass
class TruthPack:
    """``objects`` and ``products_in`` are the known boxes and products of each scene, by the scene's id.

    ``problems`` are rows that were left out, by file and line.
    """

    folder: Path
    products: list[ProductRow] = field(default_factory=list)
    scenes: list[SceneRow] = field(default_factory=list)
    objects: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    products_in: dict[str, set[str]] = field(default_factory=dict)
    class_map: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def categories(self) -> frozenset[str]:
        """Every slug that a product or a known box names."""
        named = {item["category"] for items in self.objects.values() for item in items}
        return frozenset(named | {product.category for product in self.products})


def truth_pack(folder: Path) -> TruthPack:
    """Read the pack in a folder. Raises :class:`PackRefused` where it has no scene; bad rows become problems."""
    if not (folder / "scenes.jsonl").is_file():
        raise PackRefused(f"{folder} has no scenes.jsonl. Give the folder of a pack with scenes to judge.")
    pack = TruthPack(folder)
    if (folder / CLASS_MAP).is_file():
        pack.class_map = class_map(folder / CLASS_MAP)
    if (folder / "products.jsonl").is_file():
        _take(lines(folder / "products.jsonl", product_row, lambda row: row.external_id), pack.products, pack.problems)
    _take(lines(folder / "scenes.jsonl", scene_row, lambda row: row.external_id), pack.scenes, pack.problems)
    if not pack.scenes:
        first = pack.problems[0] if pack.problems else "the file is empty"
        raise PackRefused(f"{folder / 'scenes.jsonl'} holds no scene that can be read ({first}). Mend it.")
    boxes = KnownBoxes()
    if (folder / "annotations.json").is_file():
        boxes = read_boxes(folder / "annotations.json")
        pack.problems += [str(problem) for problem in boxes.problems]
    _know(pack, boxes)
    return pack


def class_map(path: Path) -> dict[str, str]:
    """``{detector class: category}`` from a JSON file. Raises :class:`PackRefused`."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PackRefused(f"{path} is no class map ({error}). Write one JSON object, {{class: category}}.") from error
    if not isinstance(record, dict) or not all(isinstance(value, str) for value in record.values()):
        raise PackRefused(f"{path} is no class map. Write one JSON object of texts, {{class: category}}.")
    return record


def _take(read: Iterable[Line[Row]], rows: list[Row], problems: list[str]) -> None:
    for line in read:
        if line.row is not None:
            rows.append(line.row)
        if line.problem is not None:
            problems.append(str(line.problem))


def _know(pack: TruthPack, boxes: KnownBoxes) -> None:
    sold = {product.external_id for product in pack.products}
    for scene in pack.scenes:
        items = [*scene.objects, *boxes.objects.get(scene.image, [])]
        if items:
            pack.objects[scene.external_id] = items
        named = {*scene.product_ids, *(item["product"] for item in items if "product" in item)}
        for missing in sorted(named - sold):
            pack.problems.append(f"scene {scene.external_id!r} names product {missing!r}, not in products.jsonl")
        if named & sold:
            pack.products_in[scene.external_id] = named & sold
