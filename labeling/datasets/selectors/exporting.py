"""The dataset as formats write it: scene by scene, in plain values, a portion at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db.models import CharField, F, Q, QuerySet, Value

from labeling.catalog.models import Category, Vertical
from labeling.common.storage import image_bytes
from labeling.datasets.formats import Dataset, ObjectRow, SceneRow
from labeling.datasets.models import Pair, Snapshot, SnapshotRow
from models_ml.types import Box

PORTION = 10_000
OF_SCENE = ("scene_id", "scene__external_id", "scene__image", "scene__width", "scene__height")
OF_OBJECT = ("left", "top", "right", "bottom", "category_id", "product__category_id", "product__external_id", "grade")


def dataset_of(*, vertical: Vertical, snapshot: Snapshot | None = None, pictures: bool = False) -> Dataset:
    """A snapshot of a vertical, or its admitted pairs as they are now, which have no splits.

    What is admitted or withdrawn while the scenes are read may or may not be among them; a snapshot never changes.
    """
    slugs = dict(Category.objects.filter(vertical=vertical).order_by("slug").values_list("pk", "slug"))
    if snapshot is None:
        pairs = Pair.objects.filter(vertical=vertical, withdrawn_at=None)
        rows = _walk(pairs.annotate(key=F("pk"), part=Value("", output_field=CharField())))
    else:
        rows = _walk(SnapshotRow.objects.filter(snapshot=snapshot).annotate(key=F("pair_id"), part=F("split")))
    return Dataset(
        name=vertical.slug if snapshot is None else f"{vertical.slug}-{snapshot.number}",
        categories=list(slugs.values()),
        scenes=_scenes(rows, slugs),
        picture=image_bytes if pictures else None,
        address=f"{settings.SITE}{settings.MEDIA_URL}",
    )


def pairs_count(*, vertical: Vertical, snapshot: Snapshot | None = None) -> int:
    """How many pairs that dataset has."""
    if snapshot is not None:
        return snapshot.pairs
    return Pair.objects.filter(vertical=vertical, withdrawn_at=None).count()


def _walk(found: QuerySet[Any]) -> Iterator[tuple[Any, ...]]:
    """All rows, scene by scene. Portions by key hold no transaction open while somebody downloads, and come at once."""
    rows = found.order_by("scene_id", "key").values_list("key", *OF_SCENE, "part", *OF_OBJECT)
    scene, key = 0, 0
    while portion := list(rows.filter(Q(scene_id__gt=scene) | Q(key__gt=key), scene_id__gte=scene)[:PORTION]):
        yield from portion
        key, scene = portion[-1][:2]


def _scenes(rows: Iterator[tuple[Any, ...]], slugs: dict[int, str]) -> Iterator[SceneRow]:
    for _, grouped in groupby(rows, key=lambda row: row[1]):
        mine = list(grouped)
        _, _, scene, image, width, height, split = mine[0][:7]
        yield SceneRow(scene, image, width, height, tuple(_object(row[7:], slugs) for row in mine), split)


def _object(row: tuple[Any, ...], slugs: dict[int, str]) -> ObjectRow:
    left, top, right, bottom, category, own, product, grade = row
    return ObjectRow(Box(left, top, right, bottom), slugs[category or own], product, grade)
