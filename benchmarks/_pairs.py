"""A dataset of any size, made of rows by SQL: what the benchmarks of the pairs page and of snapshots look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CATEGORIES, BRANDS, DOMAINS, PEOPLE = 20, 1_000, 500, 60
A_SCENE = 3

# Popular categories, brands and places have far more pairs than others; people come and go, so that one who left long ago
# stands nowhere among the newest pairs. Numbers follow from the row's own by hashing, the same for a seed.
ROWS = """
CREATE OR REPLACE FUNCTION pg_temp.draw(at bigint, what int) RETURNS float LANGUAGE sql IMMUTABLE AS
    $$ SELECT (hashint8extended(at * 97 + what, %(seed)s) & 1073741823) / 1073741823.0 $$;

INSERT INTO catalog_product (vertical_id, external_id, category_id, brand_id, title, description, url, domain, currency,
                             available, variant_group, same_photo_group, attributes, search, created_at, updated_at)
SELECT %(vertical)s, 'p' || k, (%(categories)s::bigint[])[1 + floor(20 * pg_temp.draw(k, 1) ^ 2)],
       (%(brands)s::bigint[])[1 + floor(1000 * pg_temp.draw(k, 2) ^ 3)],
       'Thing ' || k || ' of oak in green', '', '', '', 'EUR', true, 'v' || k / 4, '', '{}',
       to_tsvector('simple', 'thing ' || k || ' oak green w' || k %% 2000), now(), now()
FROM generate_series(0, %(products)s - 1) k;

INSERT INTO catalog_scene (vertical_id, external_id, image, sha256, width, height, source_url, domain, title, description,
                           boards, organic, business_account, attributes, truth, created_at, updated_at)
SELECT %(vertical)s, 's' || k, 'images/none.jpg', encode(sha256(('scene' || k)::bytea), 'hex'), 640, 480,
       'https://d' || floor(500 * pg_temp.draw(k, 3) ^ 2) || '.example/' || k, '', '', '', '[]', true, '', '{}', '{}',
       now(), now()
FROM generate_series(0, %(scenes)s - 1) k;

INSERT INTO datasets_pair (vertical_id, scene_id, category_id, product_id, grade, source, "left", top, "right", bottom,
                           filed_under_id, brand_id, domain, agreement, score, created_at, updated_at, withdrawn_at)
SELECT %(vertical)s, s.id, p.category_id, p.id, CASE WHEN pg_temp.draw(k, 4) < 0.15 THEN 'similar' ELSE 'exact' END,
       CASE WHEN pg_temp.draw(k, 5) < 0.02 THEN 'brand' ELSE 'annotators' END,
       0.1 + 0.2 * (k %% 3), 0.2, 0.25 + 0.2 * (k %% 3), 0.6, p.category_id, p.brand_id, datasets_host(s.places),
       CASE WHEN pg_temp.draw(k, 6) < 0.9 THEN 1.0 ELSE 0.5 + 0.5 * pg_temp.draw(k, 7) END, 2 * pg_temp.draw(k, 8) ^ 0.4 - 1,
       timestamptz '2024-01-01' + (k * (730.0 / %(pairs)s)) * interval '1 day', now(),
       CASE WHEN pg_temp.draw(k, 9) < 0.03 THEN now() END
FROM generate_series(0, %(pairs)s - 1) k
JOIN catalog_scene s ON s.vertical_id = %(vertical)s AND s.external_id = 's' || k / 3
JOIN catalog_product p ON p.vertical_id = %(vertical)s
 AND p.external_id = 'p' || floor(%(products)s * pg_temp.draw(k, 10))::bigint;

INSERT INTO datasets_pairvoice (pair_id, person_id, created_at)
SELECT q.id, (%(people)s::bigint[])[1 + mod(floor(q.at * 50)::int + floor(11 * pg_temp.draw(q.id, 11))::int, 60)], q.created_at
FROM (SELECT id, created_at, extract(epoch FROM created_at - timestamptz '2024-01-01') / 86400 / 730 AS at
      FROM datasets_pair WHERE vertical_id = %(vertical)s) q;
"""


# Those that no constraint needs.
INDEXES = """
SELECT i.indexname, i.indexdef FROM pg_indexes i
WHERE i.tablename IN ('datasets_pair', 'datasets_pairvoice', 'catalog_scene', 'catalog_product')
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)
"""


@dataclass(frozen=True)
class Dataset:
    """A vertical with its pairs, and what they can be looked for by, by key."""

    vertical: Any
    categories: list[Any]
    brands: list[Any]
    people: list[Any]
    pairs: int


def dataset(pairs: int, seed: int) -> Dataset:
    """A vertical of ``pairs`` pairs, three a scene, and 4 products for 9 scenes, as at Pinterest: 270,000, 90,000 and 40,000."""
    from django.db import connection, transaction

    from labeling.accounts.models import Role, User
    from labeling.catalog.models import Brand, Category, Vertical

    vertical = Vertical.objects.create(slug=f"bench-{pairs}", name=f"{pairs} pairs")
    categories = [Category(vertical=vertical, slug=f"c{k}", name=f"Category {k}") for k in range(CATEGORIES)]
    brands = [Brand(name=f"Brand {pairs}-{k:04}") for k in range(BRANDS)]
    people = [User(username=f"person-{pairs}-{k}", role=Role.ANNOTATOR) for k in range(PEOPLE)]
    Category.objects.bulk_create(categories)
    Brand.objects.bulk_create(brands)
    User.objects.bulk_create(people)
    with transaction.atomic(), connection.cursor() as cursor:
        values = {
            "seed": seed, "vertical": vertical.pk, "pairs": pairs, "scenes": pairs // A_SCENE,
            "products": max(pairs * 4 // 27, 1), "categories": [each.pk for each in categories],
            "brands": [each.pk for each in brands], "people": [each.pk for each in people],
        }  # fmt: skip
        # All that the database would keep or check row by row is written here already: whole indexes are made at the end.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(INDEXES)
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute(ROWS, values)
        for _, made in indexes:
            cursor.execute(made)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return Dataset(vertical, categories, brands, people, pairs)
