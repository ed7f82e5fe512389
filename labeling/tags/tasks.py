"""Publishing what is sure, having it audited, withdrawing what audits no longer bear, and obeying the policies of places."""

from celery import shared_task
from django.conf import settings

from labeling.brands.services import policy_job_excuse, policy_jobs_sweep
from labeling.catalog.services import page_record, page_visit
from labeling.catalog.watching import page_look
from labeling.notices.selectors import channels_to_tell
from labeling.tags import selectors, services
from labeling.tags.evidence import evidence_of

PAGES_AT_ONCE = 50


@shared_task
def publish_sure() -> int:
    """Fit every policy that is switched on to the decisions so far, where they are news, and publish what it is sure of.

    Where a person contradicts what it is sure of, others are asked.
    """
    published = 0
    for vertical, policies in selectors.policies_by_vertical():
        evidence = evidence_of(vertical=vertical)
        for policy in policies:
            fitted = services.policy_refresh(policy=policy, evidence=evidence)
            services.contradictions_ask(policy=fitted, evidence=evidence)
            published += services.sure_publish(policy=fitted, evidence=evidence)
    return published


@shared_task
def audit_published() -> int:
    """Put what was picked for audit before people, and stop the automations that audits have proven wrong."""
    asked = 0
    for vertical, policies in selectors.policies_by_vertical():
        services.policies_stop_failing(vertical=vertical)
        for policy in policies:
            services.audits_ask_again(policy=policy)
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


@shared_task
def watch_pages() -> None:
    """Look at the product pages that are due, one of each host at most."""
    if settings.WATCH_PAGES:
        for product_id in selectors.pages_due(limit=PAGES_AT_ONCE):
            check_page.delay(product_id)


@shared_task
def check_page(product_id: int) -> None:
    """Look at the page of one product, if it is due and its host is not to be spared."""
    visit = page_visit(product_id=product_id)
    if visit is not None:
        page_record(visit=visit, seen=page_look(visit))


@shared_task
def tell_waiting() -> None:
    """Put into the outbox what owners are to be told of the tags that wait for them."""
    for channel_id in channels_to_tell():
        services.waiting_tell(channel_id=channel_id)
