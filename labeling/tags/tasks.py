"""Publishing what is sure, having it audited, withdrawing what audits no longer bear, and obeying the policies of places."""

from celery import shared_task

from labeling.brands.services import policy_job_excuse, policy_jobs_sweep
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
def obey_policy(job_id: int) -> None:
    """Work off the job of one place, step by step; it goes on where it was, whoever began it."""
    try:
        while services.policy_job_step(job_id=job_id):
            pass
    except Exception as error:
        policy_job_excuse(job_id=job_id, error=f"{type(error).__name__}: {error}")
        raise


@shared_task
def sweep_policies() -> None:
    """Nudge the jobs of places that wait, or whose worker was lost."""
    for job_id in policy_jobs_sweep():
        obey_policy.delay(job_id)
