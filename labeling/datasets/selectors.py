"""Reading pairs and snapshots."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Prefetch, QuerySet

from labeling.catalog.models import ProductImage, Vertical
from labeling.datasets.formats.rows import PairRow
from labeling.datasets.models import Pair, Snapshot, SnapshotRow


def pairs_admitted(*, vertical: Vertical | None = None) -> QuerySet[Pair]:
    """Pairs that count: not withdrawn, newest first."""
    pairs = Pair.objects.filter(withdrawn_at__isnull=True).order_by("-id")
    return pairs.filter(vertical=vertical) if vertical is not None else pairs


def pairs_withdrawn(*, vertical: Vertical | None = None) -> QuerySet[Pair]:
    """Pairs that a curator or a later decision took out, newest first."""
    pairs = Pair.objects.filter(withdrawn_at__isnull=False).order_by("-id")
    return pairs.filter(vertical=vertical) if vertical is not None else pairs


def pairs_page(*, vertical: Vertical | None, before: int | None, size: int, withdrawn: bool = False) -> list[Pair]:
    """One page of pairs with pictures, by key: the ``size`` newest whose id is below ``before``."""
    pictures = Prefetch("product__images", queryset=ProductImage.objects.order_by("position"))
    pairs = pairs_withdrawn(vertical=vertical) if withdrawn else pairs_admitted(vertical=vertical)
    pairs = pairs.select_related("scene", "category", "product__brand", "product__category")
    if before is not None:
        pairs = pairs.filter(pk__lt=before)
    return list(pairs.prefetch_related(pictures)[:size])


def pair_rows(*, vertical: Vertical | None = None) -> Iterator[PairRow]:
    """All admitted pairs in plain values, scene by scene, streamed."""
    pairs = (
        pairs_admitted(vertical=vertical)
        .order_by("scene", "id")
        .select_related("scene", "category", "product__category")
    )
    for pair in pairs.iterator(chunk_size=2000):
        yield _row(pair)


def snapshot_rows(*, snapshot: Snapshot) -> QuerySet[SnapshotRow]:
    """The frozen rows of a snapshot with their scenes and products, in the order they were hashed."""
    return snapshot.rows.select_related("scene", "category", "product__category").order_by("scene", "pair")


def snapshots_of(*, vertical: Vertical | None = None) -> QuerySet[Snapshot]:
    """Snapshots, newest first."""
    snapshots = Snapshot.objects.select_related("vertical", "frozen_by").order_by("-id")
    return snapshots.filter(vertical=vertical) if vertical is not None else snapshots


def _row(pair: Pair) -> PairRow:
    category = pair.category or pair.product.category
    return PairRow(
        scene=pair.scene.external_id,
        product=pair.product.external_id,
        box=pair.box,
        category=category.slug,
        grade=pair.grade,
        image=pair.scene.image,
        width=pair.scene.width,
        height=pair.scene.height,
    )
