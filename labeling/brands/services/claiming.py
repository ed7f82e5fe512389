"""Asking for a place and giving it back."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from labeling.accounts.models import User
from labeling.brands.models import DomainClaim
from labeling.brands.places import Place, place_of
from labeling.brands.services.ruling import policy_job_queue
from labeling.catalog.models import Brand
from labeling.common.audit import audit_record
from labeling.common.errors import ConflictError

State = DomainClaim.State
RENEWABLE = {State.PENDING, State.FAILED, State.EXPIRED, State.LAPSED}


@transaction.atomic
def claim_open(*, owner: User, place: str, brand: Brand | None = None) -> DomainClaim:
    """Ask for a place. The claim waits until its token is found there. Raises ``PlaceRefused`` or ``ConflictError``."""
    claim = _create(owner, place_of(place), brand)
    audit_record(actor=owner, verb="claim_open", subject=claim, place=claim.place)
    return claim


@transaction.atomic
def claim_grant(*, owner: User, place: str, brand: Brand | None = None, actor: User | None, reason: str) -> DomainClaim:
    """Give a place to somebody without a proof, by hand; nobody looks for one later.

    Raises ``PlaceRefused``, or ``ConflictError`` where somebody holds the place.
    """
    wanted = place_of(place)
    if DomainClaim.objects.filter(domain=wanted.domain, path=wanted.path, state=State.VERIFIED).exists():
        raise ConflictError(f"{wanted} is held already. Settle that claim first.")
    claim = _create(owner, wanted, brand)
    claim.state, claim.verified_at, claim.finding, claim.due_at = State.VERIFIED, timezone.now(), reason, None
    claim.save()
    policy_job_queue(claim=claim, actor=actor)
    audit_record(actor=actor, verb="claim_grant", subject=claim, place=claim.place, reason=reason)
    return claim


@transaction.atomic
def claim_renew(*, claim: DomainClaim, actor: User) -> DomainClaim:
    """A fresh token in place of one that expired or was never found; what was published before proves nothing any more."""
    claim = DomainClaim.objects.select_for_update().get(pk=claim.pk)
    if claim.state not in RENEWABLE:
        raise ConflictError(f"{claim.place} is {claim.get_state_display()}: it needs no new token.")
    claim.token, claim.token_until = _token(), _token_end()
    claim.state, claim.attempts, claim.due_at = State.PENDING, 0, timezone.now()
    claim.finding, claim.sightings, claim.missing_since = "", [], None
    claim.save()
    audit_record(actor=actor, verb="claim_renew", subject=claim, place=claim.place)
    return claim


@transaction.atomic
def claim_withdraw(*, claim: DomainClaim, actor: User) -> DomainClaim:
    """Give a place back; it is open again as if nobody had claimed it, or goes to who waits for it with a proof."""
    claim = DomainClaim.objects.select_for_update().get(pk=claim.pk)
    held = claim.state == State.VERIFIED
    claim.state, claim.due_at = State.WITHDRAWN, None
    claim.save(update_fields=["state", "due_at", "updated_at"])
    audit_record(actor=actor, verb="claim_withdraw", subject=claim, place=claim.place)
    if held:
        place_free(claim=claim)
        policy_job_queue(claim=claim, actor=actor)
    return claim


def place_free(*, claim: DomainClaim) -> None:
    """Look again at once at the claims of others that waited for this place; call it in a transaction."""
    DomainClaim.objects.filter(domain=claim.domain, path=claim.path, state=State.CONTESTED).update(
        state=State.PENDING, due_at=timezone.now(), updated_at=timezone.now()
    )


def _create(owner: User, wanted: Place, brand: Brand | None) -> DomainClaim:
    try:
        with transaction.atomic():
            return DomainClaim.objects.create(
                owner=owner,
                brand=brand,
                domain=wanted.domain,
                path=wanted.path,
                token=_token(),
                token_until=_token_end(),
                due_at=timezone.now(),
            )
    except IntegrityError as error:
        raise ConflictError(f"You have claimed {wanted} already. Finish that claim or withdraw it first.") from error


def _token() -> str:
    return secrets.token_hex(16)


def _token_end() -> datetime:
    return timezone.now() + timedelta(days=settings.CLAIM_TOKEN_DAYS)
