"""Work of the beat: leases that ran out."""

from __future__ import annotations

from celery import shared_task

from labeling.annotation.services import leases_sweep


@shared_task
def sweep_leases() -> None:
    """Free the seats of people who went away."""
    leases_sweep()
