"""Publishing what is sure, and withdrawing what a place no longer wants."""

from celery import shared_task

from labeling.brands.models import DomainClaim
from labeling.tags import selectors, services


@shared_task
def publish_sure() -> int:
    """Fit every policy that is switched on to the decisions so far, and publish what it is sure of."""
    return sum(
        services.sure_publish(policy=services.policy_fit(policy=policy)) for policy in selectors.policies_enabled()
    )


@shared_task
def obey_policy(claim_id: int) -> None:
    """Bring the tags of a place in line with its owner's choice."""
    services.tags_obey_policy(claim=DomainClaim.objects.get(pk=claim_id))
