"""Learning from engagement, seconds after it happened."""

from celery import shared_task

from labeling.catalog.models import Vertical
from labeling.serving import services


@shared_task
def learn_live() -> None:
    """Take new events of every vertical into its live ranking."""
    for vertical in Vertical.objects.all():
        services.ranker_learn(vertical=vertical)
