"""Whether jobs stand still for want of a worker."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from labeling.common.models import Job
from labeling.inference.workers import worker_known

QUEUE = "default"
WORKER_SECONDS = 5
"""A job that has waited so long makes one ask whether any worker is there."""


def worker_lacks(jobs: Iterable[Job]) -> bool:
    """Whether one of these jobs has waited for a while, and no worker answers."""
    return any(map(_is_stuck, jobs)) and not worker_known(QUEUE)


def _is_stuck(job: Job) -> bool:
    return job.state == Job.State.WAITING and (timezone.now() - job.updated_at).total_seconds() > WORKER_SECONDS
