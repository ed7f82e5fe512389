"""Whether any worker is there to do what is queued."""

from __future__ import annotations

from celery import current_app
from django.core.cache import cache

SCANS_QUEUE = "gpu"
ASKED_SECONDS = 10
NO_WORKER = "No worker is running for the queue {queue}. Start one: make work."


def worker_answers(queue: str = SCANS_QUEUE, *, timeout: float = 1.0) -> bool:
    """Whether a worker of ``queue`` answers within ``timeout`` seconds.

    One that computes in its only process answers late, so ask only where nothing has moved for a while.
    """
    answers = current_app.control.inspect(timeout=timeout).active_queues() or {}
    return any(entry["name"] == queue for queues in answers.values() for entry in queues)


def worker_known(queue: str = SCANS_QUEUE) -> bool:
    """The same, asked at most every few seconds, however many pages watch."""
    known: bool | None = cache.get(f"worker-answers-{queue}")
    if known is None:
        known = worker_answers(queue)
        cache.set(f"worker-answers-{queue}", known, ASKED_SECONDS)
    return known
