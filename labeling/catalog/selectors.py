"""Named reads of the catalogue."""

from __future__ import annotations

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F, QuerySet

from labeling.catalog.models import Category, Product, Vertical
from labeling.catalog.search import prefix_query
from labeling.common.errors import NotFoundError

RANKED = 400
"""How many matches are ranked: a query that fits half the catalogue stays as quick as any other."""


def vertical_named(slug: str) -> Vertical:
    """The vertical with this slug; the error names those that exist."""
    vertical = Vertical.objects.filter(slug=slug).first()
    if vertical is None:
        known = ", ".join(Vertical.objects.order_by("slug").values_list("slug", flat=True)[:20]) or "none yet"
        raise NotFoundError(f"There is no vertical {slug!r}. Known: {known}. Import a pack to make one.")
    return vertical


def products_shown() -> QuerySet[Product]:
    """Products with what a card needs: brand, category and pictures, in three queries however many they are."""
    return Product.objects.select_related("brand", "category").prefetch_related("images")


def products_matching(
    *, vertical: Vertical, query: str, category: Category | None = None, limit: int = 24
) -> list[Product]:
    """Products in which every word of ``query`` begins a word of title, brand, id, category, attributes or description.

    Best first; the product whose external id is the query comes before all others. Nothing asked, nothing found.
    """
    written = prefix_query(query)
    if not written:
        return []
    mine = Product.objects.filter(vertical=vertical)
    if category is not None:
        mine = mine.filter(category=category)
    asked = SearchQuery(written, config="simple", search_type="raw")
    # Ranking reads every row, so it is done on a bounded set, taken in the order the index gives.
    matching = mine.filter(search=asked).values("pk")[:RANKED]
    ranked = (
        products_shown().filter(pk__in=matching).annotate(rank=SearchRank(F("search"), asked)).order_by("-rank", "pk")
    )
    exact = products_shown().filter(pk__in=mine.filter(external_id=query.strip().replace("\0", "")).values("pk"))
    found = {product.pk: product for product in [*exact, *ranked[:limit]]}
    return list(found.values())[:limit]
