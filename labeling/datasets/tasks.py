"""Drawing what follows from finished work, so that nobody who submits waits for it."""

from __future__ import annotations

from celery import shared_task

from labeling.annotation.selectors import assignments_unsettled
from labeling.datasets.services import assignment_settle
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
