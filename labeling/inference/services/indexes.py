"""Builds of indexes: made in the background, live with their embedder, and kept up with the catalogue without a rebuild."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from labeling.catalog.models import Vertical
from labeling.common.errors import ConflictError
from labeling.inference.findings import BuiltIndex, CataloguePicture
from labeling.inference.models import CatalogueChange, IndexBuild, IndexChange, ModelVersion
from labeling.inference.selectors import (
    CHANGES_KEPT,
    catalogue_hash,
    catalogue_pictures,
    changes_latest,
    horizon,
    products_changed,
)

REBUILD_SHARE = 0.1
"""An index of which more than this share has changed since it was built is built anew."""
SYNC_LIMIT = 512
"""Changed products that are taken in at one go: a person's retrieval may wait behind it."""


class IndexBuilder(Protocol):
    """Who writes an index to disk: ``runtime.index_build``, which a service must not load itself."""

    def __call__(
        self,
        pictures: Iterable[CataloguePicture],
        *,
        embedder: ModelVersion,
        before: IndexBuild | None = None,
        on_progress: Callable[[int], None] = ...,
    ) -> BuiltIndex: ...


class PictureEmbedder(Protocol):
    """Who gives pictures their vectors, float32 by content hash, but those that cannot be read: ``runtime.pictures_embed``."""

    def __call__(
        self, pictures: Sequence[CataloguePicture], *, embedder: ModelVersion, index: IndexBuild
    ) -> Mapping[str, bytes]: ...


@transaction.atomic
def index_record(
    *,
    vertical: Vertical,
    embedder: ModelVersion,
    path: str,
    products: int,
    catalogue_hash: str,
    recall: Mapping[str, float] | None = None,
    seen: int | None = None,
    live: bool = True,
) -> IndexBuild:
    """Note an index that was built under INDEX_ROOT / ``path``; it goes live with its embedder, or now if that is live.

    ``seen`` is the :func:`~labeling.inference.selectors.horizon` from before the catalogue was read.
    """
    build = IndexBuild.objects.create(
        vertical=vertical,
        embedder=embedder,
        path=path,
        products=products,
        catalogue_hash=catalogue_hash,
        recall=dict(recall or {}),
        seen=seen,
    )
    if live:
        _go_live_with_embedder(build)
    return build


def index_refresh(
    *,
    embedder: ModelVersion,
    build: IndexBuilder,
    on_progress: Callable[[int, int], None] = lambda done, of: None,
    live: bool = True,
) -> IndexBuild:
    """The embedder's index of the catalogue as it is: the one there is, or where the catalogue has changed since, a new one.

    An index that has taken in what changed (:func:`index_sync`) stands until that is a tenth of it. A new one goes live at once
    where its embedder is live, unless ``live`` is False. ``on_progress`` is told of products done, and of how many. Raises
    what ``build`` raises.
    """
    vertical = embedder.vertical
    # Read before the pictures are: what changes in between is taken in afterwards, never missed.
    seen = horizon()
    catalogue = catalogue_hash(vertical, texts="context" in embedder.config)
    before = IndexBuild.objects.filter(vertical=vertical, embedder=embedder).order_by("-live", "-pk").first()
    if before is not None and (before.catalogue_hash == catalogue or _up_to_date(before)):
        if before.seen is None:
            IndexBuild.objects.filter(pk=before.pk).update(seen=seen)
            before.seen = seen
        if live and not before.live:
            _go_live_with_embedder(before)
        return before
    pictures = list(catalogue_pictures(vertical))
    built = build(pictures, embedder=embedder, before=before, on_progress=lambda done: on_progress(done, len(pictures)))
    return index_record(
        vertical=vertical,
        embedder=embedder,
        path=built.path,
        products=built.products,
        catalogue_hash=catalogue,
        recall=built.recall,
        seen=seen,
        live=live,
    )


