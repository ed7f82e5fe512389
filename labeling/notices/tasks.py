"""Working off the outbox."""

from celery import shared_task

from labeling.notices import selectors, services
from labeling.notices.sending import parcel_send

SWEEP_LIMIT = 200


@shared_task
def deliver_notice(notice_id: int) -> None:
    """Send one notice, if it is due."""
    parcel = services.notice_take(notice_id=notice_id)
    if parcel is not None:
        services.notice_record(parcel=parcel, outcome=parcel_send(parcel))


@shared_task
def sweep_notices() -> None:
    """Send what is due."""
    for notice_id in selectors.notices_due(limit=SWEEP_LIMIT):
        deliver_notice.delay(notice_id)
