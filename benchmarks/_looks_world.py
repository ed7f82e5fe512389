"""A world of many scenes with live tags, written by the database itself: no model has seen it, but every row is as in life."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TAGS, CANDIDATES, PRODUCTS, BRANDS, CATEGORIES, DOMAINS, CLAIMS = 5, 2, 100_000, 500, 20, 10_000, 100
BATCH = 100_000

PRODUCT = """
INSERT INTO catalog_product (vertical_id, external_id, category_id, brand_id, title, description, url, domain, price,
    currency, available, variant_group, same_photo_group, attributes, created_at, updated_at)
SELECT %(vertical)s, 'p' || n, %(category)s + n %% %(categories)s, %(brand)s + n %% %(brands)s,
    'A thing of form ' || n %% 977 || ' and shade ' || n %% 89, '', 'https://shop' || n %% 50 || '.example/things/' || n, '',
    round(exp(2 + 5 * random())::numeric, 2), 'EUR', random() < 0.97, '', '', '{}', now(), now()
FROM generate_series(1, %(products)s) n
"""
IMAGE = """
INSERT INTO catalog_productimage (product_id, position, image, sha256, width, height)
SELECT id, 0, 'images/aa/bb/' || md5(id::text) || md5(id::text) || '.jpg', md5(id::text) || md5(id::text), 480, 480
FROM catalog_product WHERE vertical_id = %(vertical)s
"""
SCENE = """
INSERT INTO catalog_scene (vertical_id, external_id, source_url, domain, title, description, boards, organic,
    business_account, attributes, truth, image, sha256, width, height, created_at, updated_at)
SELECT %(vertical)s, 's' || n, 'https://blog' || n %% %(domains)s || '.example/rooms/' || n, '', 'Room ' || n, '', '[]', true,
    '', '{}', '{}', 'images/cc/dd/' || md5(n::text) || md5(n::text) || '.jpg', md5(n::text) || md5(n::text), 1080, 1350,
    now(), now()
FROM generate_series(%(first)s, %(last)s) n
"""
SCAN = """
INSERT INTO inference_scan (scene_id, detector_id, embedder_id, state, attempts, error, finished_at, created_at, updated_at)
SELECT id, %(detector)s, %(embedder)s, 'done', 1, '', now(), now(), now() FROM catalog_scene WHERE vertical_id = %(vertical)s
"""
PROPOSAL = """
INSERT INTO inference_proposal (scan_id, scene_id, position, category_id, detector_class, score, "left", top, "right", bottom)
SELECT scan.id, scan.scene_id, at, %(category)s + (scan.scene_id + at) %% %(categories)s, 'thing', 0.3 + 0.7 * random(),
    x, y, x + 0.12 + 0.2 * random(), y + 0.12 + 0.2 * random()
FROM inference_scan scan CROSS JOIN generate_series(0, %(tags)s - 1) at
CROSS JOIN LATERAL (SELECT 0.6 * random() + 0 * at AS x, 0.6 * random() AS y) corner
WHERE scan.detector_id = %(detector)s
"""
CANDIDATE = """
INSERT INTO inference_candidate (proposal_id, product_id, rank, score)
SELECT proposal.id, %(product)s + floor(random() * %(products)s)::bigint, rank, 0.95 - 0.1 * rank * random()
FROM inference_proposal proposal CROSS JOIN generate_series(1, %(candidates)s) rank
"""
TAG = """
INSERT INTO tags_tag (scene_id, category_id, product_id, grade, source, state, reason, ruled, was_state, was_reason,
    confidence, proposal_id, "left", top, "right", bottom, created_at, updated_at)
SELECT proposal.scene_id, proposal.category_id, candidate.product_id, 'exact',
    CASE WHEN proposal.id %% 3 = 0 THEN 'human' ELSE 'model' END, 'live', 'It is sure.', false, '', '',
    CASE WHEN proposal.id %% 3 = 0 THEN NULL ELSE 0.6 + 0.4 * random() END, proposal.id,
    proposal."left", proposal.top, proposal."right", proposal.bottom, now(), now()
