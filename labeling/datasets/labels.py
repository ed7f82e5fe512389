"""Labels that others made, matched with what is here: their pictures with scenes, their names with categories and products."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from django.db.models import Q
from django.utils.text import slugify

from labeling.catalog.models import Category, Product, Scene, Vertical
from labeling.datasets.formats import ObjectRow, SceneRow
from labeling.inference.selectors import class_categories
from labeling.inference.services import Label

_DIGEST = re.compile("[0-9a-f]{64}")


def fingerprint_of(path: Path) -> str:
    """The sha256 of a file, or of all files of a folder with their names."""
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    digest = hashlib.sha256()
    for each in sorted(path.rglob("*")):
        if each.is_file():
            digest.update(f"{each.relative_to(path)}\0{fingerprint_of(each)}\0".encode())
    return digest.hexdigest()


def scenes_matched(*, vertical: Vertical, rows: Sequence[SceneRow]) -> list[int | None]:
    """The scene that each row is about, by id, or None where it is not in the catalogue.

    Looked for in this order: the id that the row says, the content hash that its picture is named by, and the picture's
    name, whole and without its ending, as an id.
    """
    names = [_names(row) for row in rows]
    wanted = {name for each in names for name in each}
    known = Scene.objects.filter(vertical=vertical).filter(Q(external_id__in=wanted) | Q(sha256__in=wanted))
    by_id, by_digest = dict[str, int](), dict[str, int]()
    for pk, external_id, digest in known.values_list("pk", "external_id", "sha256"):
        by_id[external_id], by_digest[digest] = pk, pk
    found = {**by_digest, **by_id}
    return [next((found[name] for name in each if name in found), None) for each in names]


class Names:
    """What the names of a file mean in a vertical; products are looked up a portion at a time."""

    def __init__(self, vertical: Vertical) -> None:
        self.vertical = vertical
        self.categories = dict(Category.objects.filter(vertical=vertical).values_list("slug", "pk"))
        self.classes = class_categories(vertical)

    def category(self, name: str) -> int | None:
        """The category of that slug or name, or the one that a class of that name means here."""
        slug = self.classes.class_map.get(name) or (name if name in self.categories else slugify(name))
        return self.categories.get(slug)

    def products(self, rows: Iterable[SceneRow]) -> dict[str, int]:
        """The products that these rows name, by external id; those that are not there are left out."""
        wanted = {item.product for row in rows for item in row.objects if item.product}
        there = Product.objects.filter(vertical=self.vertical, external_id__in=wanted)
        return dict(there.values_list("external_id", "pk"))

    def label(self, item: ObjectRow, products: dict[str, int]) -> Label:
        """One object in our terms. Who labelled it by hand was sure."""
        score = 1.0 if item.score is None else min(max(item.score, 0.0), 1.0)
        return Label(item.box, item.category, self.category(item.category), products.get(item.product), score)


def _names(row: SceneRow) -> list[str]:
    picture = PurePosixPath(row.image)
    own = [row.scene] if row.scene else []
    digest = [picture.stem] if _DIGEST.fullmatch(picture.stem) else []
    return [*own, *digest, row.image, picture.name, picture.stem]
