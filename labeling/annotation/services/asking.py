"""Taking hold of a seat with all that it asks of a person, in one statement."""

from __future__ import annotations

import json
from dataclasses import dataclass

from labeling.annotation.models import Assignment, Kind
from labeling.common.prepared import prepared
from models_ml.types import Box

COLUMNS = ", ".join(f'seat."{field.column}"' for field in Assignment._meta.concrete_fields)
# The row is locked, so that people, tabs and repeats that come at once are answered in turn.
TAKE = f"""
SELECT {COLUMNS}, campaign.vertical_id AS vertical, (CASE
    WHEN seat.kind = 'coverage' THEN NULL
    WHEN seat.burst_id IS NOT NULL THEN (
        SELECT jsonb_agg(jsonb_build_array(
            proposal.id, COALESCE(plant."left", proposal."left"), COALESCE(plant.top, proposal.top),
            COALESCE(plant."right", proposal."right"), COALESCE(plant.bottom, proposal.bottom),
            CASE WHEN plant.id IS NULL THEN proposal.category_id ELSE plant.category_id END,
            item.category_id, category.slug, item.scene_id, plant.id IS NOT NULL,
            COALESCE((SELECT jsonb_agg(match->'product') FROM jsonb_array_elements(plant.slate) match),
                     (SELECT jsonb_agg(match->'product') FROM jsonb_array_elements(retrieval.candidates) match),
                     (SELECT jsonb_agg(product_id) FROM inference_candidate WHERE proposal_id = proposal.id))))
        FROM annotation_burstitem item
        JOIN inference_proposal proposal ON proposal.id = item.proposal_id
        LEFT JOIN annotation_plant plant ON plant.id = item.plant_id
        LEFT JOIN inference_retrieval retrieval ON retrieval.id = item.retrieval_id
        LEFT JOIN catalog_category category ON category.id = item.category_id
        WHERE item.burst_id = seat.burst_id)
    ELSE (
        SELECT jsonb_agg(jsonb_build_array(
            proposal.id, COALESCE(plant."left", proposal."left"), COALESCE(plant.top, proposal.top),
            COALESCE(plant."right", proposal."right"), COALESCE(plant.bottom, proposal.bottom),
            category.id, category.id, category.slug, proposal.scene_id, seat.purpose <> 'work',
            COALESCE((SELECT jsonb_agg(match->'product') FROM jsonb_array_elements(plant.slate) match),
                     (SELECT jsonb_agg(product_id) FROM inference_candidate WHERE proposal_id = proposal.id))))
        FROM inference_proposal proposal
        LEFT JOIN (annotation_plant plant JOIN annotation_gold gold ON gold.id = plant.gold_id)
            ON plant.assignment_id = seat.id AND gold.proposal_id = proposal.id
        LEFT JOIN catalog_category category ON category.id =
            CASE WHEN plant.id IS NULL THEN proposal.category_id ELSE plant.category_id END
        WHERE proposal.scan_id = seat.scan_id AND (
            NOT EXISTS (SELECT 1 FROM annotation_campaign_categories WHERE campaign_id = seat.campaign_id)
            OR proposal.category_id IN (
                SELECT category_id FROM annotation_campaign_categories WHERE campaign_id = seat.campaign_id)))
    END)::text AS asked
FROM annotation_assignment seat JOIN annotation_campaign campaign ON campaign.id = seat.campaign_id
WHERE seat.id = %(seat)s
FOR UPDATE OF seat
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One object a seat asks about, by ids: as it was proposed, the category it is asked as, and the products offered.

    What is asked on gold is ``planted``: the answer measures only.
    """

    proposal: int
    box: Box
    proposed: int | None
    category: int | None
    slug: str | None
    scene: int
    planted: bool
    offered: frozenset[int]


@dataclass(frozen=True, slots=True)
class SeatTaken:
    """A locked seat, the vertical it is of, and what it asks, by proposal."""

    seat: Assignment
    vertical: int
    asked: dict[int, Asked]

    @property
    def adds(self) -> bool:
        """Whether boxes may be drawn here; a burst shows crops only."""
        return self.seat.kind in (Kind.SCENE, Kind.COVERAGE)


def seat_take(*, assignment_id: int) -> SeatTaken | None:
    """Lock a seat for the rest of the transaction; None where there is no such seat."""
    for seat in Assignment.objects.raw(prepared(TAKE, "seat"), {"seat": assignment_id}):
        beside = vars(seat)
        rows = json.loads(beside["asked"] or "[]")
        asked = (
            Asked(proposal, Box(*box), proposed, category, slug, scene, planted, frozenset(offered or ()))
            for proposal, *box, proposed, category, slug, scene, planted, offered in rows
        )
        return SeatTaken(seat, beside["vertical"], {each.proposal: each for each in asked})
    return None
