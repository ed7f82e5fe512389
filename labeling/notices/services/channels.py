"""Opening and closing the ways to tell an owner."""

from __future__ import annotations

import secrets
from datetime import timedelta
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.utils import timezone

from labeling.accounts.models import User
from labeling.brands.models import DomainClaim
from labeling.common.audit import audit_record
from labeling.common.egress import SCHEMES
from labeling.common.errors import ApplicationError, ConflictError
from labeling.notices.models import NoticeChannel

Kind = NoticeChannel.Kind
MOST_CHANNELS = 10
CHANGE_OVER = timedelta(days=1)


@transaction.atomic
def channel_open(*, claim: DomainClaim, kind: NoticeChannel.Kind, actor: User, address: str = "") -> NoticeChannel:
    """Open a way to tell the owner of a verified place. Mail goes to the owner's own account, so it takes no address.

    Raises ApplicationError for an address that cannot be one, ConflictError where it is open already.
    """
    claim = DomainClaim.objects.select_for_update(no_key=True, of=("self",)).select_related("owner").get(pk=claim.pk)
    if claim.state != DomainClaim.State.VERIFIED:
        raise ConflictError(f"{claim.place} is not verified yet. Prove it first.")
    wanted = claim.owner.email if kind == Kind.EMAIL else _webhook(address)
    if not wanted:
        raise ApplicationError("Your account has no e-mail address. Ask staff to enter one.")
    if NoticeChannel.objects.filter(claim=claim, open=True).count() >= MOST_CHANNELS:
        raise ConflictError(f"A place has {MOST_CHANNELS} channels at most. Close one first.")
    try:
        with transaction.atomic():
            channel = NoticeChannel.objects.create(claim=claim, kind=kind, address=wanted, secret=_secret())
    except IntegrityError as error:
        raise ConflictError(f"{wanted} is told already.") from error
    audit_record(actor=actor, verb="notice_channel_open", subject=channel, kind=kind, address=wanted)
    return channel


@transaction.atomic
def channel_rotate(*, channel: NoticeChannel, actor: User) -> NoticeChannel:
    """Give a webhook a new secret; the one before signs as well for a day more."""
    channel = NoticeChannel.objects.select_for_update().get(pk=channel.pk)
    channel.former_secret, channel.former_until = channel.secret, timezone.now() + CHANGE_OVER
    channel.secret = _secret()
    channel.save(update_fields=["secret", "former_secret", "former_until", "updated_at"])
    audit_record(actor=actor, verb="notice_channel_rotate", subject=channel)
    return channel


@transaction.atomic
def channel_close(*, channel: NoticeChannel, actor: User) -> NoticeChannel:
    """Tell nothing more here; what was told stays on record, and what waits is not sent."""
    channel = NoticeChannel.objects.select_for_update().get(pk=channel.pk)
    channel.open = False
    channel.save(update_fields=["open", "updated_at"])
    audit_record(actor=actor, verb="notice_channel_close", subject=channel)
    return channel


def _secret() -> str:
    return f"whsec_{secrets.token_hex(32)}"


def _webhook(address: str) -> str:
    try:
        parts = urlsplit(address.strip())
        sound = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port in {None, SCHEMES[parts.scheme]}
    except ValueError:
        sound = False
    if not sound or parts.username or len(address) > 2000:
        raise ApplicationError(
            f"“{address}” is no address of a webhook. Write it as https://example.com/looktag, on port 443 or 80.",
            fields={"address": "no web address"},
        )
    return address.strip()
