"""Known boxes in COCO's detection format (Lin et al. 2014): ``annotations.json`` of a pack. Pure: no database."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from labeling.catalog.fields import RowError, is_number, kind, slug
from labeling.catalog.packs import Problem

PIXEL_SLACK = 1.0
"""Boxes may stick out by this many pixels, as rounding makes them; they are cut at the edge."""
_BLANK = re.compile(r"[ \t\r\n]*")
_LISTS = ("categories", "images", "annotations")
_decoder = json.JSONDecoder()


@dataclass
class KnownBoxes:
    """Truth by file name: ``{"images/a.jpg": [{"box", "category"}]}``; ``categories`` are slugs with their names."""

    objects: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_boxes(path: Path) -> KnownBoxes:
    """All boxes that can be taken; the others become problems with their line. Crowd boxes are left out."""
    known = KnownBoxes()
    try:
        parts = _parts(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        known.problems.append(Problem(path.name, f"not UTF-8 at byte {error.start + 1}. Save the file as UTF-8."))
        return known
    except (ValueError, RecursionError) as error:
        known.problems.append(
            Problem(path.name, f"not a COCO file ({error}). Write one JSON object with {', '.join(_LISTS)}.")
        )
        return known
    slugs: dict[Any, str] = {}
    images: dict[Any, dict[str, Any]] = {}
    seen: dict[Any, int] = {}
    takers = {
        "categories": lambda entry: _take_category(entry, slugs, known),
        "images": lambda entry: _take_image(entry, images),
        "annotations": lambda entry: _take_annotation(entry, slugs, images, known),
    }
    for name in _LISTS:
        seen.clear()
        for line, entry in parts.get(name, []):
            place = f"{path.name}:{line}"
            try:
                if not isinstance(entry, dict):
                    raise RowError(f"{name} holds {kind(entry)}. Write an object.")
                _once(entry, seen, line, name)
                takers[name](entry)
            except RowError as error:
                known.problems.append(Problem(place, str(error)))
            else:
                if name == "images":
                    known.places[_file_name(entry)] = place
    return known


def _parts(text: str) -> dict[str, list[tuple[int, Any]]]:
    """The three lists, each entry with the line it begins on."""
    found: dict[str, list[tuple[int, Any]]] = {}
    at = _expect(text, 0, "{")
    while text[at : at + 1] != "}":
        key, at = _decoder.raw_decode(text, at)
        if not isinstance(key, str):
            raise ValueError(f"{key} is no name in quotes")
        at = _expect(text, at, ":")
        if key in _LISTS and text[at : at + 1] == "[":
            entries, at = _entries(text, at)
            found[key] = entries
        else:
            _, at = _decoder.raw_decode(text, at)
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "}":
            raise ValueError(f"',' or '}}' is missing on line {text.count(chr(10), 0, at) + 1}")
    return found


def _entries(text: str, start: int) -> tuple[list[tuple[int, Any]], int]:
    entries: list[tuple[int, Any]] = []
    counted, line = 0, 1
    at = _skip(text, start + 1)
    while text[at : at + 1] != "]":
        line += text.count("\n", counted, at)
        counted = at
        entry, at = _decoder.raw_decode(text, at)
        entries.append((line, entry))
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            raise ValueError(f"',' or ']' is missing on line {line}")
    return entries, at + 1


def _expect(text: str, at: int, mark: str) -> int:
    at = _skip(text, at)
    if text[at : at + 1] != mark:
        raise ValueError(f"{mark!r} is missing at character {at + 1}")
    return _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def _once(entry: dict[str, Any], seen: dict[Any, int], line: int, name: str) -> None:
    number = entry.get("id")
    if not isinstance(number, int | str) or isinstance(number, bool):
        if name == "annotations" and number is None:
            return
        raise RowError(f"id of one of {name} is {kind(number)}. Write a number.")
    if number in seen:
        raise RowError(f"id {number} of {name} is on line {seen[number]} already. Give it one of its own.")
    seen[number] = line


def _take_category(entry: dict[str, Any], slugs: dict[Any, str], known: KnownBoxes) -> None:
    name = entry.get("name")
    if not isinstance(name, str) or not name.strip():
        raise RowError("name of a category is missing. Write a text.")
    slugs[entry["id"]] = slug(name.strip(), "category")
    known.categories.setdefault(slugs[entry["id"]], name.strip())


def _file_name(entry: dict[str, Any]) -> str:
    return str(PurePosixPath(entry["file_name"]))


def _take_image(entry: dict[str, Any], images: dict[Any, dict[str, Any]]) -> None:
    sizes = [entry.get("width"), entry.get("height")]
    if not isinstance(entry.get("file_name"), str):
        raise RowError(f"file_name of image {entry['id']} is missing. Write the picture's path in the pack.")
    if not all(isinstance(size, int | float) and is_number(size) and size > 0 for size in sizes):
        raise RowError(f"width and height of image {entry['id']} are {sizes}. Write them in pixels.")
    images[entry["id"]] = entry


def _take_annotation(
    entry: dict[str, Any], slugs: dict[Any, str], images: dict[Any, dict[str, Any]], known: KnownBoxes
) -> None:
    name = f"annotation {entry.get('id', 'without id')}"
    image, category, box = entry.get("image_id"), entry.get("category_id"), entry.get("bbox")
    if not isinstance(image, int | str) or image not in images:
        raise RowError(f"image_id {image!r} of {name} is not defined. Add the image to images or mend the id.")
    if not isinstance(category, int | str) or category not in slugs:
        raise RowError(f"category_id {category!r} of {name} is not defined. Add it to categories or mend the id.")
    if not (isinstance(box, list) and len(box) == 4 and all(is_number(edge) for edge in box)):
        raise RowError(f"bbox of {name} is not four numbers. Write [x, y, width, height] in pixels.")
    if entry.get("iscrowd") in (1, True):
        return
    width, height = images[image]["width"], images[image]["height"]
    x, y, w, h = box
    inside = x >= -PIXEL_SLACK and x + w <= width + PIXEL_SLACK and y >= -PIXEL_SLACK and y + h <= height + PIXEL_SLACK
    cut = [max(x / width, 0.0), max(y / height, 0.0), min((x + w) / width, 1.0), min((y + h) / height, 1.0)]
    if not inside or cut[0] >= cut[2] or cut[1] >= cut[3]:
        raise RowError(
            f"bbox {box} of {name} is out of range for {width}x{height} pixels. Write [x, y, width, height]."
        )
    known.objects.setdefault(_file_name(images[image]), []).append({"box": cut, "category": slugs[category]})
