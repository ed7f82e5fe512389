"""What a seat's page shows, as JSON written by the database: one statement for scenes and one for bursts.

A page of three scenes holds several hundred product cards. Built as rows of Python they would cost more than all the rest
of a request; PostgreSQL writes them as the text that is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import connection

from labeling.annotation.models import Annotation, Assignment
from labeling.common.prepared import prepared

BURST_SLATE = 9
"""Candidates of an object in a burst: one for each digit."""

# The slate is read first and each of its products by its key, also while the planner knows nothing of freshly filled tables:
# hence MATERIALIZED and OFFSET 0. json and not jsonb, which would be parsed into a tree and written out again on every level.
CARDS = """
    SELECT json_agg(json_build_object(
        'product', product.id, 'external_id', product.external_id, 'title', product.title,
        'brand', product.brand, 'price', product.price::text, 'currency', product.currency,
        'image_url', %(media)s || product.image, 'url', product.url, 'category', product.category,
        'rank', slate.rank, 'score', round(slate.score::numeric, 4)) ORDER BY slate.rank)
    FROM slate CROSS JOIN LATERAL (
        SELECT id, external_id, title, price, currency, url,
            (SELECT slug FROM catalog_category WHERE id = product.category_id) AS category,
            COALESCE((SELECT name FROM catalog_brand WHERE id = product.brand_id), '') AS brand,
            (SELECT image FROM catalog_productimage WHERE product_id = product.id ORDER BY position LIMIT 1) AS image
        FROM catalog_product product WHERE id = slate.product_id OFFSET 0) product
"""
SCENE = """json_build_object(
        'id', scene.id, 'external_id', scene.external_id, 'image_url', %(media)s || scene.image, 'width', scene.width,
        'height', scene.height, 'title', scene.title, 'description', scene.description, 'domain', scene.domain)"""
BOX = """json_build_array({0}."left", {0}."top", {0}."right", {0}."bottom")"""
SEAT = """'id', seat.id, 'kind', seat.kind, 'token', seat.token, 'revision', seat.revision,
    'lease_until', seat.leased_until, 'draft', seat.draft, 'submission', seat.client_uuid,
    'returned', seat.returned_reason, 'training', seat.purpose = 'training'"""
PLANTED = """
    SELECT (match->>'product')::bigint AS product_id, (match->>'rank')::int AS rank, (match->>'score')::float8 AS score
    FROM jsonb_array_elements(plant.slate) match WHERE plant.id IS NOT NULL
"""
SHOWN_BOX = """json_build_array(COALESCE(plant."left", proposal."left"), COALESCE(plant.top, proposal.top),
        COALESCE(plant."right", proposal."right"), COALESCE(plant.bottom, proposal.bottom))"""
SHOWN_CATEGORY = "CASE WHEN plant.id IS NULL THEN {0}.category_id ELSE plant.category_id END"

# Gold is shown as its plant says, and nothing else of it differs from work.
# A coverage check asks what is missing: it shows every box that is known, and no products.
SCENES = f"""
SELECT seat.id, (json_build_object({SEAT}, 'category', NULL, 'scene', {SCENE},
    'objects', COALESCE((
        SELECT json_agg(json_build_object(
            'proposal', proposal.id, 'box', {SHOWN_BOX}, 'category', category.slug,
            'score', round(proposal.score::numeric, 4), 'candidates', COALESCE(CASE WHEN seat.kind = 'scene' THEN (
                WITH slate AS MATERIALIZED (
                    SELECT product_id, rank, score FROM inference_candidate
                    WHERE plant.id IS NULL AND proposal_id = proposal.id UNION ALL {PLANTED})
                {CARDS}) END, '[]')) ORDER BY proposal.position)
        FROM inference_proposal proposal
        LEFT JOIN (annotation_plant plant JOIN annotation_gold gold ON gold.id = plant.gold_id)
            ON plant.assignment_id = seat.id AND gold.proposal_id = proposal.id
        LEFT JOIN catalog_category category ON category.id = {SHOWN_CATEGORY.format("proposal")}
        WHERE proposal.scan_id = seat.scan_id AND (seat.kind = 'coverage'
            OR NOT EXISTS (SELECT 1 FROM annotation_campaign_categories WHERE campaign_id = seat.campaign_id)
            OR proposal.category_id IN (
                SELECT category_id FROM annotation_campaign_categories WHERE campaign_id = seat.campaign_id))
        ), '[]'),
    'known', COALESCE(CASE WHEN seat.kind = 'coverage' THEN (
        SELECT json_agg(json_build_object('box', {BOX.format("known")}, 'category', category.slug) ORDER BY known.id)
        FROM annotation_resolution known LEFT JOIN catalog_category category ON category.id = known.category_id
        WHERE known.scene_id = seat.scene_id AND known.proposal_id IS NULL AND known.accepted) END, '[]')
    ))::text
