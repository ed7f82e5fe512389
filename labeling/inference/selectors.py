"""Named reads of what the models say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.db import connection
from django.db.models import Case, Count, Exists, OuterRef, Prefetch, Q, QuerySet, When
from django.utils import timezone

from labeling.brands.selectors import scenes_open
from labeling.catalog.models import Category, Product, ProductImage, Scene, Vertical
from labeling.catalog.selectors import products_offered
from labeling.common.errors import NotFoundError
from labeling.inference.findings import CataloguePicture, CatalogueText, ClassCategories, Wishes
from labeling.inference.models import (
    Candidate,
    CatalogueChange,
    IndexBuild,
    IndexChange,
    ModelVersion,
    Proposal,
    Retrieval,
    Scan,
)
from models_ml.boxes import as_array, box_iou
from models_ml.types import Box, Match

MAX_ATTEMPTS = 3
NUDGE_AGAIN = timedelta(seconds=20)
"""A row that still waits this long after its last nudge gets another: the message, or its worker, was lost."""
RETRIEVAL_AGAIN = timedelta(seconds=5)
RETRIEVAL_GIVEN_UP = timedelta(minutes=10)
CHANGES_KEPT = timedelta(days=1)
"""How long an index may take to be built, or wait to go live, without losing track of the catalogue."""
SCENES_TO_JUDGE_BY, PICTURES_TO_JUDGE_BY = 24, 64
LABELS_PATH = "labels/"
"""How the path of a version begins that is no model, but a file of labels that others made."""


@dataclass(frozen=True, slots=True)
class LiveVersions:
    """What a vertical is looked at with now. The index, where there is one, was made by the embedder."""

    detector: ModelVersion
    embedder: ModelVersion
    index: IndexBuild | None


@dataclass(frozen=True, slots=True)
class ScansProgress:
    """How far the live versions are: scenes that may be proposed, and what their current scans came to."""

    scenes: int
    done: int
    waiting: int
    failed: int
    proposals: int
    candidates: int

    def record(self) -> dict[str, int]:
        """The JSON form."""
        return asdict(self)


def live_versions(vertical: Vertical) -> LiveVersions | None:
    """The live detector and embedder with their index; None until both are there."""
    live = {version.kind: version for version in ModelVersion.objects.filter(vertical=vertical, live=True)}
    detector, embedder = live.get(ModelVersion.Kind.DETECTOR), live.get(ModelVersion.Kind.EMBEDDER)
    if detector is None or embedder is None:
        return None
    return LiveVersions(
        detector, embedder, IndexBuild.objects.filter(vertical=vertical, embedder=embedder, live=True).first()
    )


def version_live(*, vertical: Vertical, kind: str) -> ModelVersion | None:
    """The version of a kind that looks at scenes now."""
    return ModelVersion.objects.select_related("vertical").filter(vertical=vertical, kind=kind, live=True).first()


def version_before(*, vertical: Vertical, kind: str) -> ModelVersion | None:
    """The version of a kind that was live last before the one that is; None where there was no other."""
    gone = ModelVersion.objects.filter(vertical=vertical, kind=kind, live=False, live_at__isnull=False)
    return gone.select_related("vertical").order_by("-live_at").first()


def versions_recent(*, vertical: Vertical | None = None, kind: str = "") -> QuerySet[ModelVersion]:
    """Versions that have weights, with their verticals, newest first."""
    versions = ModelVersion.objects.exclude(path__startswith=LABELS_PATH).select_related("vertical").order_by("-id")
    versions = versions.filter(vertical=vertical) if vertical is not None else versions
    return versions.filter(kind=kind) if kind else versions


def index_of(embedder: ModelVersion) -> IndexBuild:
    """The newest index an embedder made, live or not. Raises ``NotFoundError`` where there is none."""
    index = IndexBuild.objects.filter(embedder=embedder).order_by("-live", "-pk").first()
    if index is None:
        raise NotFoundError(f"{embedder} has no index yet. Run manage.py propose, which builds it.")
    return index


def class_categories(vertical: Vertical) -> ClassCategories:
    """How the classes of a detector are read in this vertical."""
    slugs = Category.objects.filter(vertical=vertical).values_list("slug", flat=True)
    return ClassCategories(frozenset(slugs), vertical.class_map)


def scenes_to_judge_by(path: str) -> list[Scene]:
    """Scenes on which to compare two runtimes of the version kept at ``path``: those with known boxes first, else any."""
    verticals = ModelVersion.objects.filter(path=path).values("vertical")
    known = Case(When(truth__has_key="objects", then=0), default=1)
    return list(Scene.objects.filter(vertical__in=verticals).order_by(known, "sha256")[:SCENES_TO_JUDGE_BY])


def pictures_to_judge_by(path: str) -> list[str]:
    """Catalogue pictures for the same purpose, as they are stored."""
    verticals = ModelVersion.objects.filter(path=path).values("vertical")
    pictures = ProductImage.objects.filter(product__vertical__in=verticals, position=0).order_by("sha256")
    return list(pictures.values_list("image", flat=True)[:PICTURES_TO_JUDGE_BY])


def scenes_eligible(vertical: Vertical) -> QuerySet[Scene]:
    """Scenes that may be proposed: organic, of no business account, and in no closed place."""
    return scenes_open(Scene.objects.filter(vertical=vertical, organic=True, business_account=""))


def scans_current(vertical: Vertical) -> QuerySet[Scan]:
    """The scans of the live versions; none where there are no live versions."""
    live = live_versions(vertical)
    if live is None:
        return Scan.objects.none()
    return Scan.objects.filter(scene__vertical=vertical, detector=live.detector, embedder=live.embedder)


def scenes_unscanned(vertical: Vertical) -> QuerySet[Scene]:
    """Eligible scenes without a scan of the live versions that waits or is done."""
    standing = scans_current(vertical).exclude(state=Scan.State.FAILED)
    return scenes_eligible(vertical).filter(~Exists(standing.filter(scene=OuterRef("pk")))).order_by("pk")


def scenes_proposed(vertical: Vertical, *, place: str = "") -> QuerySet[Scene]:
    """Eligible scenes that the live versions have looked at, in the order they arrived; of a place of the web if one is named."""
    done = scans_current(vertical).filter(state=Scan.State.DONE)
    scenes = scenes_eligible(vertical).filter(Exists(done.filter(scene=OuterRef("pk")))).order_by("pk")
    return scenes.filter(places__contains=[place]) if place else scenes


def scan_counts(vertical: Vertical) -> dict[str, int]:
    """How many current scans are in each state, 0 included."""
    rows = scans_current(vertical).values_list("state").annotate(n=Count("pk")).order_by()
    return {**{str(state): 0 for state in Scan.State}, **dict(rows)}


def scans_progress(vertical: Vertical) -> ScansProgress:
    """Counts for a progress bar and a summary."""
    counts = scan_counts(vertical)
    done = scans_current(vertical).filter(state=Scan.State.DONE)
    return ScansProgress(
        scenes=scenes_eligible(vertical).count(),
        done=counts["done"],
        waiting=counts["waiting"],
        failed=counts["failed"],
        proposals=Proposal.objects.filter(scan__in=done).count(),
        candidates=Candidate.objects.filter(proposal__scan__in=done).count(),
    )


def proposals_of(scene: Scene) -> list[Proposal]:
    """The proposals of a scene's latest done scan, surest first, each with its candidates and their product cards.

    The scan of the live versions is taken where it is done, else the last that was.
    """
    done = Scan.objects.filter(scene=scene, state=Scan.State.DONE)
    scan = done.order_by("-detector__live", "-embedder__live", "-finished_at", "-pk").first()
    if scan is None:
        return []
    slate = Candidate.objects.select_related("product__brand", "product__category").prefetch_related("product__images")
    return list(
        scan.proposals.select_related("category").prefetch_related(Prefetch("candidates", slate)).order_by("position")
    )


def scans_evaluated(vertical: Vertical, *, split: str = "") -> QuerySet[Scan]:
    """Done scans of the live versions over scenes with known boxes, with all that is judged; ``split`` narrows it."""
    scans = scans_current(vertical).filter(state=Scan.State.DONE, scene__truth__has_key="objects")
    if split:
        scans = scans.filter(scene__attributes__split=split)
    slate = Candidate.objects.select_related("product").only("proposal", "rank", "product__external_id")
    proposals = (
        Proposal.objects.select_related("category").order_by("position").prefetch_related(Prefetch("candidates", slate))
    )
    return scans.select_related("scene").prefetch_related(Prefetch("proposals", proposals)).order_by("pk")


def catalogue_pictures(vertical: Vertical, *, product_ids: Iterable[int] | None = None) -> Iterator[CataloguePicture]:
    """The pictures that stand in an index: the first of each product, by product; of some products where they are given."""
    pictures = ProductImage.objects.filter(product__vertical=vertical, position=0).order_by("product_id")
    if product_ids is not None:
        pictures = pictures.filter(product__in=list(product_ids))
    asked_for = "product__price", "product__brand_id", "product__available"
    rows = pictures.values_list("product_id", "product__category__slug", "sha256", "image", *asked_for)
    yield from (CataloguePicture(*row) for row in rows.iterator(chunk_size=5000))


def horizon() -> int:
    """The number below which every transaction is over: what such a one changed is seen by whoever reads from now on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


