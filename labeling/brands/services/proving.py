"""Looking for proofs: when, and what follows from what was found."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from labeling.accounts.models import User
from labeling.brands.models import DomainClaim
from labeling.brands.services.claiming import place_free
from labeling.brands.services.ruling import policy_job_queue
from labeling.brands.verification import Finding
from labeling.common.audit import audit_record
from labeling.common.errors import ConflictError

State = DomainClaim.State
MAX_ATTEMPTS = 20
LONGEST_WAIT = timedelta(days=1)
AGAIN_AFTER_CRASH = timedelta(minutes=5)
NOT_SO_FAST = timedelta(seconds=2)
WAITING = {State.PENDING, State.FAILED, State.LAPSED}
LOOKED_FOR = WAITING | {State.VERIFIED, State.CONTESTED}


@transaction.atomic
def claim_due(*, claim: DomainClaim) -> DomainClaim:
    """Have the proof looked for now instead of later. Raises ``ConflictError`` where that is not to be."""
    claim = DomainClaim.objects.select_for_update().get(pk=claim.pk)
    now = timezone.now()
    if claim.state not in LOOKED_FOR:
        raise ConflictError(f"{claim.place} is {claim.get_state_display()}. Ask for a new token, or claim it anew.")
    if claim.state == State.VERIFIED and not claim.proof:
        raise ConflictError(f"{claim.place} was given by hand. It stands without a proof, so none is looked for.")
    if claim.checked_at is not None and now - claim.checked_at < NOT_SO_FAST:
        raise ConflictError(f"{claim.place} was looked at a moment ago. Give your servers a few seconds.")
    claim.due_at = now
    claim.save(update_fields=["due_at", "updated_at"])
    return claim


@transaction.atomic
def claim_take(*, claim_id: int) -> DomainClaim | None:
    """The claim, if a look at it is due and nobody else is looking; a token that expired unproven ends it here.

    The look is put off by some minutes, so that a worker that dies over it costs no more than that.
    """
    now = timezone.now()
    due = DomainClaim.objects.select_for_update(skip_locked=True).filter(pk=claim_id, due_at__lte=now)
    claim = due.first()
    if claim is None:
        return None
    if claim.state in WAITING and claim.token_until is not None and claim.token_until <= now:
        claim.state, claim.due_at = State.EXPIRED, None
        claim.finding = f"The token expired on {claim.token_until:%Y-%m-%d}. Ask for a new one and publish that."
        claim.save()
        audit_record(actor=None, verb="claim_expire", subject=claim, place=claim.place)
        return None
    claim.due_at = now + AGAIN_AFTER_CRASH if claim.state in LOOKED_FOR else None
    claim.save(update_fields=["due_at", "updated_at"])
    return claim if claim.state in LOOKED_FOR else None


@transaction.atomic
def claim_record(*, claim: DomainClaim, finding: Finding, actor: User | None = None) -> DomainClaim:
    """Write down what a look at the place found, and draw what follows.

    Proof makes a waiting claim verified, with the policy closed unless chosen; or contested, where another holds the place.
    A verified claim whose proof is gone is warned, and lapses when the days of grace are over.
    """
    claim = DomainClaim.objects.select_for_update().get(pk=claim.pk)
    claim.attempts += 1
    claim.checked_at, claim.finding, claim.sightings = timezone.now(), finding.words, finding.record()
    if claim.state in WAITING | {State.CONTESTED}:
        _waiting(claim, finding, actor)
    elif claim.state == State.VERIFIED:
        _verified(claim, finding)
    claim.save()
    return claim


def _waiting(claim: DomainClaim, finding: Finding, actor: User | None) -> None:
    now = timezone.now()
    if not finding.proven:
        claim.state = State.PENDING if claim.state == State.CONTESTED else claim.state
        if claim.attempts >= MAX_ATTEMPTS:
            claim.state = State.FAILED if claim.state == State.PENDING else claim.state
        claim.due_at = (
            None
            if claim.state != State.PENDING
            else now + min(timedelta(minutes=2 ** min(claim.attempts, 20)), LONGEST_WAIT)
        )
        return
    claim.proof = finding.proof
    if _verify(claim):
        claim.due_at = _next_look(claim)
        policy_job_queue(claim=claim, actor=actor)
        audit_record(actor=actor, verb="claim_verify", subject=claim, place=claim.place, finding=finding.words)
        return
    claim.finding = f"{finding.words} {claim.place} is held by another owner. Staff will settle it with both proofs."
    if claim.state != State.CONTESTED:
        claim.state = State.CONTESTED
        audit_record(actor=actor, verb="claim_contest", subject=claim, place=claim.place, finding=finding.words)
    claim.due_at = now + LONGEST_WAIT
    # Staff need to know whether the holder's proof still stands.
    holder = DomainClaim.objects.filter(domain=claim.domain, path=claim.path, state=State.VERIFIED)
    holder.exclude(proof="").update(due_at=now)


def _verify(claim: DomainClaim) -> bool:
    """Make the claim verified unless another one is; of two in the same instant one stays behind."""
    before = claim.state, claim.verified_at, claim.missing_since
    claim.state, claim.verified_at, claim.missing_since = State.VERIFIED, timezone.now(), None
    try:
        with transaction.atomic():
            claim.save()
    except IntegrityError:
        claim.state, claim.verified_at, claim.missing_since = before
        return False
    return True


def _verified(claim: DomainClaim, finding: Finding) -> None:
    now = timezone.now()
    claim.due_at = _next_look(claim)
    if finding.proven:
        if claim.missing_since is not None:
            audit_record(actor=None, verb="claim_proof_back", subject=claim, place=claim.place, finding=finding.words)
        claim.missing_since, claim.proof = None, finding.proof or claim.proof
        return
    grace = timedelta(days=settings.CLAIM_GRACE_DAYS)
    if claim.missing_since is None:
        claim.missing_since = now
        audit_record(actor=None, verb="claim_warn", subject=claim, place=claim.place, finding=finding.words)
    elif now - claim.missing_since >= grace:
        claim.state, claim.due_at = State.LAPSED, None
        claim.save()
        audit_record(actor=None, verb="claim_lapse", subject=claim, place=claim.place, finding=finding.words)
        place_free(claim=claim)
        policy_job_queue(claim=claim, actor=None)


def _next_look(claim: DomainClaim) -> datetime | None:
    """When a verified claim is looked at again; one given by hand never is."""
    return timezone.now() + timedelta(hours=settings.CLAIM_RECHECK_HOURS) if claim.proof else None
