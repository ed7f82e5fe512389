"""What is answered to a picture that was never seen: what stands in it, and for each thing the products most like it, ranked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labeling.annotation.models import Grade
from labeling.catalog.models import Product, Vertical
from labeling.catalog.selectors import offered, products_shown
from labeling.inference.findings import Finding
from labeling.serving import ranker, selectors
from labeling.serving.dots import dot_positions
from labeling.serving.models import RankerState
from labeling.serving.offers import Offer, offer_card
from labeling.tags.models import Tag

PRODUCTS = 6
OBJECTS = 12


def picture_answer(*, vertical: Vertical, found: Sequence[Finding], aspect: float) -> dict[str, Any]:
    """The surest objects with their products in the order of the live re-ranker, as JSON. ``aspect``: width by height."""
    sure = sorted((each for each in found if each.matches), key=lambda each: -each.detection.score)[:OBJECTS]
    named = {match.product_id for each in sure for match in each.matches}
    products = products_shown().filter(offered()).in_bulk(named)
    live = selectors.ranker_live(vertical=vertical)
    dots = dot_positions([each.detection.box for each in sure], aspect=aspect)
    objects = [
        {
            "box": [round(value, 5) for value in each.detection.box],
            "dot": [round(value, 5) for value in dot],
            "category": each.category,
            "score": round(each.detection.score, 4),
            "products": [
                {**offer_card(offer), "score": round(offer.similarity, 4)}
                for offer in _ranked(each, products, live)[:PRODUCTS]
            ],
        }
        for each, dot in zip(sure, dots, strict=True)
    ]
    return {"objects": objects, "ranker": live.pk if live else None}


def _ranked(found: Finding, products: dict[int, Product], live: RankerState | None) -> list[Offer]:
    """The matches of one object. For want of a calibration of what nobody tagged, likeness stands for confidence."""
    offers = [
        _offer(found, products[match.product_id], match.score, number)
        for number, match in enumerate(found.matches)
        if match.product_id in products
    ]
    if live is None:
        return offers
    ranked = ranker.rank(offers, {}, selectors.ranking_of(live.pk, live.created_at), seed=None)
    return [each.offer for each in ranked]


def _offer(found: Finding, product: Product, score: float, number: int) -> Offer:
    image = next(iter(product.images.all()), None)
    return Offer(
        # No tag stands behind it: a number of its own within the answer.
        tag=-number,
        scene=0,
        product=product.pk,
        box=found.detection.box,
        grade=Grade.SIMILAR,
        source=Tag.Source.MODEL,
        confidence=min(max(score, 0.0), 1.0),
        detector=found.detection.score,
        similarity=score,
        external_id=product.external_id,
        title=product.title,
        brand=product.brand.name if product.brand else "",
        price=product.price,
        currency=product.currency,
        url=product.url,
        image=image.image if image else None,
        category=product.category.slug,
        category_name=product.category.name,
        context="",
        since=product.created_at,
    )
