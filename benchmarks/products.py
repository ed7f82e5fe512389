"""How long does a search of the catalogue take, as a person types, among N products?

    .venv/bin/python benchmarks/products.py [--quick] [--json] [--products N] [--seed S]

The products are written by the database itself: titles of words drawn with the frequencies of a natural language (Zipf),
brands and categories as uneven. Each round types one query letter by letter, as the page sends it, in a category or not,
with a brand or a price range or not. The baseline is what a table without a text index does: ``title ILIKE '%word%'`` for
each word, on the same rows. Figures are milliseconds of the whole selector, cards included.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from _figures import tenth
from _report import arguments, installation, report

WORDS, BRANDS, CATEGORIES = 20_000, 2_000, 40
BATCH = 100_000
FILL = """
INSERT INTO catalog_product (vertical_id, external_id, category_id, brand_id, title, description, url, domain, price,
    currency, available, variant_group, same_photo_group, attributes, created_at, updated_at, search)
SELECT %(vertical)s, 'p' || n, %(first_category)s + floor(power(random(), 2) * %(categories)s)::int,
    %(first_brand)s + floor(power(random(), 3) * %(brands)s)::int, words.title, '', '', '',
    round(exp(2 + 5 * random())::numeric, 2), 'EUR', true, '', '', '{}', now(), now(),
    setweight(to_tsvector('simple', words.title), 'A') || setweight(to_tsvector('simple', 'p' || n), 'B')
FROM generate_series(%(first)s, %(last)s) n
CROSS JOIN LATERAL (
    SELECT string_agg(vocabulary.word, ' ') AS title
    FROM (SELECT floor(exp(random() * ln(%(vocabulary)s)) + 0 * n)::int AS rank FROM generate_series(1, 6)) picked
    JOIN vocabulary USING (rank)
) words
"""
SYLLABLES = [a + b for a in "bdfgklmnprstvw" for b in "aeiou"] + [
    "chai",
    "sof",
    "lam",
    "tab",
    "oak",
    "lin",
    "vel",
    "ru",
]


def main() -> None:
    """Measure and print."""
    parser = arguments("Searching the catalogue as a person types.")
    parser.add_argument("--products", type=int, default=0, help="how many; 1,000,000 unless --quick")
    options = parser.parse_args()
    count = options.products or (20_000 if options.quick else 1_000_000)
    rounds = 20 if options.quick else 60
    with installation():
        figures = measure(count, rounds, random.Random(options.seed))
    report(options, question="How long does a search of the catalogue take?", n=count, rounds=rounds, **figures)


def measure(count: int, rounds: int, chance: random.Random) -> dict[str, object]:
    """Fill, then time each kind of query; p50 and p95 in milliseconds."""
    from labeling.catalog.models import Brand
    from labeling.catalog.selectors import brands_named, products_matching

    started = time.perf_counter()
    vertical, categories, words = fill(count, chance)
    filled = time.perf_counter() - started
    names = list(Brand.objects.order_by("pk").values_list("name", flat=True)[:20])
    kinds: dict[str, list[Callable[[], object]]] = {
        name: [] for name in ("typed", "in a category", "of a brand", "in a price range", "rare")
    }
    for _ in range(rounds):
        first, second = (words[int(len(words) ** chance.random()) - 1] for _ in range(2))
        low = Decimal(chance.randint(10, 600))
        typed = [first[:end] for end in range(1, len(first) + 1)] + [f"{first} {second[:end]}" for end in (1, 2, 3)]
        for text in typed:
            asked: dict[str, Any] = {"vertical": vertical, "query": text}
            brands = brands_named(chance.choice(names))
            category = chance.choice(categories)
            kinds["typed"].append(lambda a=asked: products_matching(**a))  # type: ignore[misc]
            kinds["in a category"].append(lambda a=asked, c=category: products_matching(**a, category=c))  # type: ignore[misc]
            kinds["of a brand"].append(lambda a=asked, b=brands: products_matching(**a, brands=b))  # type: ignore[misc]
            kinds["in a price range"].append(
                lambda a=asked, p=low: products_matching(**a, price_min=p, price_max=p + 5)  # type: ignore[misc]
            )
        rare = words[-chance.randint(1, len(words) // 2)]
        kinds["rare"].append(lambda t=rare: products_matching(vertical=vertical, query=t))  # type: ignore[misc]
    ours = {name: timed(calls) for name, calls in kinds.items()}
    everything = [spent for calls in ours.values() for spent in calls]
    sought = [chance.choice(words) for _ in range(5)]
    theirs = timed([lambda w=word: list(without_an_index(vertical, w)) for word in sought])  # type: ignore[misc]
    return {
        "p50_ms": tenth(everything, 50),
        "p95_ms": tenth(everything, 95),
        "by_kind_p95_ms": {name: tenth(spent, 95) for name, spent in ours.items()},
        "baseline_p50_ms": tenth(theirs, 50),
        "fill_seconds": round(filled, 1),
    }


def fill(count: int, chance: random.Random) -> tuple[Any, list[Any], list[str]]:
    """A vertical with ``count`` products, its categories, and its words from the most to the least frequent."""
    from django.db import connection

    from labeling.catalog.models import Brand, Category, Vertical

    words = sorted({"".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(WORDS)})
    chance.shuffle(words)
    vertical = Vertical.objects.create(slug="bench", name="Bench")
    categories = Category.objects.bulk_create(
        [Category(vertical=vertical, slug=f"kind-{n}", name=f"Kind {n}") for n in range(CATEGORIES)]
    )
    brands = Brand.objects.bulk_create([Brand(name=f"{words[-n - 1].title()} {n}") for n in range(BRANDS)])
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        # Made anew once all is there, which is many times quicker.
        cursor.execute("DROP INDEX catalog_product_search")
        cursor.execute("CREATE TEMP TABLE vocabulary (rank int PRIMARY KEY, word text)")
        cursor.execute(
            "INSERT INTO vocabulary SELECT rank, word FROM unnest(%s::text[]) WITH ORDINALITY AS w (word, rank)",
            [words],
        )
        cursor.execute("ANALYZE vocabulary")
        for first in range(1, count + 1, BATCH):
            names = {
                "vertical": vertical.pk, "first_category": categories[0].pk, "categories": CATEGORIES,
                "first_brand": brands[0].pk, "brands": BRANDS, "first": first,
                "last": min(first + BATCH - 1, count), "vocabulary": len(words),
            }  # fmt: skip
            cursor.execute(FILL, names)
        cursor.execute("CREATE INDEX catalog_product_search ON catalog_product USING gin (search, facets)")
        cursor.execute("VACUUM ANALYZE catalog_product")
    return vertical, categories, words


def without_an_index(vertical: Any, word: str) -> Any:
    """The baseline: the first page of titles that contain a word."""
    from labeling.catalog.models import Product

    return Product.objects.filter(vertical=vertical, title__icontains=word).order_by("title", "pk")[:24]


def timed(calls: list[Callable[[], object]]) -> list[float]:
    """Milliseconds of each call."""
    spent = []
    for call in calls:
        start = time.perf_counter()
        call()
        spent.append((time.perf_counter() - start) * 1000)
    return spent


if __name__ == "__main__":
    main()
