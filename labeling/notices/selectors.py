"""Reading channels and the outbox."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from labeling.accounts.models import User
from labeling.brands.models import DomainClaim
from labeling.notices.models import Notice, NoticeChannel


def channels_of(*, claim: DomainClaim) -> QuerySet[NoticeChannel]:
    """The open channels of a claim, oldest first."""
    return NoticeChannel.objects.filter(claim=claim, open=True).order_by("pk")


def channels_to_tell() -> list[int]:
    """Open channels of verified claims that do not rest."""
    now = timezone.now()
    ready = NoticeChannel.objects.filter(open=True, claim__state=DomainClaim.State.VERIFIED)
    return list(ready.exclude(rests_until__gt=now).order_by("pk").values_list("pk", flat=True))


def channel_of_owner(*, channel_id: int, owner: User) -> NoticeChannel | None:
    """An open channel of this person's."""
    return NoticeChannel.objects.filter(pk=channel_id, claim__owner=owner, open=True).select_related("claim").first()


def notice_of_owner(*, notice_id: int, owner: User) -> Notice | None:
    """A notice that went, or is to go, to this person."""
    return Notice.objects.filter(pk=notice_id, channel__claim__owner=owner).select_related("channel__claim").first()


def notices_of(*, claim: DomainClaim) -> QuerySet[Notice]:
    """What was told, and is to be told, about a place, newest first."""
    return Notice.objects.filter(channel__claim=claim).select_related("channel").order_by("-pk")


def notices_to_send() -> QuerySet[Notice]:
    """What waits to be told to somebody who wants it and still holds the place."""
    return Notice.objects.filter(
        state=Notice.State.WAITING, channel__open=True, channel__claim__state=DomainClaim.State.VERIFIED
    )


def notices_due(*, limit: int) -> list[int]:
    """What is to be sent now, the longest due first; what waits for nobody never goes, and keeps no place here."""
    due = notices_to_send().filter(due_at__lte=timezone.now()).order_by("due_at", "pk")
    return list(due.values_list("pk", flat=True)[:limit])
