"""Named reads of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import BooleanField, F, Func, Q, QuerySet
from django.utils import timezone

from labeling.catalog.models import Brand, Category, Product, Vertical
from labeling.catalog.search import FACET_BRANDS, brief_and_long, facet_query, prefix_query
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


def vertical_meant(slug: str) -> Vertical:
    """The vertical with this slug, for commands; without one the only there is. The error names those that exist."""
    if slug:
        return vertical_named(slug)
    there = list(Vertical.objects.order_by("slug")[:20])
    if len(there) != 1:
        known = ", ".join(vertical.slug for vertical in there) or "none yet"
        raise NotFoundError(f"Name one vertical: --vertical NAME. Known: {known}.")
    return there[0]


def brands_named(text: str) -> frozenset[int] | None:
    """The brands whose name begins with ``text``, in whatever case; None, no wish at all, where it is blank."""
    name = text.strip()
    return frozenset(Brand.objects.filter(name__istartswith=name).values_list("pk", flat=True)) if name else None


def offered(prefix: str = "") -> Q:
    """What makes a product one that can be bought now: available, its page not gone, its data not too old.

    ``prefix`` is the path to the product, such as ``product__``.
    """
    fresh = Q(**{f"{prefix}fresh_until": None}) | Q(**{f"{prefix}fresh_until__gt": timezone.now()})
    return fresh & Q(**{f"{prefix}available": True, f"{prefix}gone_at": None})


def products_offered() -> QuerySet[Product]:
    """Products that can be bought now."""
    return Product.objects.filter(offered())


def products_shown() -> QuerySet[Product]:
    """Products with what a card needs: brand, category and pictures, in three queries however many they are."""
    return Product.objects.select_related("brand", "category").prefetch_related("images")


def products_among(*, product_ids: Iterable[int], within: Q | None) -> set[int]:
    """Of these products those ``within``, by id; none where it is None."""
    if within is None:
        return set()
    return set(Product.objects.filter(within, pk__in=list(product_ids)).values_list("pk", flat=True))


def products_matching(
    *,
    vertical: Vertical,
    query: str,
    category: Category | None = None,
    brands: frozenset[int] | None = None,
    price_min: Decimal | None = None,
    price_max: Decimal | None = None,
    within: Q | None = None,
    limit: int = 24,
) -> list[Product]:
    """Products in which every word of ``query`` begins a word of title, brand, id, category, attributes or description.

    Best first; the product whose external id is the query comes before all others. Only those ``within`` count, where it
    is given. Nothing asked, nothing found: without words a brand or a price range is needed.
    """
    written = prefix_query(query)
    narrowed = brands is not None or price_min is not None or price_max is not None
    if not written and not narrowed:
        return []
    if brands == frozenset():
        return []
    mine = _narrowed(Product.objects.filter(vertical=vertical), vertical, category, brands)
    if within is not None:
        mine = mine.filter(within)
    if price_min is not None:
        mine = mine.filter(price__gte=price_min)
    if price_max is not None:
        mine = mine.filter(price__lte=price_max)
    if not written:
        return list(products_shown().filter(pk__in=mine.values("pk")[:limit]).order_by("pk"))
    asked = SearchQuery(written, config="simple", search_type="raw")
    # Ranking reads every row, so it is done on a bounded set, taken in the order the index gives.
    matching = _with_words(mine, query, narrowed=narrowed or category is not None).values("pk")[:RANKED]
    ranked = (
        products_shown().filter(pk__in=matching).annotate(rank=SearchRank(F("search"), asked)).order_by("-rank", "pk")
    )
    named = Product.objects.filter(vertical=vertical, external_id=query.strip().replace("\0", ""))
    exact = products_shown().filter(pk__in=mine.filter(pk__in=named.values("pk")).values("pk"))
    found = {product.pk: product for product in [*exact, *ranked[:limit]]}
    return list(found.values())[:limit]


def _narrowed(
    products: QuerySet[Product], vertical: Vertical, category: Category | None, brands: frozenset[int] | None
) -> QuerySet[Product]:
    """Products of a category and of brands. What facets say exactly is not said twice: a planner would take it for rarer."""
    if brands is not None and len(brands) > FACET_BRANDS:
        products = products.filter(brand__in=brands)
    if category is None and brands is None:
        return products
    facets = facet_query(vertical=vertical.pk, category=category.pk if category else None, brands=brands)
    return products.filter(facets=SearchQuery(facets, config="simple", search_type="raw"))


def _with_words(products: QuerySet[Product], query: str, *, narrowed: bool) -> QuerySet[Product]:
    """Products with all words of ``query``. Brief ones are looked up only where nothing else leads to few products."""
    brief, long = brief_and_long(query)
    if not brief or not (long or narrowed):
        return products.filter(search=SearchQuery(prefix_query(query), config="simple", search_type="raw"))
    if long:
        products = products.filter(search=SearchQuery(prefix_query(long), config="simple", search_type="raw"))
    # A call of the function behind the operator @@, which no index answers.
    rest = SearchQuery(prefix_query(brief), config="simple", search_type="raw")
    return products.filter(Func(F("search"), rest, function="ts_match_vq", output_field=BooleanField()))
