"""A place that two people have proven: staff decide, with both proofs before them."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from labeling.accounts.models import User
from labeling.brands.models import DomainClaim
from labeling.brands.services.ruling import policy_job_queue
from labeling.common.audit import audit_record
from labeling.common.errors import ApplicationError, ConflictError

State = DomainClaim.State


@transaction.atomic
def contest_decide(*, claim: DomainClaim, give: bool, reason: str, actor: User) -> DomainClaim:
    """Give a contested place to this claim, or leave it with who holds it; the other claim is refused. Returns the claim.

    What the old holder had chosen goes with them: the new one's own policy rules, closed unless they chose one.
    """
    if not reason.strip():
        raise ApplicationError("Say why: both will want to know.", fields={"reason": "required"})
    claim = DomainClaim.objects.select_for_update().get(pk=claim.pk)
    if claim.state != State.CONTESTED:
        raise ConflictError(f"{claim.place} is no longer contested by this claim: it is {claim.get_state_display()}.")
    holders = DomainClaim.objects.select_for_update().filter(domain=claim.domain, path=claim.path, state=State.VERIFIED)
    holder = holders.first()
    if give and holder is not None:
        _refuse(holder, reason)
    if give:
        claim.state, claim.verified_at, claim.missing_since = State.VERIFIED, timezone.now(), None
        claim.finding, claim.due_at = f"Given by staff: {reason}", timezone.now()
        claim.save()
        policy_job_queue(claim=claim, actor=actor)
    else:
        _refuse(claim, reason)
    detail = {"place": claim.place, "given": give, "reason": reason, "sightings": claim.sightings}
    other = {"other": holder.pk, "other_sightings": holder.sightings} if holder is not None else {}
    audit_record(actor=actor, verb="contest_decide", subject=claim, **detail, **other)
    return claim


def _refuse(claim: DomainClaim, reason: str) -> None:
    claim.state, claim.finding, claim.due_at = State.REFUSED, f"Staff decided for the other owner: {reason}", None
    claim.save()
