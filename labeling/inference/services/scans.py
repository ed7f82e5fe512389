"""Scans: queued as rows, claimed and held by workers, recorded once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from labeling.catalog.models import Category, Scene, Vertical
from labeling.common.errors import ConflictError
from labeling.inference.findings import Finding, Wishes
from labeling.inference.models import Candidate, IndexBuild, Proposal, Scan
from labeling.inference.selectors import (
    MAX_ATTEMPTS,
    LiveVersions,
    live_versions,
    products_fitting,
    scans_to_nudge,
    scenes_eligible,
)

BATCH = 1000
WORKER_DIED = "The worker died on this scene each time. Look at its log, then queue the scene again."


class NotReady(ConflictError):
    """A vertical has no live models or no index yet."""

    code = "not_ready"


def versions_needed(vertical: Vertical) -> LiveVersions:
    """The live versions of a vertical. Raises :class:`NotReady` with what to do where one is missing."""
    live = live_versions(vertical)
    if live is None:
        raise NotReady(
            f"{vertical.slug} has no live models. Load some: manage.py load_models DIR --vertical {vertical.slug}."
        )
    return live


@transaction.atomic
def scan_queue(*, vertical: Vertical, scenes: Iterable[Scene]) -> list[int]:
    """Queue the eligible ones of these scenes for the live versions; returns the scans that wait now because of it.

    A scene that waits or is done is left alone; one that failed is tried anew. Enqueue ``propose_scenes`` with what
    comes back. Raises :class:`NotReady` without live models or without an index.
    """
    live = versions_needed(vertical)
    if live.index is None:
        raise NotReady(f"{vertical.slug} has no index of its products yet. Run manage.py propose, which builds it.")
    asked = [scene.pk for scene in scenes]
    wanted = list(scenes_eligible(vertical).filter(pk__in=asked).values_list("pk", flat=True))
    mine = Scan.objects.filter(scene__in=wanted, detector=live.detector, embedder=live.embedder)
    there = set(mine.values_list("scene_id", flat=True))
    again = list(mine.filter(state=Scan.State.FAILED).select_for_update().values_list("pk", flat=True))
    Scan.objects.filter(pk__in=again).update(
        state=Scan.State.WAITING, attempts=0, error="", finished_at=None, nudged_at=timezone.now()
    )
    fresh = [pk for pk in wanted if pk not in there]
    Scan.objects.bulk_create(
        [Scan(scene_id=pk, detector=live.detector, embedder=live.embedder, nudged_at=timezone.now()) for pk in fresh],
        batch_size=BATCH,
        # Someone else may queue the same scenes at this moment; theirs count as well.
        ignore_conflicts=True,
    )
    queued = mine.filter(Q(scene__in=fresh) | Q(pk__in=again), state=Scan.State.WAITING)
    return list(queued.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def scans_withdraw(*, scenes: QuerySet[Scene]) -> int:
    """Take what waits of these scenes out of the queue, but for what a worker has in hand; returns how many."""
    waiting = Scan.objects.filter(state=Scan.State.WAITING, scene__in=scenes.values("pk"))
    free = list(waiting.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
    Scan.objects.filter(pk__in=free).delete()
    return len(free)


@transaction.atomic
def scans_claim(*, scan_ids: Sequence[int]) -> list[int]:
    """Count one more attempt at those that wait and that nobody works on; returns them."""
    claimed = _claimable(scan_ids)
    Scan.objects.filter(pk__in=claimed).update(attempts=F("attempts") + 1, nudged_at=timezone.now())
    return claimed


def scans_hold(*, scan_ids: Sequence[int]) -> list[Scan]:
    """Lock the waiting ones for the rest of the transaction, passing over those another worker holds.

    The lock goes with the worker's connection, however the worker ends.
    """
    held = _claimable(scan_ids)
    return list(
        Scan.objects.filter(pk__in=held).select_related("scene__vertical", "detector", "embedder").order_by("pk")
    )


@transaction.atomic
def scan_record(*, scan_id: int, findings: Sequence[Finding], index: IndexBuild | None = None) -> bool:
    """Write what a scan found, once: False where it was written before, and nothing changes then."""
    scan = Scan.objects.select_for_update(of=("self",)).select_related("scene").get(pk=scan_id)
    if scan.state != Scan.State.WAITING:
        return False
    categories = {item.slug: item.pk for item in Category.objects.filter(vertical=scan.scene.vertical_id)}
    # A product may have been withdrawn since the index was brought up to date.
    matched = {match.product_id for finding in findings for match in finding.matches}
    products = products_fitting(product_ids=matched, wishes=Wishes())
    proposals = Proposal.objects.bulk_create(
        [_proposal(scan, position, finding, categories) for position, finding in enumerate(findings)]
    )
    Candidate.objects.bulk_create(
        [
            Candidate(proposal=proposal, product_id=match.product_id, rank=rank, score=match.score)
            for proposal, finding in zip(proposals, findings, strict=True)
            for rank, match in enumerate((m for m in finding.matches if m.product_id in products), start=1)
        ],
        batch_size=BATCH,
    )
    scan.state, scan.index, scan.error, scan.finished_at = Scan.State.DONE, index, "", timezone.now()
    scan.save(update_fields=["state", "index", "error", "finished_at", "updated_at"])
    return True


@transaction.atomic
def scan_fail(*, scan_id: int, error: str) -> None:
    """Give a scan up, with the reason; one that is done stays done."""
    Scan.objects.filter(pk=scan_id, state=Scan.State.WAITING).update(
        state=Scan.State.FAILED, error=error, finished_at=timezone.now()
    )


@transaction.atomic
def scans_excuse(*, scan_ids: Sequence[int], error: str) -> None:
    """Note why an attempt broke off; those that had their share of attempts are given up with it."""
    waiting = Scan.objects.filter(pk__in=scan_ids, state=Scan.State.WAITING)
    waiting.update(error=error)
    for scan_id in list(waiting.filter(attempts__gte=MAX_ATTEMPTS).values_list("pk", flat=True)):
        scan_fail(scan_id=scan_id, error=error)


@transaction.atomic
def scans_sweep(*, limit: int) -> tuple[list[int], list[int]]:
    """Scans to nudge again: those never tried, and those tried before, which go one by one.

    Those that were tried often enough and left no word are given up.
    """
    rows = list(scans_to_nudge().select_for_update(skip_locked=True).only("pk", "attempts", "error")[:limit])
    for scan in rows:
        if scan.attempts >= MAX_ATTEMPTS:
            scan_fail(scan_id=scan.pk, error=scan.error or WORKER_DIED)
    alive = [scan for scan in rows if scan.attempts < MAX_ATTEMPTS]
    Scan.objects.filter(pk__in=[scan.pk for scan in alive]).update(nudged_at=timezone.now())
    return [scan.pk for scan in alive if not scan.attempts], [scan.pk for scan in alive if scan.attempts]


def _claimable(scan_ids: Sequence[int]) -> list[int]:
    rows = Scan.objects.select_for_update(skip_locked=True).filter(pk__in=scan_ids, state=Scan.State.WAITING)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _proposal(scan: Scan, position: int, finding: Finding, categories: dict[str, int]) -> Proposal:
    left, top, right, bottom = finding.detection.box
    return Proposal(
        scan=scan,
        scene_id=scan.scene_id,
        position=position,
        category_id=categories.get(finding.category) if finding.category else None,
        detector_class=finding.detection.category,
        score=finding.detection.score,
        left=left,
        top=top,
        right=right,
        bottom=bottom,
    )
