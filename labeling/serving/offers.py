"""Tags as a look shows them and the re-ranker sees them: one statement for any number of scenes.

Looks are served hundreds of times a second. Built as rows of the ORM, with their products, pictures and slates, they would
cost several times what all the rest of a request does.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection

from labeling.catalog.models import Scene
from labeling.common.prepared import prepared
from labeling.tags.models import Tag
from labeling.tags.selectors import tags_visible
from models_ml.types import Box


@dataclass(frozen=True, slots=True)
class Offer:
    """A product at a box of a scene. ``similarity`` (cosine) and ``detector`` (score) are 0 where no model proposed it;
    ``context`` is all that is written around the scene, ``since`` when the tag was made."""

    tag: int
    scene: int
    product: int
    box: Box
    grade: str
    source: str
    confidence: float | None
    detector: float
    similarity: float
    external_id: str
    title: str
    brand: str
    price: Decimal | None
    currency: str
    url: str
    image: str | None
    category: str
    category_name: str
    context: str
    since: datetime


# Products, pictures and candidates are looked up by key, one for each tag, whatever the planner believes of the tables.
READ = """
SELECT tag.id, tag.scene_id, tag.product_id, tag."left", tag.top, tag."right", tag.bottom, tag.grade, tag.source,
    tag.confidence, COALESCE((SELECT score FROM inference_proposal WHERE id = tag.proposal_id), 0),
    COALESCE((SELECT score FROM inference_candidate
        WHERE proposal_id = tag.proposal_id AND product_id = tag.product_id ORDER BY rank LIMIT 1), 0),
    product.external_id, product.title, COALESCE((SELECT name FROM catalog_brand WHERE id = product.brand_id), ''),
    product.price, product.currency, product.url,
    (SELECT image FROM catalog_productimage WHERE product_id = tag.product_id ORDER BY position LIMIT 1),
    category.slug, category.name, concat_ws(' ', scene.title, scene.description, scene.boards::text), tag.created_at
FROM tags_tag tag
JOIN catalog_scene scene ON scene.id = tag.scene_id
JOIN catalog_product product ON product.id = tag.product_id
JOIN catalog_category category ON category.id = COALESCE(tag.category_id, product.category_id)
"""
LIVE = f"""{READ}
WHERE tag.scene_id = ANY(%(ids)s::bigint[]) AND tag.state = 'live' AND scene.organic AND scene.business_account = ''
    AND product.available AND product.gone_at IS NULL
    AND (product.fresh_until IS NULL OR product.fresh_until > now())
ORDER BY tag.confidence DESC, tag.id
"""
"""The surest first, and before them what people have confirmed, of which nobody doubts anything (null)."""
NAMED = f"{READ} WHERE tag.id = ANY(%(ids)s::bigint[]) ORDER BY tag.id"
SLATE = """FROM tags_tag tag
JOIN catalog_product chosen ON chosen.id = tag.product_id
JOIN inference_candidate slate ON slate.proposal_id = tag.proposal_id AND slate.rank <= 3"""
READ_SLATE = READ.replace("tag.product_id", "slate.product_id").replace("FROM tags_tag tag", SLATE)
PASSED_OVER = f"""{READ_SLATE}
WHERE tag.id = ANY(%(ids)s::bigint[]) AND tag.source = 'human' AND slate.product_id <> tag.product_id
    AND (chosen.variant_group = '' OR chosen.variant_group <> product.variant_group)
    AND (chosen.same_photo_group = '' OR chosen.same_photo_group <> product.same_photo_group)
ORDER BY tag.id, slate.rank
"""
# A row of a snapshot as if it were a tag of its own, and its slate: numbers below zero tell them from tags.
FROZEN_ROWS = """FROM (
    SELECT -frozen.id AS id, frozen.scene_id, frozen.product_id, frozen."left", frozen.top, frozen."right", frozen.bottom,
        frozen.grade, 'human' AS source, NULL::float8 AS confidence, resolution.proposal_id, frozen.category_id, pair.created_at
    FROM datasets_snapshotrow frozen JOIN datasets_pair pair ON pair.id = frozen.pair_id
    LEFT JOIN annotation_resolution resolution ON resolution.id = pair.resolution_id
    WHERE frozen.snapshot_id = %(snapshot)s ORDER BY frozen.id DESC LIMIT %(most)s
) tag"""
FROZEN = f"{READ.replace('FROM tags_tag tag', FROZEN_ROWS)} ORDER BY tag.id"
FROZEN_OVER = PASSED_OVER.replace("FROM tags_tag tag", FROZEN_ROWS).replace("tag.id = ANY(%(ids)s::bigint[]) AND ", "")


def offers_live(*, scenes: Collection[int], claimed: Collection[int]) -> list[Offer]:
    """What shoppers may see of these scenes now; ``claimed`` are those that stand in a claimed place, whose owner is asked."""
    offers = _read(LIVE, scenes)
    if not claimed:
        return offers
    held = Scene.objects.filter(pk__in=claimed)
    visible = set(Tag.objects.filter(tags_visible(scenes=held)).values_list("pk", flat=True))
    return [offer for offer in offers if offer.scene not in claimed or offer.tag in visible]


def offers_named(*, tags: Collection[int]) -> dict[int, Offer]:
    """These tags as the re-ranker sees them, by id, whether or not they are live."""
    return {offer.tag: offer for offer in _read(NAMED, tags)}


def offers_passed_over(*, tags: Collection[int]) -> list[Offer]:
    """The best that the models had found for what people tagged, and people passed over in favour of another product: as if
    each had been tagged by automation. Other colours of what was chosen, and what shares its photo, are left out."""
    return [unjudged(offer) for offer in _read(PASSED_OVER, tags)]


def offers_frozen(*, snapshot: int, most: int) -> list[Offer]:
    """The rows of a snapshot as tags that people made, each under its number below zero; the newest where there are more."""
    return _executed(FROZEN, {"snapshot": snapshot, "most": most})


def offers_frozen_over(*, snapshot: int, most: int) -> list[Offer]:
    """What people passed over for those rows, as :func:`offers_passed_over` says, under the number of its row."""
    return [unjudged(offer) for offer in _executed(FROZEN_OVER, {"snapshot": snapshot, "most": most})]


def unjudged(offer: Offer) -> Offer:
    """The same as if automation had tagged it, and nobody had said anything."""
    return replace(offer, source=Tag.Source.MODEL, grade="", confidence=None)


def _read(statement: str, ids: Collection[int]) -> list[Offer]:
    return _executed(prepared(statement, "ids"), {"ids": list(ids)})


def _executed(statement: str, told: dict[str, Any]) -> list[Offer]:
    with connection.cursor() as cursor:
        cursor.execute(statement, told)
        return [_offer(*row) for row in cursor.fetchall()]


def _offer(
    tag: int, scene: int, product: int, left: float, top: float, right: float, bottom: float, *rest: Any
) -> Offer:
    return Offer(tag, scene, product, Box(left, top, right, bottom), *rest)


def offer_card(offer: Offer) -> dict[str, object]:
    """The product of a served tag, as JSON; its category is the tag's."""
    return {
        "product": offer.product,
        "external_id": offer.external_id,
        "title": offer.title,
        "brand": offer.brand,
        "price": None if offer.price is None else f"{offer.price:.2f}",
        "currency": offer.currency,
        "image_url": None if offer.image is None else f"{settings.MEDIA_URL}{offer.image}",
        "url": offer.url,
        "category": offer.category,
    }
