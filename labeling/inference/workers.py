"""Whether any worker is there to do what is queued."""

from __future__ import annotations

from celery import current_app

SCANS_QUEUE = "gpu"
NO_WORKER = "No worker is running for the queue {queue}. Start one: make work."


def worker_answers(queue: str = SCANS_QUEUE, *, timeout: float = 1.0) -> bool:
    """Whether a worker of ``queue`` answers within ``timeout`` seconds.

    One that computes in its only process answers late, so ask only where nothing has moved for a while.
    """
    answers = current_app.control.inspect(timeout=timeout).active_queues() or {}
    return any(entry["name"] == queue for queues in answers.values() for entry in queues)
