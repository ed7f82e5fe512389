"""Lending seats under a lease, so that no two people ever hold the same one."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from labeling.accounts.models import User
from labeling.annotation.models import Assignment, Campaign
from labeling.annotation.selectors import assignments_held

MOST_AT_ONCE = 10

# The scan shown is the one that others already judge in this campaign, else the one of the live versions, else the one
# the seat was shown with before. A vertical without a live detector and embedder lends scenes as they are.
# Of a scene's free seats only the first is offered, so nobody is lent two; whoever comes in the same instant gets another
# scene and may have this one's next seat a moment later.
LEND = """
WITH free AS (
    SELECT seat.id, shown.scan_id
    FROM annotation_assignment seat
    JOIN annotation_campaign campaign ON campaign.id = seat.campaign_id AND campaign.state = 'open'
    CROSS JOIN LATERAL (
        SELECT COALESCE(
            (SELECT other.scan_id FROM annotation_assignment other
              WHERE other.campaign_id = seat.campaign_id AND other.scene_id = seat.scene_id AND other.id <> seat.id
                AND other.scan_id IS NOT NULL AND (other.annotator_id IS NOT NULL)
              ORDER BY other.slot LIMIT 1),
            (SELECT scan.id FROM inference_scan scan
              JOIN inference_modelversion detector ON detector.id = scan.detector_id AND detector.live
              JOIN inference_modelversion embedder ON embedder.id = scan.embedder_id AND embedder.live
              WHERE scan.scene_id = seat.scene_id AND scan.state = 'done' LIMIT 1),
            seat.scan_id
        ) AS scan_id
    ) shown
    WHERE seat.campaign_id = %(campaign)s
      AND seat.state = 'waiting'
      AND (seat.leased_until IS NULL OR seat.leased_until < statement_timestamp())
      AND NOT EXISTS (
          SELECT 1 FROM annotation_assignment mine
          WHERE mine.campaign_id = seat.campaign_id AND mine.scene_id = seat.scene_id
            AND mine.annotator_id = %(annotator)s)
      AND NOT EXISTS (
          SELECT 1 FROM annotation_assignment earlier
          WHERE earlier.campaign_id = seat.campaign_id AND earlier.scene_id = seat.scene_id
            AND earlier.state = 'waiting' AND earlier.slot < seat.slot
            AND (earlier.leased_until IS NULL OR earlier.leased_until < statement_timestamp()))
      AND (shown.scan_id IS NOT NULL OR 2 > (
          SELECT count(*) FROM inference_modelversion version
          WHERE version.vertical_id = campaign.vertical_id AND version.live))
    ORDER BY seat.priority DESC, seat.id
    LIMIT %(want)s
    FOR UPDATE OF seat SKIP LOCKED
)
UPDATE annotation_assignment seat
SET annotator_id = %(annotator)s,
    token = gen_random_uuid(),
    former = CASE WHEN seat.token IS NULL OR seat.annotator_id IS NULL THEN seat.former
             ELSE seat.former || jsonb_build_object(seat.token::text, seat.annotator_id) END,
    leased_until = statement_timestamp() + make_interval(secs => %(seconds)s),
    scan_id = free.scan_id,
    revision = 0,
    draft = NULL
FROM free
WHERE seat.id = free.id
RETURNING seat.id
"""


@transaction.atomic
def assignment_lend(*, annotator: User, campaign: Campaign, want: int = 3) -> list[int]:
    """Lend up to ``want`` seats in all: those this person has already come first and are renewed. Returns their ids."""
    want = max(0, min(want, MOST_AT_ONCE))
    # Two tabs of one person take turns, so that together they get no more than one would.
    User.objects.select_for_update(no_key=True).get(pk=annotator.pk)
    mine = list(
        assignments_held(annotator=annotator, campaign=campaign).select_for_update().values_list("pk", flat=True)[:want]
    )
    if mine:
        Assignment.objects.filter(pk__in=mine).update(
            leased_until=timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
        )
    if len(mine) < want:
        with connection.cursor() as cursor:
            cursor.execute(
                LEND,
                {
                    "campaign": campaign.pk,
                    "annotator": annotator.pk,
                    "want": want - len(mine),
                    "seconds": settings.LEASE_SECONDS,
                },
            )
            lent = [int(pk) for (pk,) in cursor.fetchall()]
        mine += Assignment.objects.filter(pk__in=lent).order_by(F("priority").desc(), "id").values_list("pk", flat=True)
    return mine


@transaction.atomic
def leases_sweep() -> int:
    """Take the name off seats whose lease ran out; returns how many.

    A seat with a draft keeps it, so that its author finds the draft again unless someone else took the seat meanwhile:
    an expired lease lends the seat to the next who asks either way.
    """
    expired = Assignment.objects.filter(
        state=Assignment.State.WAITING, annotator__isnull=False, leased_until__lt=timezone.now(), draft__isnull=True
    )
    seats = list(expired.select_for_update(skip_locked=True).order_by("pk")[:1000])
    for seat in seats:
        seat.former[str(seat.token)] = seat.annotator_id
        seat.annotator = seat.token = seat.leased_until = None
    Assignment.objects.bulk_update(seats, ["former", "annotator", "token", "leased_until"])
    return len(seats)
