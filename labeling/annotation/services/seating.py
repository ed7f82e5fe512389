"""Extra seats: for those who come late, for work that was passed on, and for ties."""

from __future__ import annotations

from django.db.models import Max

from labeling.annotation.models import Assignment, Burst, Kind
from labeling.brands.models import Policy
from labeling.brands.selectors import policy_for
from labeling.catalog.models import Scene


def seat_beyond(seat: Assignment, *, priority: float | None = None) -> Assignment:
    """One more seat, not saved yet, at the scene or burst of ``seat``; call it in a transaction and save it there."""
    return _beyond(
        Assignment(
            campaign_id=seat.campaign_id,
            kind=seat.kind,
            scene_id=seat.scene_id,
            burst_id=seat.burst_id,
            scan_id=seat.scan_id,
            priority=seat.priority if priority is None else priority,
        )
    )


def seat_for_tie(*, campaign_id: int, scene: Scene, priority: float) -> Assignment:
    """One more seat, not saved yet, at a scene as a whole, whatever its objects were judged in before."""
    return _beyond(Assignment(campaign_id=campaign_id, kind=Kind.SCENE, scene=scene, priority=priority))


def _beyond(seat: Assignment) -> Assignment:
    """Give a seat the next free slot. Whoever adds one to the same scene or burst waits for this transaction."""
    if seat.burst is not None:
        Burst.objects.select_for_update(no_key=True).get(pk=seat.burst.pk)
    elif seat.scene is not None:
        scene = Scene.objects.select_for_update(no_key=True).get(pk=seat.scene.pk)
        seat.ready = policy_for(scene=scene) != Policy.CLOSED
    beside = Assignment.objects.filter(
        campaign=seat.campaign_id, kind=seat.kind, scene=seat.scene_id, burst=seat.burst_id
    )
    last = beside.aggregate(last=Max("slot"))["last"]
    seat.slot = 0 if last is None else last + 1
    return seat
