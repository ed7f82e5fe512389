"""Read a pack (products, scenes, known boxes) into plain dataclasses, strictly. Free of torch.

A pack is a folder with ``products.jsonl`` and ``scenes.jsonl``, one JSON object a line, image paths relative to the
folder, and perhaps ``categories.json``. Fields the models do not use are left alone. An optional ``split`` on a scene
(default ``train``) or product says which part it belongs to; a product with ``split: test`` is never trained on.

A scene marked ``incomplete`` has objects that nobody boxed, save in the areas listed as ``checked``; an object marked
``ignore`` or ``crowd`` is neither asked for nor held against anyone; ``rejected`` lists products people saw and refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from models_ml.types import Box

OPTIONAL = {"ignore", "rejected", "incomplete", "checked", "listed"}


class ManifestError(ValueError):
    """A pack is not what the format asks for; the message names the file and, where there is one, the line."""


@dataclass(frozen=True, slots=True)
class ProductEntry:
    """One product of the catalogue and its clean picture."""

    id: str
    image: Path
    category: str
    variant_group: str | None
    same_photo_group: str | None
    split: str | None


@dataclass(frozen=True, slots=True)
class ObjectEntry:
    """One known object of a scene. ``visible`` is the share of it that can be seen, in [0, 1], where known; ``ignore`` says
    it is not to be learned from; ``rejected`` are products that people were shown for it and refused."""

    box: Box
    category: str
    product: str | None
    visible: float | None
    ignore: bool = False
    rejected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SceneEntry:
    """One scene photo and what is known to stand in it. If ``incomplete``, only in the ``checked`` areas is none missing.
    ``listed`` are products said to stand in it, nobody knows where."""

    id: str
    image: Path
    objects: tuple[ObjectEntry, ...]
    split: str
    incomplete: bool = False
    checked: tuple[Box, ...] = ()
    listed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """A pack in memory. ``categories`` is sorted; ``hash`` is the sha256 of the entries, wherever they lie."""

    root: Path
    categories: tuple[str, ...]
    products: tuple[ProductEntry, ...]
    scenes: tuple[SceneEntry, ...]
    hash: str

    @staticmethod
    def read(root: Path) -> Manifest:
        """Read the pack in the folder ``root``. Raises :class:`ManifestError` naming the file and line at fault."""
        if not any((root / name).is_file() for name in ("products.jsonl", "scenes.jsonl")):
            raise ManifestError(f"{root}: neither products.jsonl nor scenes.jsonl is here; give the folder of a pack")
        products = tuple(_product(line, root) for line in _lines(root / "products.jsonl"))
        scenes = tuple(_scene(line, root) for line in _lines(root / "scenes.jsonl"))
        return _checked(root, _slugs(root / "categories.json"), products, scenes)

    def part(self, split: str) -> Manifest:
        """The scenes of one split. ``train`` leaves out products marked ``test``; any other part searches them all."""
        keep = [p for p in self.products if split != "train" or p.split != "test"]
        scenes = tuple(s for s in self.scenes if s.split == split)
        return _built(self.root, self.categories, tuple(keep), scenes)

    def held_out(self) -> Manifest:
        """Those of ``test`` and, behind them and marked like them, those of ``val``: all scenes that nothing was learned from."""
        scenes = (s for split in ("test", "val") for s in self.scenes if s.split == split)
        return _built(self.root, self.categories, self.products, tuple(replace(s, split="test") for s in scenes))


def merge(*manifests: Manifest) -> Manifest:
    """Join packs. A product named twice is kept once (first wins) and must agree on its category; scenes are all kept,
    but for those that show the very same file."""
    if not manifests:
        raise ManifestError("nothing to merge: give at least one manifest")
    products: dict[str, ProductEntry] = {}
    for product in (p for manifest in manifests for p in manifest.products):
        first = products.setdefault(product.id, product)
        if first.category != product.category:
            raise ManifestError(
                f"product {product.id} is a {first.category} in one pack and a {product.category} in another;"
                " make them agree before merging"
            )
    scenes: dict[Path, SceneEntry] = {}
    for scene in (s for manifest in manifests for s in manifest.scenes):
        scenes.setdefault(scene.image, scene)
    categories = tuple(sorted({c for manifest in manifests for c in manifest.categories}))
    return _built(manifests[0].root, categories, tuple(products.values()), tuple(scenes.values()))


def train_parts(manifests: Sequence[Manifest]) -> list[Manifest]:
    """The train part of each pack, without the products that any of them holds out."""
    held_out = {product.id for manifest in manifests for product in manifest.products if product.split == "test"}
    parts = [manifest.part("train") for manifest in manifests]
    return [replace(part, products=tuple(p for p in part.products if p.id not in held_out)) for part in parts]


def _built(
    root: Path, categories: tuple[str, ...], products: tuple[ProductEntry, ...], scenes: tuple[SceneEntry, ...]
) -> Manifest:
    return Manifest(root, categories, products, scenes, _content_hash(categories, products, scenes))


def _content_hash(
    categories: tuple[str, ...], products: tuple[ProductEntry, ...], scenes: tuple[SceneEntry, ...]
) -> str:
    digest = hashlib.sha256(json.dumps(categories).encode())
    entries: tuple[ProductEntry | SceneEntry, ...] = (*products, *scenes)
    for entry in entries:
        # The last two parts of the path tell pictures apart without tying the hash to where the pack lies.
        record = asdict(entry) | {"image": "/".join(entry.image.parts[-2:])}
        digest.update(json.dumps(_without_defaults(record), sort_keys=True).encode())
    return digest.hexdigest()


def _without_defaults(record: dict[str, Any]) -> dict[str, Any]:
    """What a pack does not say does not change its hash, or a new field would make all packs others."""
    said = {name: value for name, value in record.items() if name not in OPTIONAL or value}
    if "objects" in said:
        said["objects"] = [_without_defaults(item) for item in said["objects"]]
    return said


@dataclass(frozen=True, slots=True)
class _Line:
    place: str
    record: Mapping[str, Any]

    def text(self, name: str) -> str:
        value = self.record.get(name)
        if not isinstance(value, str) or not value:
            raise ManifestError(f"{self.place}: {name!r} must be a text that is not empty, got {value!r}")
        return value

    def text_or_none(self, name: str) -> str | None:
        return None if self.record.get(name) in (None, "") else self.text(name)

    def flag(self, name: str) -> bool:
        value = self.record.get(name)
        if value is not None and not isinstance(value, bool):
            raise ManifestError(f"{self.place}: {name!r} must be true or false, got {value!r}")
        return bool(value)

    def items(self, name: str, kind: type, kinds: str) -> list[Any]:
        value = self.record.get(name) or []
        if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
            raise ManifestError(f"{self.place}: {name!r} must be a list of {kinds}, got {value!r}")
        return value


def _lines(path: Path) -> Iterator[_Line]:
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as file:
        for number, text in enumerate(file, start=1):
            if not text.strip():
                continue
            place = f"{path} line {number}"
            try:
                record = json.loads(text)
            except json.JSONDecodeError as error:
                raise ManifestError(f"{place}: not JSON ({error})") from error
            if not isinstance(record, dict):
                raise ManifestError(f"{place}: must be one JSON object, got {type(record).__name__}")
            yield _Line(place, record)


def _slugs(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
        return {str(record["slug"]) for record in records}
    except (json.JSONDecodeError, TypeError, KeyError) as error:
        raise ManifestError(f'{path}: must be a JSON list of {{"slug": ..., "name": ...}} ({error!r})') from error


def _image(line: _Line, root: Path) -> Path:
    name = Path(line.text("image"))
    if name.is_absolute() or ".." in name.parts:
        raise ManifestError(f"{line.place}: image {str(name)!r} must lie inside the pack's folder")
    return root / name


def _product(line: _Line, root: Path) -> ProductEntry:
    return ProductEntry(
        id=line.text("id"),
        image=_image(line, root),
        category=line.text("category"),
        variant_group=line.text_or_none("variant_group"),
        same_photo_group=line.text_or_none("same_photo_group"),
        split=line.text_or_none("split"),
    )


def _scene(line: _Line, root: Path) -> SceneEntry:
    records = line.items("objects", dict, "JSON objects")
    objects = tuple(_object(_Line(f"{line.place}, object {i}", record)) for i, record in enumerate(records, start=1))
    return SceneEntry(
        id=line.text("id"),
        image=_image(line, root),
        objects=objects,
        split=line.text_or_none("split") or "train",
        incomplete=line.flag("incomplete"),
        checked=tuple(_box(line, numbers, "checked area") for numbers in line.items("checked", list, "boxes")),
        listed=tuple(line.items("product_ids", str, "product ids")),
    )


def _object(line: _Line) -> ObjectEntry:
    box = _box(line, line.record.get("box"), "box")
    visible = line.record.get("visible")
    if visible is not None and (not isinstance(visible, int | float) or not 0 <= visible <= 1):
        raise ManifestError(f"{line.place}: 'visible' must lie in [0, 1], got {visible!r}")
    return ObjectEntry(
        box=box,
        category=line.text("category"),
        product=line.text_or_none("product"),
        visible=None if visible is None else float(visible),
        ignore=line.flag("ignore") or line.flag("crowd"),
        rejected=tuple(line.items("rejected", str, "product ids")),
    )


def _box(line: _Line, numbers: object, what: str) -> Box:
    if not isinstance(numbers, list) or len(numbers) != 4 or not all(isinstance(n, int | float) for n in numbers):
        raise ManifestError(f"{line.place}: {what!r} must be four numbers (left, top, right, bottom), got {numbers!r}")
    box = Box(*(float(n) for n in numbers))
    if not (0 <= box.left < box.right <= 1 and 0 <= box.top < box.bottom <= 1):
        raise ManifestError(
            f"{line.place}: {what} {tuple(box)} needs 0 <= left < right <= 1 and 0 <= top < bottom <= 1"
        )
    return box


def _checked(
    root: Path, slugs: set[str], products: tuple[ProductEntry, ...], scenes: tuple[SceneEntry, ...]
) -> Manifest:
    known = {p.id for p in products}
    for name, entries in (("products.jsonl", products), ("scenes.jsonl", scenes)):
        seen: set[str] = set()
        for entry in entries:
            if entry.id in seen:
                raise ManifestError(f"{root / name}: id {entry.id!r} appears twice; ids must be unique")
            seen.add(entry.id)
    for scene in scenes:
        named = set(scene.listed)
        named |= {
            product for item in scene.objects for product in (item.product, *item.rejected) if product is not None
        }
        for stranger in sorted(named - known):
            raise ManifestError(
                f"{root / 'scenes.jsonl'}: scene {scene.id!r} names product {stranger!r}, not in products.jsonl"
            )
    categories = {p.category for p in products} | {o.category for s in scenes for o in s.objects}
    return _built(root, tuple(sorted(slugs | categories)), products, scenes)