@transaction.atomic
def index_sync(*, index_id: int, embed: PictureEmbedder, limit: int = SYNC_LIMIT) -> int:
    """Take what came, went or changed in the catalogue into an index, up to ``limit`` products; returns how many.

    Whoever searches it finds them from the next request on (:class:`~labeling.inference.models.IndexChange`); a product whose
    picture cannot be read is not found until it has another. 0 where nothing is new, where another worker is at it, or where
    nobody knows what it has seen: :func:`index_refresh` mends that.
    """
    index = (
        IndexBuild.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("embedder", "vertical")
        .filter(pk=index_id, seen__isnull=False)
        .first()
    )
    if index is None:
        return 0
    # What is visible now is taken in now; what is still being written comes by a later transaction number, or again.
    upto = horizon()
    news = _news(index)
    taken = dict(list(news.items())[:limit])
    fresh = [row for row in taken.values() if row is not None]
    vectors = embed(fresh, embedder=index.embedder, index=index) if fresh else {}
    IndexChange.objects.bulk_create(
        _change(index, row, vectors[row.sha256])
        if row is not None and row.sha256 in vectors
        else IndexChange(index=index, product_id=pk)
        for pk, row in taken.items()
    )
    if len(taken) == len(news) and upto > (index.seen or 0):
        index.seen = upto
        index.save(update_fields=["seen", "updated_at"])
    return len(taken)


@transaction.atomic
def changes_prune() -> int:
    """Forget changes that every index has taken in; returns how many.

    An old index that waits for a step back loses track, and is then looked through as a whole.
    """
    recent = timezone.now() - CHANGES_KEPT
    kept = IndexBuild.objects.filter(live=True) | IndexBuild.objects.filter(created_at__gte=recent)
    oldest = kept.aggregate(oldest=Min("seen"))["oldest"]
    if oldest is None:
        return 0
    IndexBuild.objects.filter(live=False, created_at__lt=recent, seen__lt=oldest).update(seen=None)
    return CatalogueChange.objects.filter(xact__lt=oldest).delete()[0]


def index_go_live(*, embedder: ModelVersion, index: IndexBuild) -> None:
    """Search with this index from now on, in the caller's transaction, which holds the vertical.

    Raises :class:`ConflictError` for an index of another embedder, or one that misses too much of what exact search finds.
    """
    if index.embedder_id != embedder.pk:
        raise ConflictError(
            f"{index} was made by another embedder. Build one with {embedder}: vectors of two are never compared."
        )
    poor = {name: share for name, share in index.recall.items() if share < settings.INDEX_RECALL_LEAST}
    if poor:
        name, share = min(poor.items(), key=lambda item: item[1])
        raise ConflictError(
            f"{index} finds {share:.1%} of what exact search finds in {name}, less than {settings.INDEX_RECALL_LEAST:.0%}."
            " Raise LOOKTAG_INDEX_RECALL, or LOOKTAG_INDEX_EXACT_BELOW, and build it again."
        )
    IndexBuild.objects.filter(vertical=embedder.vertical_id, live=True).exclude(pk=index.pk).update(live=False)
    IndexBuild.objects.filter(pk=index.pk).update(live=True)
    index.live = True


@transaction.atomic
def _go_live_with_embedder(index: IndexBuild) -> None:
    """Make an index live where its embedder is."""
    Vertical.objects.select_for_update(no_key=True).get(pk=index.vertical_id)
    # The embedder may have been replaced while its index was built.
    if ModelVersion.objects.filter(pk=index.embedder_id, live=True).exists():
        index_go_live(embedder=index.embedder, index=index)


def _up_to_date(index: IndexBuild) -> bool:
    """Whether an index has taken in all that changed, and that was little."""
    if index.seen is None or "context" in index.embedder.config or _news(index):
        return False
    return index.changes.values("product_id").distinct().count() <= REBUILD_SHARE * index.products


def _news(index: IndexBuild) -> dict[int, CataloguePicture | None]:
    """What the catalogue says now of products that an index holds otherwise, longest changed first; None for what is gone."""
    changed = products_changed(index)
    if not changed:
        return {}
    now = {row.product_id: row for row in catalogue_pictures(index.vertical, product_ids=changed)}
    known = changes_latest(index, changed)
    return {pk: now.get(pk) for pk in changed if not _same(known.get(pk), now.get(pk))}


def _same(change: IndexChange | None, row: CataloguePicture | None) -> bool:
    """Whether an index holds of a product already what the catalogue says: None for what it never had, or that is gone."""
    if change is None:
        return False
    if row is None or change.category is None:
        return row is None and change.category is None
    held = (change.category, change.sha256, change.price, change.brand_id, change.available)
    return held == (row.category, row.sha256, _price(row), row.brand_id, row.available)


def _price(row: CataloguePicture) -> float | None:
    return None if row.price is None else float(row.price)


def _change(index: IndexBuild, row: CataloguePicture, vector: bytes) -> IndexChange:
    return IndexChange(
        index=index,
        product_id=row.product_id,
        category=row.category,
        sha256=row.sha256,
        vector=vector,
        price=_price(row),
        brand_id=row.brand_id,
        available=row.available,
    )