FROM inference_proposal proposal JOIN inference_candidate candidate ON candidate.proposal_id = proposal.id AND rank = 1
"""
FILLED = ("catalog_product", "catalog_productimage", "catalog_scene", "inference_scan", "inference_proposal",
          "inference_candidate", "tags_tag")  # fmt: skip


@dataclass
class LooksWorld:
    """Where its scenes begin and how many there are."""

    vertical: int
    first: int
    scenes: int

    @property
    def tags(self) -> int:
        """All of them."""
        return self.scenes * TAGS


def looks_world(scenes: int) -> LooksWorld:
    """The world, made where it is not there yet, with a ranking that serves and an experiment that runs."""
    from django.db import connection

    from labeling.catalog.models import Brand, Category, Scene, Vertical
    from labeling.inference.models import ModelVersion

    vertical = Vertical.objects.filter(slug="bench").first()
    if vertical is not None:
        _ranking(vertical)
        kept = Scene.objects.filter(vertical=vertical).order_by("pk")
        return LooksWorld(vertical.pk, kept[0].pk, kept.count())
    vertical = Vertical.objects.create(slug="bench", name="Bench")
    category = Category.objects.bulk_create(
        [Category(vertical=vertical, slug=f"kind-{n}", name=f"Kind {n}") for n in range(CATEGORIES)]
    )[0]
    brand = Brand.objects.bulk_create([Brand(name=f"Brand {n}") for n in range(BRANDS)])[0]
    detector, embedder = (
        ModelVersion.objects.create(vertical=vertical, kind=kind, number=1, path=kind, fingerprint=kind, live=True)
        for kind in ("detector", "embedder")
    )
    names = {
        "vertical": vertical.pk, "category": category.pk, "categories": CATEGORIES, "brand": brand.pk, "brands": BRANDS,
        "products": min(PRODUCTS, scenes), "domains": DOMAINS, "detector": detector.pk, "embedder": embedder.pk,
        "tags": TAGS, "candidates": CANDIDATES,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        # Rows that are right by construction need no trigger to say so, and an index is made quicker over the whole.
        cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        cursor.execute("SET maintenance_work_mem = '1GB'")
        put_back = _without_indexes(cursor)
        cursor.execute(PRODUCT, names)
        cursor.execute("SELECT min(id) FROM catalog_product WHERE vertical_id = %(vertical)s", names)
        ((names["product"],),) = cursor.fetchall()
        cursor.execute(IMAGE, names)
        for first in range(1, scenes + 1, BATCH):
            cursor.execute(SCENE, {**names, "first": first, "last": min(first + BATCH - 1, scenes)})
        for statement in (SCAN, PROPOSAL, CANDIDATE, TAG):
            cursor.execute(statement, names)
        for statement in put_back:
            cursor.execute(statement)
        for table in FILLED:
            cursor.execute(f"VACUUM ANALYZE {table}")
        cursor.execute("SET session_replication_role = DEFAULT")
    _claims()
    _ranking(vertical)
    first_scene = Scene.objects.filter(vertical=vertical).order_by("pk")[0].pk
    return LooksWorld(vertical.pk, first_scene, scenes)


def _without_indexes(cursor: Any) -> list[str]:
    """Drop the indexes of the tables that are filled, but for keys and constraints; returns what makes them anew."""
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND NOT EXISTS ("
        "SELECT FROM pg_constraint WHERE conindid = (quote_ident(schemaname) || '.' || quote_ident(indexname))::regclass)",
        [list(FILLED)],
    )
    found = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f'DROP INDEX "{name}"')
    return [definition for _, definition in found]


def _claims() -> None:
    """One place in a hundred is claimed, open, and its owner asked at each look."""
    from labeling.accounts.models import Role, User
    from labeling.brands.models import DomainClaim

    owner = User.objects.create(username="owner", role=Role.BRAND_OWNER)
    DomainClaim.objects.bulk_create(
        [
            DomainClaim(owner=owner, domain=f"blog{n}.example", token="x", state="verified", policy="open",
                        blocked_domains=["shop7.example"])
            for n in range(CLAIMS)
        ]
    )  # fmt: skip


def _ranking(vertical: Any) -> None:
    """A ranking that has learned a little, and an experiment that gives half of the visitors the usual order."""
    from django.db import connection

    from labeling.serving.models import Experiment, RankerState
    from labeling.serving.ranker import Ranking

    # A world that was kept may be older than the ranking.
    RankerState.objects.all().delete()
    Experiment.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE serving_tagrecord, serving_productrecord, serving_engagementevent")
    RankerState.objects.create(vertical=vertical, number=1, live=True, state=Ranking().to_state(), events=500)
    # Every fifth tag has a record, as where shoppers have been a while.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO serving_tagrecord (tag_id, product_id, version, seen, taken)"
            " SELECT id, product_id, 1, 5 + id % 90, id % 7 FROM tags_tag WHERE id % 5 = 0"
        )
        cursor.execute(
            "INSERT INTO serving_productrecord (product_id, version, seen, taken)"
            " SELECT id, 1, 50 + id % 900, id % 70 FROM catalog_product"
        )
        cursor.execute("VACUUM ANALYZE serving_tagrecord, serving_productrecord, serving_engagementevent")
        # What the making wrote goes to disk now, not while looks are timed.
        cursor.execute("CHECKPOINT")
    Experiment.objects.create(vertical=vertical, name="bench", share=0.9)
