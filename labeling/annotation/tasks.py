"""Work of the beat: leases that ran out, what became ready to be lent, and how well people do."""

from __future__ import annotations

from celery import shared_task

from labeling.annotation.selectors import campaigns_by_gain, campaigns_to_tend, verticals_to_measure
from labeling.annotation.services import (
    bursts_compose,
    golds_drop,
    leases_sweep,
    priorities_write,
    seats_ready,
    skills_write,
)


@shared_task
def sweep_leases() -> None:
    """Free the seats of people who went away."""
    leases_sweep()
    golds_drop()


@shared_task
def tend_campaigns() -> None:
    """Bring scenes that were scanned since, and objects that found their candidates, into the queue."""
    for campaign in campaigns_to_tend():
        ready, composed = seats_ready(campaign=campaign), bursts_compose(campaign=campaign)
        if ready or composed:
            priorities_write(campaign=campaign)


@shared_task
def order_by_gain() -> None:
    """Order anew what the next models learn most from, by what was settled and looked at since."""
    for campaign in campaigns_by_gain():
        priorities_write(campaign=campaign)


@shared_task
def measure_skills() -> None:
    """Write anew how far everybody is trusted, where people said something since."""
    for vertical in verticals_to_measure():
        skills_write(vertical=vertical)
