"""The categories of a pack: those of ``categories.json``, or without it whatever its rows name."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labeling.catalog.fields import RowError, kind, needed, slug, text
from labeling.catalog.models import Category, Vertical
from labeling.catalog.packs import Problem
from labeling.catalog.services import category_ensure, vertical_map_classes

CATEGORIES, CLASS_MAP = "categories.json", "category_map.json"


class Taxonomy:
    """The categories of a vertical by slug. A ``closed`` one takes no new slug from a row."""

    def __init__(self, vertical: Vertical, *, closed: bool) -> None:
        self.vertical, self.closed = vertical, closed
        self.known = {category.slug: category for category in Category.objects.filter(vertical=vertical)}

    def category(self, slug: str, name: str = "") -> Category:
        """The category of that slug. Raises :class:`RowError` where it may not be made."""
        if slug not in self.known:
            if self.closed:
                raise RowError(f"category {slug!r} is not defined. Add it to {CATEGORIES} or mend the row.")
            self.known[slug] = category_ensure(vertical=self.vertical, slug=slug, name=name[:100])
        return self.known[slug]


@dataclass
class TaxonomyRead:
    """The taxonomy of a pack and what was wrong with it."""

    taxonomy: Taxonomy
    problems: list[Problem] = field(default_factory=list)


def read(folder: Path, vertical: Vertical) -> TaxonomyRead:
    """Make the categories of ``categories.json``, where the pack has one."""
    path = folder / CATEGORIES
    if not path.is_file():
        return TaxonomyRead(Taxonomy(vertical, closed=False))
    problems: list[Problem] = []
    try:
        entries = _load(path, list)
    except RowError as error:
        return TaxonomyRead(Taxonomy(vertical, closed=False), [Problem(path.name, str(error))])
    parents: dict[str, str] = {}
    for number, entry in enumerate(entries):
        try:
            if not isinstance(entry, dict):
                raise RowError(f"{kind(entry)} where an object should be.")
            name = slug(needed(entry, "slug", 100), "slug")
            if name in parents:
                raise RowError(f"slug {name!r} is there twice. Remove one.")
            parents[name] = text(entry, "parent", 100)
            category_ensure(vertical=vertical, slug=name, name=text(entry, "name", 100))
        except RowError as error:
            problems.append(Problem(f"{path.name}: entry {number + 1}", str(error)))
    known = {category.slug: category for category in Category.objects.filter(vertical=vertical)}
    for name, parent in parents.items():
        if not parent:
            continue
        if parent not in known:
            problems.append(
                Problem(path.name, f"parent {parent!r} of {name!r} is not defined. Add it or remove the parent.")
            )
        elif _circle(name, parents):
            problems.append(Problem(path.name, f"{name!r} is its own ancestor. Remove a parent of the circle."))
        else:
            category_ensure(vertical=vertical, slug=name, parent=known[parent])
    return TaxonomyRead(Taxonomy(vertical, closed=True), problems)


def read_class_map(folder: Path, vertical: Vertical, taxonomy: Taxonomy) -> list[Problem]:
    """Take ``category_map.json``, where the pack has one; returns what was wrong with it."""
    path = folder / CLASS_MAP
    if not path.is_file():
        return []
    try:
        written = _load(path, dict)
    except RowError as error:
        return [Problem(path.name, str(error))]
    problems: list[Problem] = []
    class_map: dict[str, str] = {}
    for detector_class, name in written.items():
        if isinstance(name, str) and name in taxonomy.known:
            class_map[detector_class] = name
        else:
            problems.append(
                Problem(path.name, f"{detector_class!r} leads to {name!r}, which is no category. Name one.")
            )
    if any(vertical.class_map.get(key) != value for key, value in class_map.items()):
        vertical_map_classes(vertical=vertical, class_map=class_map)
    return problems


def _load(path: Path, shape: type) -> Any:
    try:
        value = json.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise RowError(f"not UTF-8 at byte {error.start + 1}. Save the file as UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise RowError(f"not JSON ({error}). Mend it.") from error
    if not isinstance(value, shape) or "\\u0000" in json.dumps(value):
        raise RowError(
            f"{kind(value)} without NUL characters should be a JSON {'list' if shape is list else 'object'}. Mend it."
        )
    return value


def _circle(name: str, parents: dict[str, str]) -> bool:
    seen = {name}
    while (name := parents.get(name, "")) and name not in seen:
        seen.add(name)
    return bool(name)
