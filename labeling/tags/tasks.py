"""Publishing what is sure, having it audited, and withdrawing what audits or a place no longer bear."""

from celery import shared_task

from labeling.brands.models import DomainClaim
from labeling.tags import selectors, services
from labeling.tags.evidence import evidence_of


@shared_task
def publish_sure() -> int:
    """Fit every policy that is switched on to the decisions so far, where they are news, and publish what it is sure of."""
    published = 0
    for vertical, policies in selectors.policies_by_vertical():
        evidence = evidence_of(vertical=vertical)
        for policy in policies:
            fitted = services.policy_refresh(policy=policy, evidence=evidence)
            published += services.sure_publish(policy=fitted, evidence=evidence)
    return published


@shared_task
def audit_published() -> int:
    """Put what was picked for audit before people, and stop the automations that audits have proven wrong."""
    asked = 0
    for vertical, _ in selectors.policies_by_vertical():
        services.policies_stop_failing(vertical=vertical)
        asked += services.audits_ask(vertical=vertical)
    return asked


@shared_task
def obey_policy(claim_id: int) -> None:
    """Bring the tags of a place in line with its owner's choice."""
    services.tags_obey_policy(claim=DomainClaim.objects.get(pk=claim_id))