def products_changed(index: IndexBuild) -> list[int]:
    """Products that may be other in the catalogue than in an index, which knows what it has seen; longest ago first."""
    news = CatalogueChange.objects.filter(vertical=index.vertical_id, xact__gte=index.seen)
    return list(dict.fromkeys(news.order_by("id").values_list("product_id", flat=True)))


def changes_latest(index: IndexBuild, product_ids: Iterable[int]) -> dict[int, IndexChange]:
    """What an index holds of these products by its newest change, without their vectors; those never changed are left out."""
    rows = index.changes.filter(product_id__in=list(product_ids)).order_by("product_id", "-id").distinct("product_id")
    return {row.product_id: row for row in rows.defer("vector")}


def index_changes(index: IndexBuild, *, after: int, pictures: Collection[str] | None = None) -> list[IndexChange]:
    """The changes of an index that a process which has taken in all up to number ``after`` has not, in their order.

    With ``pictures`` only those that brought pictures of these content hashes.
    """
    changes = IndexChange.objects.filter(index=index, pk__gt=after)
    if pictures is not None:
        changes = changes.filter(sha256__in=pictures)
    return list(changes.order_by("pk"))


def indexes_live() -> QuerySet[IndexBuild]:
    """What is searched now, vertical by vertical."""
    return IndexBuild.objects.select_related("vertical", "embedder").filter(live=True).order_by("vertical_id")


