"""Drawing what follows from finished work, so that nobody who submits waits for it; look-alikes, leaks, exports and imports."""

from __future__ import annotations

import logging

from celery import shared_task

from labeling.annotation.selectors import assignments_unsettled
from labeling.catalog.models import Vertical
from labeling.common.errors import trouble_logged
from labeling.common.jobs import jobs_to_nudge
from labeling.datasets.alike import perceptual_hash, signed
from labeling.datasets.models import Snapshot
from labeling.datasets.selectors import LIKENESS, pictures_unseen, snapshots_unreported, verticals_to_weigh
from labeling.datasets.services import (
    EXPORT,
    FREEZE,
    IMPORT,
    MAP,
    Look,
    assignment_settle,
    doubts_refresh,
    export_write,
    exports_drop,
    freeze_run,
    import_run,
    leaks_report,
    leaks_report_once,
    likeness_record,
    map_draw,
    packed,
    uploads_drop,
)
from labeling.inference.selectors import live_versions
from labeling.inference.tasks import retrieve_candidates

log = logging.getLogger(__name__)

SWEEP_LIMIT = 500
PICTURES_AT_ONCE = 256
REPORTS_AT_ONCE = 5
LIKENESS_SECONDS = 20
REPORTS_SECONDS = 25


@shared_task
def settle_waiting() -> None:
    """Resolve the scenes of all finished work that waits, with their tags and pairs; whoever submits nudges, and the beat."""
    settle_waiting.taken_up()
    for assignment_id in assignments_unsettled(limit=SWEEP_LIMIT):
        with trouble_logged(log, "assignment %s could not be settled", assignment_id):
            for retrieval in assignment_settle(assignment_id=assignment_id):
                retrieve_candidates.delay_on_commit(retrieval.pk)


@shared_task
def write_export(job_id: int) -> None:
    """Write the file of an export that waits."""
    export_write(job_id=job_id)


@shared_task
def run_import(job_id: int) -> None:
    """Bring in other people's labels, from where the job is."""
    import_run(job_id=job_id)


@shared_task
def freeze_snapshot(job_id: int) -> None:
    """Freeze what a job asks for, and have the snapshot searched for leaks."""
    snapshot = freeze_run(job_id=job_id)
    if snapshot is not None:
        report_leaks.delay_on_commit(snapshot.pk)


@shared_task
def sweep_jobs() -> None:
    """Nudge the exports, imports, freezes and maps that wait, or whose worker was lost, and drop the files of old ones."""
    for job_id in jobs_to_nudge(kinds=[EXPORT]):
        write_export.delay(job_id)
    for job_id in jobs_to_nudge(kinds=[IMPORT]):
        run_import.delay(job_id)
    for job_id in jobs_to_nudge(kinds=[FREEZE]):
        freeze_snapshot.delay(job_id)
    for job_id in jobs_to_nudge(kinds=[MAP]):
        draw_map.delay(job_id)
    exports_drop()
    uploads_drop()


@shared_task
def look_for_alikes(vertical_id: int) -> int:
    """Look at the pictures of a vertical that nobody has compared with the others, a portion of each kind; returns how many."""
    from labeling.inference import runtime

    vertical = Vertical.objects.get(pk=vertical_id)
    live = live_versions(vertical)
    embedder = live.embedder if live else None
    done = 0
    for kind in LIKENESS:
        unseen = pictures_unseen(vertical=vertical, kind=kind, embedder=embedder, limit=PICTURES_AT_ONCE)
        seen = runtime.pictures_seen([each.image for each in unseen], embedder=embedder)
        looks = []
        for each, found in zip(unseen, seen, strict=True):
            if found is None:
                looks.append(Look(each.key, None, None))
                continue
            value = perceptual_hash(found[0])
            vector = None if found[1] is None else packed(found[1])
            looks.append(Look(each.key, None if value is None else signed(value), vector))
        dim = max((len(look.vector) // 2 for look in looks if look.vector), default=0)
        fingerprint = embedder.fingerprint if embedder else ""
        done += likeness_record(vertical=vertical, kind=kind, looks=looks, embedder=fingerprint, dim=dim)
    return done


@shared_task
def sweep_likeness() -> None:
    """Nudge the looking at pictures wherever some wait."""
    for vertical in Vertical.objects.order_by("pk"):
        live = live_versions(vertical)
        embedder = live.embedder if live else None
        if any(pictures_unseen(vertical=vertical, kind=kind, embedder=embedder, limit=1) for kind in LIKENESS):
            # What still waits when the next nudge comes is dropped, or a long look would have a queue of its own kind behind it.
            look_for_alikes.apply_async((vertical.pk,), expires=LIKENESS_SECONDS)


@shared_task
def report_leaks(snapshot_id: int, again: bool = False) -> None:
    """Search a snapshot for leaks between its splits: once, or ``again``, since new pictures were looked at."""
    snapshot = Snapshot.objects.get(pk=snapshot_id)
    if again:
        leaks_report(snapshot=snapshot)
    else:
        leaks_report_once(snapshot=snapshot)


@shared_task
def sweep_reports() -> None:
    """Have snapshots reported on that nobody has searched yet."""
    for snapshot_id in snapshots_unreported(limit=REPORTS_AT_ONCE):
        # What still waits when the next nudge comes is dropped, or it would stand in the queue once for each.
        report_leaks.apply_async((snapshot_id,), expires=REPORTS_SECONDS)


@shared_task
def draw_map(job_id: int) -> None:
    """Draw the map of pairs that a job asks for."""
    from labeling.inference import runtime

    map_draw(job_id=job_id, embed=runtime.crops_seen)


@shared_task
def weigh_pairs() -> None:
    """Write anew which pairs are suspicious, where enough of them came or went."""
    for vertical in verticals_to_weigh():
        doubts_refresh(vertical=vertical)
