"""Filling a campaign: which scenes are judged, in which kind of work, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from django.db import connection, transaction
from django.db.models import OuterRef, Prefetch, Subquery

from labeling.annotation.models import Assignment, Campaign, Kind, PriorityRule, Purpose
from labeling.annotation.services.bursting import bursts_compose, items_add
from labeling.annotation.services.ordering import gains_write
from labeling.brands.selectors import scenes_open
from labeling.catalog.models import Scene
from labeling.common.errors import ApplicationError
from labeling.inference.models import Candidate, ModelVersion, Proposal, Scan
from labeling.inference.selectors import scans_current, scenes_eligible

BATCH = 1000
MANY = 1000
"""So many new seats change what the planner should know of the table."""
BURSTS = {Kind.BOX_BURST, Kind.MATCH_BURST}

# How sure the models are of a scene or burst: the mean over its objects of box score times best match. ``{sign}`` is 1
# where the surest come first. Seats that are lent, and those asked for because of a tie, keep their place.
PRIORITIES = """
WITH waiting AS (
    SELECT id, scan_id, burst_id FROM annotation_assignment
    WHERE campaign_id = %(campaign)s AND state = 'waiting' AND annotator_id IS NULL AND slot < %(overlap)s
), objects AS (
    SELECT waiting.id AS seat, proposal.id, proposal.score
    FROM waiting JOIN inference_proposal proposal ON proposal.scan_id = waiting.scan_id
    UNION ALL
    SELECT waiting.id, proposal.id, proposal.score
    FROM waiting JOIN annotation_burstitem item ON item.burst_id = waiting.burst_id
    JOIN inference_proposal proposal ON proposal.id = item.proposal_id
), sure AS (
    SELECT seat, avg(objects.score * COALESCE(best.score, 0)) AS value
    FROM objects LEFT JOIN inference_candidate best ON best.proposal_id = objects.id AND best.rank = 1
    GROUP BY seat
)
UPDATE annotation_assignment seat SET priority = {sign} * sure.value
FROM sure WHERE seat.id = sure.seat AND seat.priority IS DISTINCT FROM {sign} * sure.value
"""


@transaction.atomic
def campaign_fill(*, campaign: Campaign, scenes: Iterable[Scene], priority: float = 0.0) -> int:
    """Add the work of these scenes; those that are there already are left alone, those that are not eligible left out.

    Returns how many seats are new.
    """
    before = campaign.assignments.count()
    waiting = iter(scenes)
    while batch := list(islice(waiting, BATCH)):
        for scene in batch:
            if scene.vertical_id != campaign.vertical_id:
                raise ApplicationError(
                    f"Scene {scene.external_id} is of another vertical than the campaign {campaign.name}."
                )
        _add(campaign, batch, priority)
    while bursts_compose(campaign=campaign):
        pass
    priorities_write(campaign=campaign)
    new = campaign.assignments.count() - before
    if new >= MANY:
        _analyze()
    return new


@transaction.atomic
def priorities_write(*, campaign: Campaign) -> int:
    """Bring the order of what waits up to date with the campaign's rule; returns how many seats changed place.

    What work is worth is known where tags are: see ``tags.services.work_order``.
    """
    if campaign.priority_rule in (PriorityRule.ARRIVAL, PriorityRule.WORTH):
        return 0
    if campaign.priority_rule == PriorityRule.LEARN:
        return gains_write(campaign=campaign)
    sign = 1 if campaign.priority_rule == PriorityRule.SURE else -1
    with connection.cursor() as cursor:
        cursor.execute(PRIORITIES.format(sign=sign), {"campaign": campaign.pk, "overlap": campaign.overlap})
        return int(cursor.rowcount)


@transaction.atomic
def seats_ready(*, campaign: Campaign) -> int:
    """Offer the scenes that the live versions have looked at since they came in; returns how many seats.

    Until then a seat is not in the queue, so that lending never walks past scenes that nobody has scanned yet.
    """
    there = scenes_open(Scene.objects.filter(vertical=campaign.vertical_id))
    seats = campaign.assignments.filter(state=Assignment.State.WAITING, ready=False, purpose=Purpose.WORK)
    seats = seats.filter(scene__in=there.values("pk"))
    if not _live_models(campaign):
        return seats.update(ready=True)
    done = scans_current(campaign.vertical).filter(state=Scan.State.DONE)
    scan = Subquery(done.filter(scene=OuterRef("scene")).values("pk")[:1])
    return seats.filter(scene__in=done.values("scene")).update(ready=True, scan=scan)


def _add(campaign: Campaign, batch: Sequence[Scene], priority: float) -> None:
    """Seats for scenes judged as a whole, objects for the bursts of the others, and the checks of what is missing."""
    fresh = _fresh(campaign, batch)
    scans = _scans(campaign, fresh)
    unscanned_is_ready = not _live_models(campaign)
    narrowed = campaign.categories.exists()
    items: list[Proposal] = []
    seats: list[Assignment] = []
    for scene in fresh:
        scan = scans.get(scene.pk)
        if narrowed and scan is not None and not scan.proposals.all():
            continue
        kind = _kind(campaign, scene, scan)
        if kind is None:
            items += scan.proposals.all() if scan else []
            if Kind.COVERAGE not in campaign.kinds:
                continue
        seats += [
            Assignment(
                campaign=campaign,
                kind=kind or Kind.COVERAGE,
                scene=scene,
                scan=scan,
                slot=slot,
                priority=priority,
                ready=scan is not None or unscanned_is_ready,
            )
            for slot in range(campaign.overlap)
        ]
    items_add(campaign=campaign, proposals=items)
    Assignment.objects.bulk_create(seats, ignore_conflicts=True)


def _fresh(campaign: Campaign, batch: Sequence[Scene]) -> list[Scene]:
    """Eligible scenes of which this campaign holds nothing yet."""
    eligible = scenes_eligible(campaign.vertical).filter(pk__in=[scene.pk for scene in batch])
    wanted = set(eligible.values_list("pk", flat=True))
    seated = campaign.assignments.filter(scene__in=batch, purpose=Purpose.WORK).values_list("scene", flat=True)
    asked = campaign.burst_items.filter(scene__in=batch, plant=None).values_list("scene", flat=True)
    known = {*seated, *asked}
    return [scene for scene in batch if scene.pk in wanted - known]


def _scans(campaign: Campaign, scenes: Sequence[Scene]) -> dict[int, Scan]:
    """The scans that are shown, by scene, each with the proposals this campaign asks about and their best matches."""
    proposals = Proposal.objects.order_by("position").prefetch_related(
        Prefetch("candidates", Candidate.objects.filter(rank=1))
    )
    categories = list(campaign.categories.all())
    if categories:
        proposals = proposals.filter(category__in=categories)
    scans = scans_current(campaign.vertical).filter(state=Scan.State.DONE, scene__in=scenes)
    return {scan.scene_id: scan for scan in scans.prefetch_related(Prefetch("proposals", proposals))}


def _kind(campaign: Campaign, scene: Scene, scan: Scan | None) -> Kind | None:
    """How a scene's objects are judged: with the scene, as part of no whole (coverage alone), or, for None, in bursts."""
    if not BURSTS & set(campaign.kinds):
        return Kind.SCENE if Kind.SCENE in campaign.kinds else Kind.COVERAGE
    if Kind.SCENE in campaign.kinds and not _is_sure(campaign, scan):
        return Kind.SCENE
    if scan is None:
        raise ApplicationError(
            f"Scene {scene.external_id} has no proposals yet, so nothing of it can go into a burst. "
            "Propose it first, or let the campaign judge whole scenes too."
        )
    return None


def _is_sure(campaign: Campaign, scan: Scan | None) -> bool:
    """Whether every object has a category and a best match of at least the campaign's floor."""
    proposals = list(scan.proposals.all()) if scan else []
    best = [
        each.candidates.all()[0].score if each.category_id and each.candidates.all() else None for each in proposals
    ]
    return bool(best) and all(score is not None and score >= campaign.burst_floor for score in best)


def _live_models(campaign: Campaign) -> bool:
    versions = ModelVersion.objects.filter(vertical=campaign.vertical_id, live=True)
    return versions.count() == len(ModelVersion.Kind)


def _analyze() -> None:
    """Tell the planner at once, else it lends from a table it takes for nearly empty."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE annotation_assignment, annotation_burstitem, annotation_burst")
