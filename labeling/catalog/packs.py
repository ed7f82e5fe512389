"""Read the lines of a pack: each becomes a checked row, or a problem that says what to mend. Pure: no database.

``docs/formats.md`` describes the format.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Generic, TypeVar

from labeling.catalog import fields as f
from labeling.catalog.entries import ProductFields, SceneFields
from labeling.catalog.fields import RowError

ID_LIMIT = 200
PICTURE_KEYS = ("id", "image", "width", "height", "domain", "title", "description", "attributes")
PRODUCT_KEYS = frozenset(
    {
        *PICTURE_KEYS,
        *("category", "name", "brand", "variant_group", "same_photo_group"),
        *("url", "price", "currency", "available", "fresh_until"),
    }
)
SCENE_KEYS = frozenset((*PICTURE_KEYS, "source_url", "boards", "organic", "business_account", "product_ids", "objects"))
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing of a pack that could not be taken: where (``products.jsonl:12``), and what to do."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A checked line of ``products.jsonl``. ``image`` is relative to the pack."""

    external_id: str
    image: str
    category: str
    brand: str
    fields: ProductFields


@dataclass(frozen=True, slots=True)
class SceneRow:
    """A checked line of ``scenes.jsonl``. ``objects`` and ``product_ids`` are the known truth."""

    external_id: str
    image: str
    fields: SceneFields
    objects: list[dict[str, Any]] = field(default_factory=list)
    product_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Line(Generic[Row]):
    """What stands on one line: a row, or why there is none."""

    place: str
    row: Row | None
    problem: Problem | None = None


def lines(path: Path, read: Callable[[Mapping[str, Any]], Row], identity: Callable[[Row], str]) -> Iterator[Line[Row]]:
    """Every line that is not blank, in order. An id that an earlier line had is a problem of the later one."""
    first: dict[str, int] = {}
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            if not raw.strip():
                continue
            place = f"{path.name}:{number}"
            try:
                row = read(_record(raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw))
                earlier = first.setdefault(identity(row), number)
                if earlier != number:
                    raise RowError(
                        f"id {identity(row)!r} is on line {earlier} already. Give this row an id of its own."
                    )
            except RowError as error:
                yield Line(place, None, Problem(place, str(error)))
            else:
                yield Line(place, row)


def product_row(record: Mapping[str, Any]) -> ProductRow:
    """Check a line of ``products.jsonl``. Raises :class:`RowError`."""
    url = f.web_address(record, "url")
    fields = ProductFields(
        title=(f.text(record, "title", 500) or f.text(record, "name", 500) or f.needed(record, "id", ID_LIMIT)),
        description=f.text(record, "description", 100_000),
        url=url,
        domain=f.domain(record, url),
        price=f.price(record),
        currency=f.currency(record),
        available=f.flag(record, "available", default=True),
        fresh_until=f.moment(record, "fresh_until"),
        variant_group=f.text(record, "variant_group", 200),
        same_photo_group=f.text(record, "same_photo_group", 200),
        attributes=_attributes(record, PRODUCT_KEYS),
    )
    return ProductRow(
        f.needed(record, "id", ID_LIMIT),
        image_path(f.needed(record, "image", 1000)),
        f.slug(f.needed(record, "category", 100), "category"),
        f.text(record, "brand", 200),
        fields,
    )


def scene_row(record: Mapping[str, Any]) -> SceneRow:
    """Check a line of ``scenes.jsonl``. Raises :class:`RowError`."""
    url = f.web_address(record, "source_url")
    fields = SceneFields(
        source_url=url,
        domain=f.domain(record, url),
        title=f.text(record, "title", 500),
        description=f.text(record, "description", 100_000),
        boards=f.texts(record, "boards"),
        organic=f.flag(record, "organic", default=True),
        business_account=f.account(record, "business_account", 200),
        attributes=_attributes(record, SCENE_KEYS),
    )
    objects = record.get("objects") or []
    if not isinstance(objects, list):
        raise RowError(f"objects is {f.kind(objects)}. Write a list, [] for none.")
    return SceneRow(
        f.needed(record, "id", ID_LIMIT),
        image_path(f.needed(record, "image", 1000)),
        fields,
        [_object(item, f"objects[{number}]") for number, item in enumerate(objects)],
        f.texts(record, "product_ids"),
    )


def image_path(written: str) -> str:
    """A picture's path in the pack's own spelling. Raises :class:`RowError` where it could lead out of the pack."""
    path = PurePosixPath(written)
    if path.is_absolute() or ".." in path.parts or "\\" in written:
        raise RowError(
            f"image {written!r} leads out of the pack. Write a path relative to the pack's folder, without '..'."
        )
    return str(path)


def image_read(folder: Path, image: str, limit: int) -> bytes:
    """The bytes of a picture of the pack, no more than ``limit``. Raises :class:`RowError`."""
    path = folder / image
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise RowError(f"image {image!r} is a link out of the pack. Put the picture itself there.")
        if not path.is_file():
            raise RowError(f"image {image!r} is not in the pack. Add the file or mend the path.")
        size = path.stat().st_size
        if size > limit:
            raise RowError(f"image {image!r}: {size} bytes is more than {limit}. Save it smaller.")
        return path.read_bytes()
    except (OSError, RuntimeError) as error:
        raise RowError(f"image {image!r} cannot be read ({error}). Mend the file.") from error


def _record(raw: bytes) -> dict[str, Any]:
    try:
        record = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
        text = json.dumps(record, ensure_ascii=False)
        text.encode("utf-8")
    except UnicodeDecodeError as error:
        raise RowError(f"not UTF-8 at byte {error.start + 1} of the line. Save the file as UTF-8.") from error
    except UnicodeEncodeError as error:
        raise RowError("half a surrogate pair (\\ud800 to \\udfff) stands alone. Write the whole character.") from error
    except (ValueError, RecursionError) as error:
        raise RowError(f"not JSON ({error}). Write one JSON object a line.") from error
    if not isinstance(record, dict):
        raise RowError(f"{f.kind(record)} where one JSON object should be.")
    if "\\u0000" in text:
        raise RowError("a text holds the character NUL (\\u0000). Remove it.")
    return record


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _attributes(record: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    said = record.get("attributes") or {}
    if not isinstance(said, dict):
        raise RowError(f"attributes is {f.kind(said)}. Write an object.")
    return {**said, **{key: value for key, value in record.items() if key not in known}}


def _object(item: object, name: str) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise RowError(f"{name} is {f.kind(item)}. Write an object with box and category.")
    box = item.get("box")
    if not (isinstance(box, list) and len(box) == 4 and all(f.is_number(edge) for edge in box)):
        raise RowError(f"{name}.box is not four numbers. Write [left, top, right, bottom].")
    left, top, right, bottom = (float(edge) for edge in box)
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise RowError(
            f"{name}.box {box} is out of range. Write fractions with 0 <= left < right <= 1, 0 <= top < bottom <= 1."
        )
    known: dict[str, Any] = {
        "box": [left, top, right, bottom],
        "category": f.slug(f.needed(item, "category", 100, name), f"{name}.category"),
    }
    if product := f.text(item, "product", ID_LIMIT):
        known["product"] = product
    visible = item.get("visible")
    if visible is not None:
        if not f.is_number(visible) or not math.isfinite(visible) or not 0 <= visible <= 1:
            raise RowError(f"{name}.visible is {visible!r}. Write a share from 0 to 1.")
        known["visible"] = float(visible)
    return known
