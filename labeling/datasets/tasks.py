"""Drawing what follows from finished work, so that nobody who submits waits for it; exports and imports."""

from __future__ import annotations

from celery import shared_task

from labeling.annotation.selectors import assignments_unsettled
from labeling.common.jobs import jobs_to_nudge
from labeling.datasets.services import (
    EXPORT,
    IMPORT,
    assignment_settle,
    export_write,
    exports_drop,
    import_run,
)
from labeling.inference.tasks import retrieve_candidates

SWEEP_LIMIT = 500


@shared_task
def settle_assignment(assignment_id: int) -> None:
    """Resolve the scenes of one submission, with their tags and pairs; once, however often it is asked."""
    for retrieval in assignment_settle(assignment_id=assignment_id):
        retrieve_candidates.delay_on_commit(retrieval.pk)


@shared_task
def settle_waiting() -> None:
    """Settle what no message told of: it, or the worker that had it, was lost."""
    for assignment_id in assignments_unsettled(limit=SWEEP_LIMIT):
        settle_assignment(assignment_id)


@shared_task
def write_export(job_id: int) -> None:
    """Write the file of an export that waits."""
    export_write(job_id=job_id)


@shared_task
def run_import(job_id: int) -> None:
    """Bring in other people's labels, from where the job is."""
    import_run(job_id=job_id)


@shared_task
def sweep_jobs() -> None:
    """Nudge the exports and imports that wait, or whose worker was lost, and drop the files of old exports."""
    for job_id in jobs_to_nudge(kinds=[EXPORT]):
        write_export.delay(job_id)
    for job_id in jobs_to_nudge(kinds=[IMPORT]):
        run_import.delay(job_id)
    exports_drop()
