"""The outbox: a notice is written in the transaction of what it tells of, and sent until it is taken or given up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from labeling.accounts.models import User
from labeling.brands.models import DomainClaim
from labeling.common.audit import audit_record
from labeling.common.errors import ConflictError
from labeling.notices.models import Notice, NoticeChannel
from labeling.notices.selectors import notices_to_send
from labeling.notices.sending import Outcome, Parcel

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=12)
MOST_ATTEMPTS = 12
ON_ITS_WAY = timedelta(minutes=2)
"""Longer than one sending may take: a worker that was lost in it is followed by another."""


@transaction.atomic
def notice_queue(*, channel: NoticeChannel, body: dict[str, Any]) -> Notice:
    """Put something to tell into the outbox. ``body`` has a ``title`` and a ``text`` for people, and what programs read."""
    return Notice.objects.create(channel=channel, body=body, due_at=timezone.now())


@transaction.atomic
def notice_take(*, notice_id: int) -> Parcel | None:
    """A notice to send now; None where it is not due, another worker has it, or nobody wants it or may have it any more."""
    now = timezone.now()
    due = notices_to_send().filter(pk=notice_id, due_at__lte=now)
    notice = due.select_for_update(skip_locked=True, of=("self",)).select_related("channel").first()
    if notice is None:
        return None
    notice.attempts += 1
    notice.due_at = now + ON_ITS_WAY
    notice.save(update_fields=["attempts", "due_at"])
    channel = notice.channel
    former = channel.former_until is not None and channel.former_until > now
    secrets = (channel.secret, channel.former_secret) if former else (channel.secret,)
    return Parcel(notice.pk, str(notice.uuid), channel.kind, channel.address, secrets, notice.body)


@transaction.atomic
def notice_record(*, parcel: Parcel, outcome: Outcome) -> Notice:
    """Write down what became of a sending; not taken, it is sent again after a wait that doubles each time."""
    notice = Notice.objects.select_for_update().get(pk=parcel.notice)
    notice.status, notice.finding = outcome.status, outcome.finding[:300]
    if outcome.taken:
        notice.state, notice.sent_at = Notice.State.SENT, timezone.now()
    elif outcome.final or notice.attempts >= MOST_ATTEMPTS:
        notice.state = Notice.State.FAILED
    else:
        notice.due_at = timezone.now() + min(FIRST_WAIT * 2 ** (notice.attempts - 1), LONGEST_WAIT)
    notice.save(update_fields=["state", "status", "finding", "sent_at", "due_at"])
    return notice


@transaction.atomic
def notice_replay(*, notice: Notice, actor: User) -> Notice:
    """Send a notice again, the same under the same id, whatever became of it.

    Raises ConflictError for a closed channel and for a lost place.
    """
    notice = Notice.objects.select_for_update(of=("self",)).select_related("channel__claim").get(pk=notice.pk)
    if not notice.channel.open:
        raise ConflictError(f"{notice.channel.address} is told nothing any more. Open it again first.")
    if notice.channel.claim.state != DomainClaim.State.VERIFIED:
        raise ConflictError(f"{notice.channel.claim.place} is not yours to be told of any more. Prove it first.")
    notice.state, notice.attempts, notice.due_at = Notice.State.WAITING, 0, timezone.now()
    notice.save(update_fields=["state", "attempts", "due_at"])
    audit_record(actor=actor, verb="notice_replay", subject=notice)
    return notice