def catalogue_texts(vertical: Vertical) -> Iterator[CatalogueText]:
    """What is written about the products that stand in an index, by product."""
    products = Product.objects.filter(vertical=vertical, images__position=0).order_by("pk")
    rows = products.values_list("pk", "category__slug", "title", "brand__name", "description", "attributes")
    yield from (CatalogueText(*row) for row in rows.iterator(chunk_size=5000))


def catalogue_hash(vertical: Vertical, *, texts: bool = False) -> str:
    """Changes whenever an index of this catalogue would; with ``texts``, one that holds the products' words too."""
    digest = hashlib.sha256()
    for text in catalogue_texts(vertical) if texts else ():
        digest.update(json.dumps(text, sort_keys=True).encode())
    for picture in catalogue_pictures(vertical):
        parts = (picture.product_id, picture.category, picture.sha256)
        digest.update(f"{parts} {picture.price} {picture.brand_id} {picture.available}\n".encode())
    return digest.hexdigest()


def slates_beside(scene: Scene, box: Box) -> list[list[Match]]:
    """The candidates of the scene's other proposals: of those whose box is not, by half, this one."""
    beside = [item for item in proposals_of(scene) if box_iou(as_array([item.box]), as_array([box]))[0, 0] < 0.5]
    return [[Match(c.product_id, c.score, c.rank) for c in item.candidates.all()] for item in beside]


def products_fitting(*, product_ids: Iterable[int], wishes: Wishes) -> set[int]:
    """Which of these products are on offer now and meet the wishes, whatever the index says of them."""
    products = products_offered().filter(pk__in=list(product_ids))
    if wishes.min_price is not None:
        products = products.filter(price__gte=wishes.min_price)
    if wishes.max_price is not None:
        products = products.filter(price__lte=wishes.max_price)
    if wishes.brands is not None:
        products = products.filter(brand__in=wishes.brands)
    return set(products.values_list("pk", flat=True))


def scans_to_nudge() -> QuerySet[Scan]:
    """Waiting scans never nudged, or so long ago that the message must be lost; longest ago first."""
    old = Q(nudged_at=None) | Q(nudged_at__lt=timezone.now() - NUDGE_AGAIN)
    return Scan.objects.filter(old, state=Scan.State.WAITING).order_by("nudged_at", "pk")


def retrievals_to_nudge() -> QuerySet[Retrieval]:
    """Retrievals that have waited long enough to doubt their message."""
    return Retrieval.objects.filter(
        state=Retrieval.State.WAITING, created_at__lt=timezone.now() - RETRIEVAL_AGAIN
    ).order_by("pk")


def scans_of_labels(*, detector: ModelVersion, scenes: Iterable[int]) -> dict[int, Scan]:
    """The scans of a file of labels, by scene id, each with its proposals in order and their candidates."""
    proposals = Proposal.objects.order_by("position").prefetch_related("candidates")
    scans = Scan.objects.filter(detector=detector, scene__in=list(scenes))
    return {scan.scene_id: scan for scan in scans.prefetch_related(Prefetch("proposals", proposals))}
