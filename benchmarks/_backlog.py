"""A campaign over N scenes that the models have looked at, written by the database itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

OBJECTS, SLATE, CATEGORIES, PRODUCTS = 5, 27, 10, 500
BATCH = 100_000

SCENES = """
INSERT INTO catalog_scene (vertical_id, external_id, image, sha256, width, height, source_url, domain, title, description,
    boards, organic, business_account, attributes, truth, created_at, updated_at)
SELECT %(vertical)s, 'scene-' || n, 'x.jpg', md5(%(vertical)s || '-' || n), 1024, 768, '', 'blog.example', 'Scene ' || n, '',
    '[]', true, '', '{}', '{}', now(), now() FROM generate_series(%(first)s, %(last)s) n
"""
SCANS = """
INSERT INTO inference_scan (scene_id, detector_id, embedder_id, state, attempts, error, created_at, updated_at)
SELECT id, %(detector)s, %(embedder)s, 'done', 1, '', now(), now() FROM catalog_scene
WHERE vertical_id = %(vertical)s AND id > %(after)s ORDER BY id
"""
PROPOSALS = """
INSERT INTO inference_proposal (scan_id, scene_id, position, category_id, detector_class, score, "left", top, "right", bottom)
SELECT scan.id, scan.scene_id, p, %(category)s + (scan.id + p) %% %(categories)s, 'kind', 0.9 - 0.05 * p,
    0.02 + 0.16 * (p %% 6), 0.1 + 0.45 * (p / 6), 0.15 + 0.16 * (p %% 6), 0.45 + 0.45 * (p / 6)
FROM inference_scan scan CROSS JOIN generate_series(0, %(objects)s - 1) p
WHERE scan.detector_id = %(detector)s AND scan.scene_id > %(after)s ORDER BY scan.id, p
"""
CANDIDATES = """
INSERT INTO inference_candidate (proposal_id, product_id, rank, score)
SELECT proposal.id, %(product)s + (proposal.id * 31 + r * 7) %% %(products)s, r, 0.95 - 0.02 * r
FROM inference_proposal proposal JOIN inference_scan scan ON scan.id = proposal.scan_id
CROSS JOIN LATERAL generate_series(1, CASE WHEN proposal.scene_id <= %(whole)s THEN %(slate)s ELSE 1 END) r
WHERE scan.detector_id = %(detector)s AND proposal.scene_id > %(after)s ORDER BY proposal.id, r
"""
SEATS = """
INSERT INTO annotation_assignment (campaign_id, kind, scene_id, slot, priority, ready, state, scan_id, former, revision,
    version, past_uuids, skip_reason, settled, purpose, returned_reason, created_at, updated_at)
SELECT %(campaign)s, 'scene', scene_id, 0, 0, true, 'waiting', id, '{}', 0, 0, '{}', '', false, 'work', '', now(), now()
FROM inference_scan WHERE detector_id = %(detector)s ORDER BY scene_id
"""


def backlog(size: int, *, objects: int = OBJECTS, whole: int, seats_by_sql: bool = False) -> tuple[int, list[Any]]:
    """A campaign over ``size`` scenes of ``objects`` proposals in a vertical of its own, and eight annotators.

    The first ``whole`` scenes have whole slates, which is more than are lent; the objects of the others have one match.
    The seats come from the product's own ``campaign_fill`` unless ``seats_by_sql``, for sizes at which only the rows count.
    """
    from django.db import connection

    from labeling.accounts.models import User
    from labeling.annotation.models import Campaign
    from labeling.annotation.services import campaign_fill
    from labeling.catalog.models import Scene

    names = _names(size, objects)
    with connection.cursor() as cursor:
        # Rows that reference one another rightly need no look at each.
        cursor.execute("SET session_replication_role = replica")
        for first in range(1, size + 1, BATCH):
            cursor.execute("SELECT COALESCE(max(id), 0) FROM catalog_scene")
            ((after,),) = cursor.fetchall()
            if first == 1:
                names["whole"] = after + whole
            here = {**names, "first": first, "last": min(first + BATCH - 1, size), "after": after}
            for statement in (SCENES, SCANS, PROPOSALS, CANDIDATES):
                cursor.execute(statement, here)
        cursor.execute("SET session_replication_role = origin")
    campaign = Campaign.objects.create(vertical_id=names["vertical"], name=f"{size} scenes")
    if seats_by_sql:
        with connection.cursor() as cursor:
            cursor.execute(SEATS, {**names, "campaign": campaign.pk})
            cursor.execute("ANALYZE annotation_assignment")
    else:
        scenes = Scene.objects.filter(vertical=campaign.vertical).order_by("pk")
        campaign_fill(campaign=campaign, scenes=scenes.iterator(chunk_size=2000))
    people = [User.objects.create(username=f"annotator-{campaign.pk}-{n}") for n in range(8)]
    return campaign.pk, people


def _names(size: int, objects: int) -> dict[str, int]:
    """The small things that the rows of a backlog refer to."""
    from labeling.catalog.models import Brand, Category, Product, ProductImage, Vertical
    from labeling.inference.models import ModelVersion

    vertical = Vertical.objects.create(slug=f"v{size}", name=f"{size} scenes")
    categories = Category.objects.bulk_create(
        [Category(vertical=vertical, slug=f"kind-{n}", name=f"Kind {n}") for n in range(CATEGORIES)]
    )
    brand, _ = Brand.objects.get_or_create(name="Bench & Sons")
    products = Product.objects.bulk_create(
        [
            Product(
                vertical=vertical, category=categories[n % CATEGORIES], brand=brand, external_id=f"product-{n}",
                title=f"A kind {n % CATEGORIES} in oak, number {n}", price=10 + n, currency="EUR",
            )
            for n in range(PRODUCTS)
        ]
    )  # fmt: skip
    ProductImage.objects.bulk_create(
        [ProductImage(product=each, image="x.jpg", sha256=str(each.pk), width=224, height=224) for each in products]
    )
    detector, embedder = (
        ModelVersion.objects.create(
            vertical=vertical, kind=kind, number=1, path=kind, fingerprint=f"{kind}-{size}", live=True
        )
        for kind in ModelVersion.Kind.values
    )
    return {
        "vertical": vertical.pk, "category": categories[0].pk, "categories": CATEGORIES, "product": products[0].pk,
        "products": PRODUCTS, "slate": SLATE, "objects": objects, "detector": detector.pk, "embedder": embedder.pk,
    }  # fmt: skip


def log_of(folder: Path) -> Path:
    """Where the embedded PostgreSQL of an installation writes."""
    return folder / "postgres" / "log"
