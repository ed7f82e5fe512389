"""Who holds a place of the web, and what may happen there."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from labeling.accounts.models import User
from labeling.brands.models import DomainClaim, Policy
from labeling.brands.places import Place, page_of
from labeling.catalog.models import Scene

LONGEST_WAIT = timedelta(days=1)


def claims_verified() -> QuerySet[DomainClaim]:
    """Every claim that was proven and not given back."""
    return DomainClaim.objects.filter(state=DomainClaim.State.VERIFIED)


def closed_places() -> QuerySet[DomainClaim]:
    """Verified claims whose owner wants no tags. A more specific claim may still open a part: ask :func:`policy_for`."""
    return claims_verified().filter(policy=Policy.CLOSED)


def claims_of(*, owner: User) -> QuerySet[DomainClaim]:
    """A person's claims that were not withdrawn, newest first."""
    return DomainClaim.objects.filter(owner=owner).exclude(state=DomainClaim.State.WITHDRAWN).order_by("-id")


def claims_waiting() -> QuerySet[DomainClaim]:
    """Claims whose proof is still looked for."""
    return DomainClaim.objects.filter(state=DomainClaim.State.PENDING)


def claims_due() -> list[int]:
    """Claims to look at again: the wait doubles with each look, from two minutes up to a day."""
    now = timezone.now()
    return [
        claim.pk
        for claim in claims_waiting()
        if claim.checked_at is None or now - claim.checked_at >= min(timedelta(minutes=2**claim.attempts), LONGEST_WAIT)
    ]


def claim_over(*, scene: Scene) -> DomainClaim | None:
    """The verified claim that rules a scene's place: subdomain before domain, longer path before shorter."""
    domain, path = page_of(scene.source_url, scene.domain)
    labels = domain.split(".")
    suffixes = [".".join(labels[start:]) for start in range(len(labels))]
    over = [
        claim
        for claim in claims_verified().filter(domain__in=suffixes)
        if Place(claim.domain, claim.path).holds(domain, path)
    ]
    return max(over, key=lambda claim: (claim.domain.count("."), len(claim.path)), default=None)


def policy_for(*, scene: Scene) -> Policy:
    """What may happen with a scene's tags; open where nobody claimed its place."""
    claim = claim_over(scene=scene)
    return Policy(claim.policy) if claim is not None else Policy.OPEN
