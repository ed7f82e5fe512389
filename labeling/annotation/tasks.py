"""Work of the beat: leases that ran out, and what became ready to be lent."""

from __future__ import annotations

from celery import shared_task

from labeling.annotation.selectors import campaigns_to_tend
from labeling.annotation.services import bursts_compose, leases_sweep, priorities_write, seats_ready


@shared_task
def sweep_leases() -> None:
    """Free the seats of people who went away."""
    leases_sweep()


@shared_task
def tend_campaigns() -> None:
    """Bring scenes that were scanned since, and objects that found their candidates, into the queue."""
    for campaign in campaigns_to_tend():
        ready, composed = seats_ready(campaign=campaign), bursts_compose(campaign=campaign)
        if ready or composed:
            priorities_write(campaign=campaign)
