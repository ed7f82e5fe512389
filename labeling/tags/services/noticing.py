"""Telling an owner that new tags wait."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from labeling.brands.models import DomainClaim
from labeling.brands.selectors import scenes_ruled
from labeling.notices.models import Notice, NoticeChannel
from labeling.notices.services import notice_queue
from labeling.tags.models import Tag

SETTLED = timedelta(minutes=1)
REST = timedelta(minutes=15)
NAMED = 100


@transaction.atomic
def waiting_tell(*, channel_id: int) -> Notice | None:
    """Queue a notice where tags wait that this channel was not told of; None where nothing is new.

    Tags of the last minute are left for the next time: an older number may still be on its way into the database. After a
    notice the channel rests for a quarter of an hour, so that a busy place is told of many tags at once.
    """
    channel = NoticeChannel.objects.select_for_update(of=("self",)).select_related("claim").get(pk=channel_id)
    now = timezone.now()
    if not channel.open or channel.claim.state != DomainClaim.State.VERIFIED:
        return None
    if channel.rests_until is not None and channel.rests_until > now:
        return None
    waiting = Tag.objects.filter(scene__in=scenes_ruled(claim=channel.claim), state=Tag.State.HELD)
    new = waiting.filter(pk__gt=channel.told_until, created_at__lte=now - SETTLED)
    ids = list(new.order_by("pk").values_list("pk", flat=True)[:NAMED])
    if not ids:
        return None
    count, last = new.count(), new.aggregate(last=Max("pk"))["last"]
    notice = notice_queue(channel=channel, body=_body(channel.claim, new=count, waiting=waiting.count(), ids=ids))
    channel.told_until, channel.rests_until = last, now + REST
    channel.save(update_fields=["told_until", "rests_until", "updated_at"])
    return notice


def _body(claim: DomainClaim, *, new: int, waiting: int, ids: list[int]) -> dict[str, object]:
    review = f"{settings.SITE}/brands/{claim.pk}/tags/"
    words = "1 new tag waits" if new == 1 else f"{new} new tags wait"
    return {
        "type": "tags.waiting",
        "place": claim.place,
        "new": new,
        "waiting": waiting,
        "tags": ids,
        "review": review,
        "title": f"{words} on {claim.place}",
        "text": f"{words} for your ruling on {claim.place}, {waiting} in all.\n\n{review}\n",
    }
