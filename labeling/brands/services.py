"""Claiming a place and choosing what may happen there."""

from __future__ import annotations

import secrets

from django.db import IntegrityError, transaction
from django.utils import timezone

from labeling.accounts.models import User
from labeling.brands.models import DomainClaim, Policy
from labeling.brands.places import place_of
from labeling.brands.verification import Finding
from labeling.catalog.models import Brand
from labeling.common.audit import audit_record
from labeling.common.errors import ConflictError

MAX_ATTEMPTS = 20


@transaction.atomic
def claim_open(*, owner: User, place: str, brand: Brand | None = None) -> DomainClaim:
    """Ask for a place. The claim waits until its token is found there. Raises ``PlaceRefused`` or ``ConflictError``."""
    wanted = place_of(place)
    try:
        with transaction.atomic():
            claim = DomainClaim.objects.create(
                owner=owner, brand=brand, domain=wanted.domain, path=wanted.path, token=secrets.token_hex(16)
            )
    except IntegrityError as error:
        raise ConflictError(f"You have claimed {wanted} already. Finish that claim or withdraw it first.") from error
    audit_record(actor=owner, verb="claim_open", subject=claim, place=str(wanted))
    return claim


@transaction.atomic
def claim_record(*, claim: DomainClaim, finding: Finding, actor: User | None = None) -> DomainClaim:
    """Write down what a look at the place found; proof makes the claim verified, with the policy closed unless chosen."""
    claim = DomainClaim.objects.select_for_update().get(pk=claim.pk)
    claim.attempts += 1
    claim.checked_at, claim.finding = timezone.now(), finding.words
    if claim.state in {DomainClaim.State.PENDING, DomainClaim.State.FAILED}:
        if finding.proven and _held_by_another(claim):
            claim.finding = (
                f"{claim.place} is held by another owner. Staff will settle it: write to them with your proof."
            )
        elif finding.proven:
            claim.state, claim.verified_at = DomainClaim.State.VERIFIED, timezone.now()
            audit_record(actor=actor, verb="claim_verify", subject=claim, place=claim.place, finding=finding.words)
        elif claim.attempts >= MAX_ATTEMPTS:
            claim.state = DomainClaim.State.FAILED
    claim.save()
    return claim


@transaction.atomic
def claim_policy_set(*, claim: DomainClaim, policy: Policy, actor: User) -> DomainClaim:
    """Choose what may happen at a verified place; the next served look follows it."""
    claim = DomainClaim.objects.select_for_update().get(pk=claim.pk)
    if claim.state != DomainClaim.State.VERIFIED:
        raise ConflictError(f"{claim.place} is not verified yet. Publish the proof first; a policy can be chosen then.")
    before, claim.policy = claim.policy, policy
    claim.save(update_fields=["policy", "updated_at"])
    audit_record(actor=actor, verb="claim_policy", subject=claim, place=claim.place, before=before, after=policy)
    return claim


@transaction.atomic
def claim_withdraw(*, claim: DomainClaim, actor: User) -> DomainClaim:
    """Give a place back; it is open again as if nobody had claimed it."""
    claim = DomainClaim.objects.select_for_update().get(pk=claim.pk)
    claim.state = DomainClaim.State.WITHDRAWN
    claim.save(update_fields=["state", "updated_at"])
    audit_record(actor=actor, verb="claim_withdraw", subject=claim, place=claim.place)
    return claim


def _held_by_another(claim: DomainClaim) -> bool:
    held = DomainClaim.objects.filter(domain=claim.domain, path=claim.path, state=DomainClaim.State.VERIFIED)
    return held.exclude(pk=claim.pk).exists()
