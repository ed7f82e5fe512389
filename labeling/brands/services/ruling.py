"""What may happen at a place, and the jobs that bring in line what stands there already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from labeling.accounts.models import User
from labeling.brands.models import DomainClaim, Policy
from labeling.brands.places import place_of
from labeling.brands.selectors import OBEY_POLICY, policy_jobs_open
from labeling.catalog.models import Brand, Category
from labeling.common.audit import audit_record
from labeling.common.errors import ConflictError
from labeling.common.models import Job

NUDGE_AGAIN = timedelta(seconds=20)
MOST_ERRORS = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """What is kept out of a place whatever its policy; ``domains`` are places of shops, as people write them."""

    only_own: bool = False
    categories: Sequence[Category] = ()
    brands: Sequence[Brand] = ()
    domains: Sequence[str] = ()


@transaction.atomic
def claim_policy_set(*, claim: DomainClaim, policy: Policy, actor: User, limits: Limits | None = None) -> DomainClaim:
    """Choose what may happen at a verified place; the next served look follows it, a job does the rest.

    Without ``limits`` those that are there stay. Raises ``PlaceRefused`` where a shop's domain is none.
    """
    claim = DomainClaim.objects.select_for_update().get(pk=claim.pk)
    if claim.state != DomainClaim.State.VERIFIED:
        raise ConflictError(f"{claim.place} is not verified yet. Publish the proof first; a policy can be chosen then.")
    before = _chosen(claim)
    claim.policy = policy
    if limits is not None:
        claim.only_own = limits.only_own
        claim.blocked_domains = sorted({str(place_of(domain)) for domain in limits.domains})
        claim.blocked_categories.set(limits.categories)
        claim.blocked_brands.set(limits.brands)
    claim.save(update_fields=["policy", "only_own", "blocked_domains", "updated_at"])
    after = _chosen(claim)
    policy_job_queue(claim=claim, actor=actor)
    audit_record(actor=actor, verb="claim_policy", subject=claim, place=claim.place, before=before, after=after)
    return claim


@transaction.atomic
def policy_job_queue(*, claim: DomainClaim, actor: User | None) -> Job:
    """Have everything at a place brought in line with what holds there now; an older job for it is overtaken."""
    older = policy_jobs_open().filter(parameters__claim=claim.pk)
    older.update(state=Job.State.CANCELLED, message="Overtaken by a newer choice.", finished_at=timezone.now())
    return Job.objects.create(kind=OBEY_POLICY, owner=actor, parameters={"claim": claim.pk, "place": claim.place})


@transaction.atomic
def policy_jobs_sweep(*, limit: int = 50) -> list[int]:
    """Jobs to nudge: those never nudged, and those whose worker has said nothing for a while."""
    quiet = Q(parameters__nudged__isnull=True) | Q(updated_at__lt=timezone.now() - NUDGE_AGAIN)
    jobs = list(policy_jobs_open().filter(quiet).select_for_update(skip_locked=True)[:limit])
    for job in jobs:
        job.parameters["nudged"] = True
        job.save(update_fields=["parameters", "updated_at"])
    return [job.pk for job in jobs]


@transaction.atomic
def policy_job_excuse(*, job_id: int, error: str) -> None:
    """Note why a job broke off; after some times it is given up, and what it has done stays."""
    job = policy_jobs_open().select_for_update().filter(pk=job_id).first()
    if job is None:
        return
    job.parameters["errors"] = job.parameters.get("errors", 0) + 1
    job.message = error
    if job.parameters["errors"] >= MOST_ERRORS:
        job.state, job.finished_at = Job.State.FAILED, timezone.now()
    job.save()


def _chosen(claim: DomainClaim) -> dict[str, object]:
    return {
        "policy": claim.policy,
        "only_own": claim.only_own,
        "categories": sorted(claim.blocked_categories.values_list("slug", flat=True)),
        "brands": sorted(claim.blocked_brands.values_list("name", flat=True)),
        "domains": claim.blocked_domains,
    }
