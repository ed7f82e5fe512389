"""Looking for the proofs of claims: of those that wait, and again and again of those that hold."""

from celery import shared_task

from labeling.brands import selectors, services, verification


@shared_task
def check_claim(claim_id: int) -> None:
    """Look for the proof of one claim, if a look is due."""
    claim = services.claim_take(claim_id=claim_id)
    if claim is not None:
        finding = verification.proof_find(domain=claim.domain, path=claim.path, token=claim.token)
        services.claim_record(claim=claim, finding=finding)


@shared_task
def sweep_claims() -> None:
    """Look again at what is due: ever more seldom where nothing was found, daily where a place is held."""
    for claim_id in selectors.claims_due():
        check_claim.delay(claim_id)
