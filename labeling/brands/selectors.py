"""Who holds a place of the web, and what may happen there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q, QuerySet
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


def claims_provable() -> QuerySet[DomainClaim]:
    """Claims that a proof would verify: those that wait, and those where too many looks found nothing."""
    return DomainClaim.objects.filter(state__in=[DomainClaim.State.PENDING, DomainClaim.State.FAILED])


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
    return claims_over(scenes=[scene])[scene.pk]


def claims_over(*, scenes: Iterable[Scene]) -> dict[int, DomainClaim | None]:
    """The claim that rules the place of each scene, by scene id, in one query however many there are."""
    pages = {scene.pk: page_of(scene.source_url, scene.domain) for scene in scenes}
    suffixes = {suffix for domain, _ in pages.values() for suffix in _suffixes(domain)}
    claims = list(claims_verified().filter(domain__in=suffixes))
    return {
        pk: max(
            (claim for claim in claims if Place(claim.domain, claim.path).holds(domain, path)),
            key=lambda claim: (claim.domain.count("."), len(claim.path)),
            default=None,
        )
        for pk, (domain, path) in pages.items()
    }


def policy_for(*, scene: Scene) -> Policy:
    """What may happen with a scene's tags; open where nobody claimed its place."""
    return policies_for(scenes=[scene])[scene.pk]


def policies_for(*, scenes: Iterable[Scene]) -> dict[int, Policy]:
    """What may happen with the tags of each scene, by scene id, in one query."""
    claims = claims_over(scenes=scenes)
    return {pk: Policy(claim.policy) if claim is not None else Policy.OPEN for pk, claim in claims.items()}


def catalogue_of(*, owner: User) -> Q | None:
    """What tells a person's own products: sold on a place that they hold, or of its brand. None without such a place."""
    own = Q()
    for claim in claims_verified().filter(owner=owner):
        sold = Q(domain=claim.domain) | Q(domain__endswith=f".{claim.domain}")
        if claim.path:
            sold = Q(domain=claim.domain) & (Q(url__contains=f"{claim.place}/") | Q(url__endswith=claim.place))
        own |= sold | Q(brand=claim.brand_id) if claim.brand_id is not None else sold
    return own or None


def _suffixes(domain: str) -> list[str]:
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]
