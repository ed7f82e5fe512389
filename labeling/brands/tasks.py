"""Looking for the proofs of claims that wait."""

from celery import shared_task

from labeling.brands import selectors, services, verification


@shared_task
def check_claim(claim_id: int) -> None:
    """Look once for the proof of one claim."""
    claim = selectors.claims_provable().filter(pk=claim_id).first()
    if claim is not None:
        finding = verification.proof_find(domain=claim.domain, path=claim.path, token=claim.token)
        services.claim_record(claim=claim, finding=finding)


@shared_task
def sweep_claims() -> None:
    """Look again for what was not found yet, ever more seldom."""
    for claim_id in selectors.claims_due():
        check_claim.delay(claim_id)
