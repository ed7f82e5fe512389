"""What may be asked, as the live versions see it, and what was asked so far: what the order by gain goes by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Count

from labeling.annotation.gains import Prospect, Seen, Taught, torn
from labeling.annotation.models import Campaign, Resolution
from models_ml.types import Box

CONSIDERED = 10_000
"""Seats that are put in order at a time; whatever comes behind them waits for its turn in the order it has."""
LANDMARKS = 9
"""Products of a slate by which an object is known."""

# What a scene seat shows is what the live versions see there; a burst shows what it was composed of.
SEATS = """
WITH seat AS (
    SELECT id, scene_id, burst_id, scan_id FROM annotation_assignment
    WHERE campaign_id = %(campaign)s AND state = 'waiting' AND ready AND purpose = 'work' AND annotator_id IS NULL
      AND slot < %(overlap)s
    ORDER BY priority DESC, id LIMIT %(most)s
), shown AS (
    SELECT seat.id, COALESCE((
        SELECT scan.id FROM inference_scan scan
        JOIN inference_modelversion detector ON detector.id = scan.detector_id AND detector.live
        JOIN inference_modelversion embedder ON embedder.id = scan.embedder_id AND embedder.live
        WHERE scan.scene_id = seat.scene_id AND scan.state = 'done' LIMIT 1), seat.scan_id) AS scan_id
    FROM seat WHERE seat.scene_id IS NOT NULL
)
SELECT seat.id, seat.scene_id, seat.burst_id, proposal.id FROM seat JOIN shown ON shown.id = seat.id
JOIN inference_proposal proposal ON proposal.scan_id = shown.scan_id
UNION ALL
SELECT seat.id, seat.scene_id, seat.burst_id, item.proposal_id FROM seat
JOIN annotation_burstitem item ON item.burst_id = seat.burst_id AND item.plant_id IS NULL
ORDER BY 1, 4
"""

PROPOSALS = """
SELECT proposal.id, proposal.scan_id, COALESCE(category.slug, ''), proposal.score,
       proposal."left", proposal.top, proposal."right", proposal.bottom, slate.products, slate.scores
FROM inference_proposal proposal
LEFT JOIN catalog_category category ON category.id = proposal.category_id
LEFT JOIN LATERAL (
    SELECT array_agg(product_id ORDER BY rank) AS products, array_agg(score ORDER BY rank) AS scores
    FROM inference_candidate WHERE proposal_id = proposal.id AND rank <= %(landmarks)s
) slate ON true
WHERE proposal.id = ANY(%(proposals)s) AND (%(categories)s::bigint[] IS NULL OR proposal.category_id = ANY(%(categories)s))
ORDER BY proposal.id
"""

# The last look of other versions at a scene, before the one that is shown.
BEFORE = """
SELECT shown.id, proposal."left", proposal.top, proposal."right", proposal.bottom, COALESCE(category.slug, ''),
       candidate.product_id
FROM inference_scan shown
CROSS JOIN LATERAL (
    SELECT id FROM inference_scan earlier
    WHERE earlier.scene_id = shown.scene_id AND earlier.id < shown.id AND earlier.state = 'done'
    ORDER BY earlier.id DESC LIMIT 1) earlier
JOIN inference_proposal proposal ON proposal.scan_id = earlier.id
LEFT JOIN catalog_category category ON category.id = proposal.category_id
LEFT JOIN inference_candidate candidate ON candidate.proposal_id = proposal.id AND candidate.rank = 1
WHERE shown.id = ANY(%(scans)s)
ORDER BY proposal.id
"""


def lots_waiting(*, campaign: Campaign) -> dict[tuple[int, ...], list[Prospect]]:
    """What waits in a campaign: by the seats at one scene or burst the objects it asks about, the oldest first.

    What asks about nothing is left out.
    """
    seats: dict[tuple[int | None, int | None], set[int]] = defaultdict(set)
    asked: dict[tuple[int | None, int | None], set[int]] = defaultdict(set)
    given = {"campaign": campaign.pk, "overlap": campaign.overlap, "most": CONSIDERED}
    for seat, scene, burst, proposal in _rows(SEATS, given):
        seats[scene, burst].add(seat)
        asked[scene, burst].add(proposal)
    prospects = prospects_of(campaign=campaign, proposals={each for some in asked.values() for each in some})
    lots = {
        tuple(sorted(seats[place])): [prospects[each] for each in sorted(some) if each in prospects]
        for place, some in asked.items()
    }
    return {lot: some for lot, some in lots.items() if some}


def prospects_of(*, campaign: Campaign, proposals: Iterable[int]) -> dict[int, Prospect]:
    """These proposals as what may be asked, by id; those of other categories than the campaign's are left out."""
    categories = list(campaign.categories.values_list("pk", flat=True)) or None
    given = {"proposals": list(proposals), "categories": categories, "landmarks": LANDMARKS}
    rows = _rows(PROPOSALS, given)
    before = _seen_before({scan for _, scan, *_ in rows})
    by_scan: dict[int, dict[int, Seen]] = defaultdict(dict)
    for proposal, scan, category, _, left, top, right, bottom, products, _ in rows:
        by_scan[scan][proposal] = Seen(Box(left, top, right, bottom), category, products[0] if products else None)
    disagreed: dict[int, float] = {}
    for scan, seen in by_scan.items():
        disagreed.update(zip(seen, torn(list(seen.values()), before[scan]), strict=True))
    return {
        proposal: Prospect(category, score, tuple(products or ()), tuple(similarities or ()), disagreed[proposal])
        for proposal, _, category, score, *_, products, similarities in rows
    }


def taught_so_far(*, campaign: Campaign) -> Taught:
    """What people settled in this vertical: how often a category was judged, and how often a product was found."""
    settled = Resolution.objects.filter(campaign__vertical=campaign.vertical_id, campaign__blind_audit=False).order_by()
    by_category = settled.filter(accepted=True).values_list("category__slug").annotate(n=Count("pk"))
    by_product = settled.filter(product__isnull=False).values_list("product").annotate(n=Count("pk"))
    return Taught(
        {slug or "": float(n) for slug, n in by_category},
        {product: float(n) for product, n in by_product if product is not None},
    )


def _seen_before(scans: set[int]) -> dict[int, list[Seen]]:
    """What the versions before those of each scan saw in its scene."""
    seen: dict[int, list[Seen]] = defaultdict(list)
    for scan, *box, category, product in _rows(BEFORE, {"scans": list(scans)}):
        seen[scan].append(Seen(Box(*box), category, product))
    return seen


def _rows(statement: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall())
