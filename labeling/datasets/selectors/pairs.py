"""Reading pairs and snapshots: pages, frozen rows, and the hard negatives beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from django.db.models import F, Func, IntegerField, Prefetch, QuerySet
from django.utils import timezone

from labeling.accounts.models import User
from labeling.annotation.consensus import same_place
from labeling.annotation.models import Annotation, Verdict
from labeling.catalog.models import ProductImage, Vertical
from labeling.common.errors import NotFoundError
from labeling.datasets.models import Curation, Pair, PairVoice, Snapshot, SnapshotRow
from labeling.inference.models import Candidate
from labeling.tags.models import TagReview

UNDONE_WITHIN = timedelta(days=1)
SHOWN_AT_ONCE = 9
"""Candidates on one page of the workspace."""


def pairs_admitted(*, vertical: Vertical | None = None) -> QuerySet[Pair]:
    """Pairs that count: not withdrawn, newest first."""
    pairs = Pair.objects.filter(withdrawn_at__isnull=True).order_by("-id")
    return pairs.filter(vertical=vertical) if vertical is not None else pairs


def pairs_page(*, vertical: Vertical | None, before: int | None, size: int) -> list[Pair]:
    """One page of admitted pairs with pictures, by key: the ``size`` newest whose id is below ``before``."""
    pictures = Prefetch("product__images", queryset=ProductImage.objects.order_by("position"))
    pairs = pairs_admitted(vertical=vertical).select_related("scene", "category", "product__brand", "product__category")
    if before is not None:
        pairs = pairs.filter(pk__lt=before)
    return list(pairs.prefetch_related(pictures)[:size])


def pairs_shown(*, pairs: Sequence[int]) -> list[Pair]:
    """These pairs in their order, with what a card shows: pictures, who said so and who withdrew it; queries do not grow."""
    pictures = Prefetch("product__images", queryset=ProductImage.objects.order_by("position"))
    voices = Prefetch("voices", queryset=PairVoice.objects.select_related("person").order_by("pk"))
    rows = Pair.objects.select_related("scene", "filed_under", "product__brand", "withdrawn_by")
    found = rows.prefetch_related(pictures, voices).in_bulk(pairs)
    return [found[pk] for pk in pairs if pk in found]


def curation_last(*, actor: User) -> Curation | None:
    """What this person did to many pairs last, if it was lately and still stands; ``pairs`` says to how many."""
    lately = timezone.now() - UNDONE_WITHIN
    # What is to be put back may be ten thousand rows, and stays where it is.
    counted = Func("before", function="jsonb_array_length", output_field=IntegerField())
    mine = Curation.objects.filter(actor=actor, made_at__gte=lately).annotate(pairs=counted).defer("before")
    last = mine.order_by("-pk").first()
    return last if last is not None and last.undone_at is None else None


def snapshot_rows(*, snapshot: Snapshot) -> QuerySet[SnapshotRow]:
    """The frozen rows of a snapshot with their scenes and products, in the order they were hashed."""
    return snapshot.rows.select_related("scene", "category", "product__category").order_by("scene", "pair")


def snapshot_meant(*, vertical: Vertical, number: int | None) -> Snapshot:
    """The snapshot of this number; without one the newest. Raises NotFoundError, which names those that exist."""
    mine = snapshots_of(vertical=vertical)
    found = (mine if number is None else mine.filter(number=number)).first()
    if found is None:
        known = ", ".join(map(str, mine.order_by("number").values_list("number", flat=True)))
        which = "snapshot" if number is None else f"snapshot {number}"
        raise NotFoundError(f"{vertical.slug} has no {which}. Known: {known or 'none yet; freeze one first'}.")
    return found


def products_refused(*, rows: Sequence[SnapshotRow]) -> dict[int, list[str]]:
    """The products that are known not to be the object, for each of these rows, by its id: the hard negatives.

    First what the owner of the place refused there, then what people saw and passed over, by rank.
    """
    passed, refused = _passed_over(rows), _refused_by_owners(rows)
    return {
        pk: list(dict.fromkeys([*refused.get(pk, []), *passed.get(pk, [])])) for pk in passed.keys() | refused.keys()
    }


def _refused_by_owners(rows: Sequence[SnapshotRow]) -> dict[int, list[str]]:
    """What standing rulings say an object is not; rulings at the place of a box are about its object."""
    rulings = TagReview.objects.filter(
        tag__scene__in={row.scene_id for row in rows}, refused__isnull=False, undoing=None
    )
    said = defaultdict[int, list[TagReview]](list)
    for review in rulings.select_related("tag", "refused").order_by("pk"):
        said[review.tag.scene_id].append(review)
    refused: dict[int, list[str]] = {}
    for row in rows:
        for review in said[row.scene_id]:
            product = review.refused
            if product is not None and product.pk != row.product_id and same_place(review.tag.box, row.box):
                refused.setdefault(row.pk, []).append(product.external_id)
    return refused


def _passed_over(rows: Sequence[SnapshotRow]) -> dict[int, list[str]]:
    """The products that people saw for an object and passed over, by rank, for each of these rows, by its id.

    Seen are the candidates on the pages up to that of the chosen product; where it is on none, the first page. Only a box
    that somebody confirmed as it was proposed counts: where it was moved or got another category, another slate was shown.
    What anyone chose for the object was not refused.
    """
    kept = SnapshotRow.objects.filter(
        pk__in=[row.pk for row in rows],
        category=F("pair__resolution__proposal__category"),
        pair__resolution__annotations__verdict=Verdict.CONFIRMED,
    )
    objects = dict(kept.values_list("pk", "pair__resolution__proposal"))
    slates, chosen = defaultdict[int, list[tuple[int, str]]](list), defaultdict[int, set[int]](set)
    candidates = Candidate.objects.filter(proposal__in=objects.values()).order_by("proposal", "rank")
    for proposal, product, name in candidates.values_list("proposal", "product", "product__external_id"):
        slates[proposal].append((product, name))
    said = Annotation.objects.filter(proposal__in=objects.values())
    for judged, liked in said.values_list("proposal", "product"):
        if judged is not None and liked is not None:
            chosen[judged].add(liked)
    refused = {}
    for row in rows:
        if (looked_at := objects.get(row.pk)) is not None:
            slate, wanted = slates[looked_at], chosen[looked_at] | {row.product_id}
            place = next((i for i, (product, _) in enumerate(slate) if product == row.product_id), 0)
            seen = slate[: (place // SHOWN_AT_ONCE + 1) * SHOWN_AT_ONCE]
            refused[row.pk] = [name for product, name in seen if product not in wanted]
    return refused


def snapshots_of(*, vertical: Vertical | None = None) -> QuerySet[Snapshot]:
    """Snapshots, newest first."""
    snapshots = Snapshot.objects.select_related("vertical", "frozen_by").order_by("-id")
    return snapshots.filter(vertical=vertical) if vertical is not None else snapshots
