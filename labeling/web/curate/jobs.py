"""What pages of long work have in common: cancelling it, and saying that it stands still for want of a worker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import Promise

from labeling.common.jobs import job_cancel
from labeling.common.models import Job
from labeling.inference.workers import worker_known
from labeling.web.access import person
from labeling.web.answers import back, rules_as_messages

QUEUE = "default"
WORKER_SECONDS = 5
"""A job that has waited so long makes one ask whether any worker is there."""


def cancelled(
    request: HttpRequest, job_id: int, *, kinds: Sequence[str], words: str | Promise, page: str
) -> HttpResponse:
    """Stop a job of these kinds at its next step, say so in these words on the page of this name; a 404 for any other."""
    job = get_object_or_404(Job, pk=job_id, kind__in=kinds)
    with rules_as_messages(request, words):
        job_cancel(job=job, actor=person(request))
    return back(request, page)


def worker_lacks(jobs: Iterable[Job]) -> bool:
    """Whether one of these jobs has waited for a while, and no worker answers."""
    return any(map(_is_stuck, jobs)) and not worker_known(QUEUE)


def _is_stuck(job: Job) -> bool:
    return job.state == Job.State.WAITING and (timezone.now() - job.updated_at).total_seconds() > WORKER_SECONDS
