"""Bring a pack into the catalogue: good rows go in, bad ones are told by file and line, and what is there is passed over.

A second run therefore adds just what was missing, and reads no picture of a row that is there. What rows say of price, stock
and freshness is perishable: it is brought up to date in what is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.utils.text import slugify

from labeling.catalog import taxonomy
from labeling.catalog.coco import KnownBoxes, read_boxes
from labeling.catalog.entries import ProductFields
from labeling.catalog.fields import RowError
from labeling.catalog.models import Category, Product, Scene, Vertical
from labeling.catalog.packs import Line, Problem, ProductRow, SceneRow, image_read, lines, product_row, scene_row
from labeling.catalog.services import (
    NewProduct,
    NewScene,
    Offer,
    offers_write,
    products_add,
    scenes_add,
    truths_write,
    vertical_ensure,
)
from labeling.common.errors import ApplicationError
from labeling.common.storage import StoredImage, image_store

CHUNK = 100
KEPT = 1000
"""Problems and notes that are kept to be shown; beyond that they are only counted."""

Progress = Callable[[str, int, int], None]
"""Called with the stage (``products`` or ``scenes``), the rows done and the rows there are."""
Item = TypeVar("Item")


class PackError(ApplicationError):
    """The folder is no pack; nothing was imported."""

    code = "bad_pack"


@dataclass
class Findings:
    """Messages for a person, counted for ever and kept up to a bound."""

    kept: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, message: object) -> None:
        """Count the message, and keep it if there is room."""
        self.count += 1
        if len(self.kept) < KEPT:
            self.kept.append(str(message))


@dataclass
class ImportReport:
    """What an import did. ``problems`` were not taken; ``notes`` are worth knowing and need no mending."""

    vertical: Vertical
    products_added: int = 0
    products_there: int = 0
    offers_changed: int = 0
    scenes_added: int = 0
    scenes_there: int = 0
    scenes_same: int = 0
    truths_changed: int = 0
    problems: Findings = field(default_factory=Findings)
    notes: Findings = field(default_factory=Findings)


def pack_import(
    *, folder: Path, vertical: str = "", on_progress: Progress = lambda stage, done, total: None
) -> ImportReport:
    """Import the pack in ``folder`` into the vertical of that name, by default the folder's.

    Raises :class:`PackError` where there is no pack; all else that is wrong stands in the report.
    """
    folder = folder.resolve()
    if not any((folder / name).is_file() for name in ("products.jsonl", "scenes.jsonl")):
        raise PackError(
            f"{folder} is no pack: neither products.jsonl nor scenes.jsonl is there. Give the pack's folder."
        )
    name = vertical or folder.name
    slug = slugify(name)[:50]
    if not slug:
        raise PackError(f"{name!r} gives no name for a vertical. Choose one of letters and digits: --vertical NAME.")
    pack = _Import(folder, ImportReport(vertical_ensure(slug=slug, name=name[:100])), on_progress)
    pack.run()
    return pack.report


class _Import:
    """One run over one pack."""

    def __init__(self, folder: Path, report: ImportReport, on_progress: Progress) -> None:
        self.folder, self.report, self.on_progress = folder, report, on_progress
        self.vertical = report.vertical
        read = taxonomy.read(folder, self.vertical)
        self.taxonomy = read.taxonomy
        self._tell(read.problems)

    def run(self) -> None:
        """Products first, then scenes with their known boxes, and last the class map, which may name any category."""
        if (path := self.folder / "products.jsonl").is_file():
            self._each(path, lines(path, product_row, lambda row: row.external_id), self._products)
        boxes = KnownBoxes()
        if (self.folder / "annotations.json").is_file():
            boxes = read_boxes(self.folder / "annotations.json")
            self._tell(boxes.problems)
            for slug, name in boxes.categories.items():
                self._category(slug, "annotations.json", name)
        if (path := self.folder / "scenes.jsonl").is_file():
            unclaimed = set(boxes.objects)
            self._each(
                path,
                lines(path, scene_row, lambda row: row.external_id),
                lambda chunk: self._scenes(chunk, boxes, unclaimed),
            )
            self._tell(
                Problem(
                    boxes.places[name],
                    f"file_name {name!r} is the image of no scene in scenes.jsonl. Mend one of them.",
                )
                for name in sorted(unclaimed)
            )
        self._tell(taxonomy.read_class_map(self.folder, self.vertical, self.taxonomy))

    def _tell(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.report.problems.add(problem)

    def _each(self, path: Path, rows: Iterator[Line[Any]], take: Callable[[list[Line[Any]]], None]) -> None:
        with path.open("rb") as file:
            total = sum(1 for raw in file if raw.strip())
        done = 0
        self.on_progress(path.stem, done, total)
        for chunk in _chunks(rows, CHUNK):
            self._tell(line.problem for line in chunk if line.problem)
            take([line for line in chunk if line.row is not None])
            done += len(chunk)
            self.on_progress(path.stem, done, total)

    def _products(self, chunk: Sequence[Line[ProductRow]]) -> None:
        rows = {line.row.external_id: (line.place, line.row) for line in chunk if line.row}
        there = set(
            Product.objects.filter(vertical=self.vertical, external_id__in=rows).values_list("external_id", flat=True)
        )
        self.report.products_there += len(there)
        known = {external_id: rows[external_id][1].fields for external_id in there}
        self.report.offers_changed += offers_write(
            vertical=self.vertical, offers={external_id: _offer(fields) for external_id, fields in known.items()}
        )
        new: list[NewProduct] = []
        for external_id, (place, row) in rows.items():
            if external_id not in there:
                category = self._category(row.category, place)
                picture = self._picture(row.image, place) if category else None
                if category and picture:
                    new.append(NewProduct(external_id, category, picture, row.brand, row.fields))
        self.report.products_added += len(products_add(vertical=self.vertical, products=new))

    def _scenes(self, chunk: Sequence[Line[SceneRow]], boxes: KnownBoxes, unclaimed: set[str]) -> None:
        rows = {line.row.external_id: (line.place, line.row) for line in chunk if line.row}
        there = set(
            Scene.objects.filter(vertical=self.vertical, external_id__in=rows).values_list("external_id", flat=True)
        )
        same = self._known_same()
        truths: dict[str, dict[str, Any]] = {}
        new: dict[str, NewScene] = {}
        for external_id, (place, row) in rows.items():
            unclaimed.discard(row.image)
            if not all(self._category(item["category"], place) for item in row.objects):
                continue
            truth = _truth(row, boxes)
            if external_id in there:
                truths[external_id] = truth
            elif external_id in same:
                self._note_same(place, external_id, same[external_id])
            elif picture := self._picture(row.image, place):
                new[external_id] = NewScene(external_id, picture, {**row.fields, "truth": truth})
        added = {scene.external_id for scene in scenes_add(vertical=self.vertical, scenes=list(new.values()))}
        self.report.scenes_there += len(there)
        self.report.scenes_added += len(added)
        self.report.truths_changed += truths_write(vertical=self.vertical, truths=truths)
        if len(added) < len(new):
            same = self._known_same()
            for external_id in new.keys() - added:
                self._note_same(rows[external_id][0], external_id, same.get(external_id, external_id))

    def _known_same(self) -> dict[str, str]:
        """Ids of pictures that are there under another id, with that other id."""
        doubled = Scene.objects.filter(vertical=self.vertical, attributes__has_key="same_as")
        pairs = doubled.values_list("external_id", "attributes__same_as")
        return {other: external_id for external_id, others in pairs for other in others}

    def _note_same(self, place: str, external_id: str, first: str) -> None:
        self.report.scenes_same += 1
        self.report.notes.add(
            f"{place}: scene {external_id!r} is the very picture of scene {first!r}, which stands for both."
        )

    def _category(self, slug: str, place: str, name: str = "") -> Category | None:
        try:
            return self.taxonomy.category(slug, name)
        except RowError as error:
            self.report.problems.add(Problem(place, str(error)))
            return None

    def _picture(self, image: str, place: str) -> StoredImage | None:
        try:
            return image_store(image_read(self.folder, image, settings.IMAGE_MAX_BYTES), item=image)
        except RowError as error:
            self.report.problems.add(Problem(place, str(error)))
        except ApplicationError as error:
            self.report.problems.add(Problem(place, error.message))
        return None


def _offer(fields: ProductFields) -> Offer:
    return Offer(fields["price"], fields["currency"], fields["available"], fields["fresh_until"])


def _truth(row: SceneRow, boxes: KnownBoxes) -> dict[str, Any]:
    objects = [*row.objects, *boxes.objects.get(row.image, [])]
    return {
        **({"objects": objects} if objects else {}),
        **({"product_ids": row.product_ids} if row.product_ids else {}),
    }


def _chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    source = iter(items)
    while chunk := list(islice(source, size)):
        yield chunk
