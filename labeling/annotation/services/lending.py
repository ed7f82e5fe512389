"""Lending seats under a lease, so that no two people ever hold the same one."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from labeling.accounts.models import User
from labeling.annotation.models import Assignment, Campaign, Purpose
from labeling.common.errors import NotFoundError
from labeling.common.prepared import prepared

MOST_AT_ONCE = 10

# Two tabs of one person take turns, so that together they get no more than one would.
TAKE_TURN = """
SELECT campaign.id FROM annotation_campaign campaign CROSS JOIN accounts_user person
WHERE campaign.id = %(campaign)s AND person.id = %(annotator)s
FOR NO KEY UPDATE OF person
"""

# What this person holds already is renewed and comes first; the rest is taken from the front of the queue.
# The scan shown is the one that others already judge in this campaign, else labels that others made where the seat came with
# them, else the one of the live versions, else the one the seat was shown with before. A vertical without a live detector and
# embedder lends scenes as they are.
# Of the free seats of a scene or burst only the first is offered, so nobody is lent two; whoever comes in the same instant
# gets another and may have the next seat a moment later. Nobody judges as a whole a scene of which they judged objects.
# Who looks again at an object has not said a word about it, in whatever campaign.
# What is reserved is its annotator's alone; whoever is paused gets nothing, and whoever has a test before them that alone.
# OFFSET 0 keeps each question about a seat a look-up in its own index. Joined, they would take the planner ten times as long
# as the work itself, and lead it through whole tables as long as it knows nothing of freshly filled ones.
LEND = """
WITH mine AS (
    SELECT seat.id FROM annotation_assignment seat
    WHERE seat.campaign_id = %(campaign)s AND seat.annotator_id = %(annotator)s AND seat.state = 'waiting'
      AND NOT EXISTS (
          SELECT 1 FROM annotation_standing standing
          WHERE standing.campaign_id = %(campaign)s AND standing.annotator_id = %(annotator)s
            AND standing.state = 'paused' OFFSET 0)
    ORDER BY seat.priority DESC, seat.id
    LIMIT %(want)s
    FOR UPDATE
), free AS (
    SELECT seat.id, seat.priority, shown.scan_id
    FROM annotation_assignment seat
    JOIN annotation_campaign campaign ON campaign.id = seat.campaign_id AND campaign.state = 'open'
    CROSS JOIN LATERAL (
        SELECT COALESCE(
            (SELECT proposal.scan_id FROM annotation_burstitem item
              JOIN inference_proposal proposal ON proposal.id = item.proposal_id
              WHERE item.campaign_id = seat.campaign_id AND item.scene_id = seat.scene_id AND item.plant_id IS NULL
              LIMIT 1),
            (SELECT other.scan_id FROM annotation_assignment other
              WHERE other.campaign_id = seat.campaign_id AND other.scene_id = seat.scene_id AND other.id <> seat.id
                AND other.purpose = 'work' AND other.scan_id IS NOT NULL AND other.annotator_id IS NOT NULL
              ORDER BY other.slot LIMIT 1),
            (SELECT scan.id FROM inference_scan scan
              JOIN inference_modelversion labels ON labels.id = scan.detector_id AND labels.path LIKE 'labels/%%'
              WHERE scan.id = seat.scan_id),
            (SELECT scan.id FROM inference_scan scan
              JOIN inference_modelversion detector ON detector.id = scan.detector_id AND detector.live
              JOIN inference_modelversion embedder ON embedder.id = scan.embedder_id AND embedder.live
              WHERE scan.scene_id = seat.scene_id AND scan.state = 'done' LIMIT 1),
            seat.scan_id
        ) AS scan_id OFFSET 0
    ) shown
    WHERE seat.campaign_id = %(campaign)s
      AND seat.state = 'waiting' AND seat.ready AND seat.purpose = 'work'
      AND (seat.reserved_until IS NULL OR seat.reserved_until < statement_timestamp())
      AND COALESCE(
          (SELECT standing.state FROM annotation_standing standing
            WHERE standing.campaign_id = %(campaign)s AND standing.annotator_id = %(annotator)s),
          CASE WHEN campaign.entry_test > 0 THEN 'training' ELSE 'admitted' END) = 'admitted'
      AND (SELECT count(*) FROM mine) < %(want)s
      AND (seat.leased_until IS NULL OR seat.leased_until < statement_timestamp())
      AND NOT EXISTS (
          SELECT 1 FROM annotation_assignment mine
          WHERE mine.campaign_id = seat.campaign_id AND mine.scene_id = seat.scene_id
            AND mine.annotator_id = %(annotator)s OFFSET 0)
      AND NOT EXISTS (
          SELECT 1 FROM annotation_assignment mine
          WHERE mine.burst_id = seat.burst_id AND mine.annotator_id = %(annotator)s OFFSET 0)
      AND NOT EXISTS (
          SELECT 1 FROM annotation_burstitem item JOIN annotation_annotation said ON said.proposal_id = item.proposal_id
          WHERE item.burst_id = seat.burst_id AND item.look > 1 AND said.annotator_id = %(annotator)s OFFSET 0)
      AND NOT EXISTS (
          SELECT 1 FROM annotation_annotation said
          WHERE seat.kind = 'scene' AND said.campaign_id = seat.campaign_id AND said.scene_id = seat.scene_id
            AND said.annotator_id = %(annotator)s OFFSET 0)
      AND NOT EXISTS (
          SELECT 1 FROM annotation_assignment earlier
          WHERE earlier.campaign_id = seat.campaign_id AND earlier.scene_id = seat.scene_id AND earlier.kind = seat.kind
            AND earlier.state = 'waiting' AND earlier.slot < seat.slot AND earlier.purpose = 'work'
            AND (earlier.reserved_until IS NULL OR earlier.reserved_until < statement_timestamp())
            AND (earlier.leased_until IS NULL OR earlier.leased_until < statement_timestamp()) OFFSET 0)
      AND NOT EXISTS (
          SELECT 1 FROM annotation_assignment earlier
          WHERE earlier.burst_id = seat.burst_id AND earlier.state = 'waiting' AND earlier.slot < seat.slot
            AND (earlier.reserved_until IS NULL OR earlier.reserved_until < statement_timestamp())
            AND (earlier.leased_until IS NULL OR earlier.leased_until < statement_timestamp()) OFFSET 0)
      AND (seat.burst_id IS NOT NULL OR shown.scan_id IS NOT NULL OR 2 > (
          SELECT count(*) FROM inference_modelversion version
          WHERE version.vertical_id = campaign.vertical_id AND version.live))
    ORDER BY seat.priority DESC, seat.id
    -- A constant, so that the planner walks the index and never sorts the backlog.
    LIMIT %(want)s
    FOR UPDATE OF seat SKIP LOCKED
), taken AS (
    SELECT free.id, free.scan_id FROM free ORDER BY free.priority DESC, free.id
    LIMIT %(want)s - (SELECT count(*) FROM mine)
), renewed AS (
    UPDATE annotation_assignment seat
    SET leased_until = statement_timestamp() + make_interval(secs => %(seconds)s),
        token = COALESCE(seat.token, gen_random_uuid())
    FROM mine WHERE seat.id = mine.id
    RETURNING seat.id, seat.kind, seat.burst_id, seat.priority, 0 AS turn
), lent AS (
    UPDATE annotation_assignment seat
    SET annotator_id = %(annotator)s,
        token = gen_random_uuid(),
        former = CASE WHEN seat.token IS NULL OR seat.annotator_id IS NULL THEN seat.former
                 ELSE seat.former || jsonb_build_object(seat.token::text, seat.annotator_id) END,
        leased_until = statement_timestamp() + make_interval(secs => %(seconds)s),
        scan_id = taken.scan_id,
        reserved_until = NULL,
        returned_reason = '',
        revision = 0,
        draft = NULL
    FROM taken WHERE seat.id = taken.id
    RETURNING seat.id, seat.kind, seat.burst_id, seat.priority, 1 AS turn
)
SELECT id, kind, burst_id FROM (SELECT * FROM renewed UNION ALL SELECT * FROM lent) held
ORDER BY turn, priority DESC, id
"""


@transaction.atomic
def assignment_lend(*, annotator: User, campaign_id: int, want: int = 3) -> list[Assignment]:
    """Lend up to ``want`` seats in all: those this person has already come first and are renewed.

    Of the seats returned only id, kind and burst are loaded. Raises :class:`NotFoundError` without such a campaign.
    """
    want = max(0, min(want, MOST_AT_ONCE))
    names = {
        "campaign": campaign_id,
        "annotator": annotator.pk,
        "want": want,
        "seconds": settings.LEASE_SECONDS,
    }
    if not list(Campaign.objects.raw(prepared(TAKE_TURN, "campaign", "annotator"), names)):
        raise NotFoundError(f"There is no campaign {campaign_id}.")
    return list(Assignment.objects.raw(prepared(LEND, "campaign", "annotator", "seconds", want=want), names))


@transaction.atomic
def leases_sweep() -> int:
    """Take the name off seats whose lease ran out; returns how many.

    A seat with a draft keeps it, so that its author finds the draft again unless someone else took the seat meanwhile:
    an expired lease lends the seat to the next who asks either way.
    """
    expired = Assignment.objects.filter(
        Q(reserved_until=None) | Q(reserved_until__lt=timezone.now()),
        state=Assignment.State.WAITING,
        purpose=Purpose.WORK,
        annotator__isnull=False,
        leased_until__lt=timezone.now(),
        draft__isnull=True,
    )
    seats = list(expired.select_for_update(skip_locked=True).order_by("pk")[:1000])
    for seat in seats:
        seat.former[str(seat.token)] = seat.annotator_id
        seat.annotator = seat.token = seat.leased_until = None
    Assignment.objects.bulk_update(seats, ["former", "annotator", "token", "leased_until"])
    return len(seats)
