"""Bringing work into the order in which the next models learn most from it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction

from labeling.annotation.gains import teaching_order
from labeling.annotation.models import BurstItem, Campaign
from labeling.annotation.selectors import lots_waiting, prospects_of, taught_so_far

# What was lent while the order was worked out keeps its place.
WRITE = """
UPDATE annotation_assignment seat SET priority = given.priority
FROM unnest(%(seats)s::bigint[], %(priorities)s::float8[]) AS given(id, priority)
WHERE seat.id = given.id AND seat.state = 'waiting' AND seat.annotator_id IS NULL
  AND seat.priority IS DISTINCT FROM given.priority
"""


@transaction.atomic
def gains_write(*, campaign: Campaign) -> int:
    """Order what waits by what is expected to be learned a decision; returns how many seats changed place.

    The seats at one scene or burst go together. What teaches first counts against what resembles it, so that the next
    scene differs from those before. Lent seats, and those asked for because of a tie, keep their place.
    """
    seats, priorities = list[int](), list[float]()
    for lot, gain in teaching_order(lots_waiting(campaign=campaign), taught_so_far(campaign=campaign)):
        seats += lot
        priorities += [gain] * len(lot)
    with connection.cursor() as cursor:
        cursor.execute(WRITE, {"seats": seats, "priorities": priorities})
        return int(cursor.rowcount)


def items_by_gain(*, campaign: Campaign, items: Sequence[BurstItem]) -> list[BurstItem]:
    """Objects that wait for a burst, by kind and category, those that teach most first within each."""
    prospects = prospects_of(campaign=campaign, proposals=[item.proposal_id for item in items])
    lots = {item.pk: [prospects[item.proposal_id]] for item in items if item.proposal_id in prospects}
    place = {item: n for n, (item, _) in enumerate(teaching_order(lots, taught_so_far(campaign=campaign)))}
    return sorted(items, key=lambda item: (item.kind, item.category_id or 0, place.get(item.pk, len(place)), item.pk))
