"""Learning from engagement, seconds after it happened; and asking people first where shoppers look."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from labeling.annotation.selectors import campaigns_by_worth
from labeling.catalog.models import Vertical
from labeling.serving import selectors, services
from labeling.tags.services import objects_offer, work_order

OFFERED_AT_ONCE = 240
"""Objects that a campaign of bursts is given when it has none left: ten bursts."""


@shared_task
def learn_live() -> None:
    """Take new events of every vertical into its live ranking."""
    for vertical in Vertical.objects.all():
        services.ranker_learn(vertical=vertical)


@shared_task
def order_work() -> None:
    """Give campaigns that live by what work is worth new objects where they run out, and bring what waits into order."""
    for campaign, waiting in campaigns_by_worth():
        traffic = selectors.traffic_of(vertical=campaign.vertical)
        if waiting == 0 and campaign.lends_bursts:
            objects_offer(campaign=campaign, count=OFFERED_AT_ONCE, traffic=traffic)
        work_order(campaign=campaign, traffic=traffic)


@shared_task
def keep_months() -> None:
    """Make the coming months of the table of events, and drop those that are no longer kept."""
    today = timezone.now().date()
    services.partitions_make(today=today)
    services.partitions_drop(today=today, months=settings.EVENTS_MONTHS)