FROM annotation_assignment seat JOIN catalog_scene scene ON scene.id = seat.scene_id
WHERE seat.id = ANY(%(seats)s)
"""
BURSTS = f"""
SELECT seat.id, (json_build_object({SEAT}, 'category', kind.slug, 'scene', NULL, 'objects', COALESCE((
    SELECT json_agg(json_build_object(
        'proposal', proposal.id, 'box', {SHOWN_BOX}, 'category', category.slug,
        'score', round(proposal.score::numeric, 4), 'scene', {SCENE},
        'candidates', COALESCE(CASE WHEN seat.kind = 'match_burst' THEN (
            WITH slate AS MATERIALIZED (
                SELECT product_id, rank, score FROM inference_candidate
                WHERE item.retrieval_id IS NULL AND plant.id IS NULL AND proposal_id = proposal.id
                  AND rank <= {BURST_SLATE}
                UNION ALL
                SELECT (match->>'product')::bigint, (match->>'rank')::int, (match->>'score')::float8
                FROM inference_retrieval retrieval, jsonb_array_elements(retrieval.candidates) match
                WHERE retrieval.id = item.retrieval_id AND (match->>'rank')::int <= {BURST_SLATE}
                UNION ALL {PLANTED} AND (match->>'rank')::int <= {BURST_SLATE})
            {CARDS}) END, '[]')) ORDER BY item.position)
    FROM annotation_burstitem item
    JOIN inference_proposal proposal ON proposal.id = item.proposal_id
    JOIN catalog_scene scene ON scene.id = item.scene_id
    LEFT JOIN annotation_plant plant ON plant.id = item.plant_id
    LEFT JOIN catalog_category category ON category.id = item.category_id
    WHERE item.burst_id = seat.burst_id), '[]')))::text
FROM annotation_assignment seat
JOIN annotation_burst burst ON burst.id = seat.burst_id
LEFT JOIN catalog_category kind ON kind.id = burst.category_id
WHERE seat.id = ANY(%(seats)s)
"""


def assignments_shown(*, seats: Sequence[Assignment]) -> list[str]:
    """Each seat with all that its page needs, as JSON text, in the order given.

    One statement where all are scenes or all are bursts, two where there are both.
    """
    shown: dict[int, str] = {}
    scenes = [seat.pk for seat in seats if seat.burst_id is None]
    bursts = [seat.pk for seat in seats if seat.burst_id is not None]
    with connection.cursor() as cursor:
        for statement, ids in ((SCENES, scenes), (BURSTS, bursts)):
            if ids:
                values: dict[str, Any] = {"seats": ids, "media": settings.MEDIA_URL}
                cursor.execute(prepared(statement, *values), values)
                shown.update(cursor.fetchall())
    return [shown[seat.pk] for seat in seats]


def decisions_of(*, seat: Assignment) -> list[dict[str, object]]:
    """What counts of a person's decisions on a seat, in the form in which a page sends them."""
    said = Annotation.objects.filter(assignment=seat, version=seat.version).select_related("category").order_by("pk")
    return [
        {
            "uuid": str(each.client_uuid),
            "proposal": each.proposal_id,
            "verdict": each.verdict,
            "box": list(each.box),
            "category": each.category.slug if each.category else None,
            "product": each.product_id,
            "grade": each.grade or None,
            "seconds": each.seconds,
            "comment": each.comment,
            "flagged": each.flagged,
        }
        for each in said
    ]
