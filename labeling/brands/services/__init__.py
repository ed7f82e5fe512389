"""Claiming a place, proving it, settling who holds it, and choosing what may happen there."""

from labeling.brands.services.claiming import claim_grant, claim_open, claim_renew, claim_withdraw
from labeling.brands.services.contesting import contest_decide
from labeling.brands.services.proving import MAX_ATTEMPTS, claim_due, claim_record, claim_take
from labeling.brands.services.ruling import Limits, claim_policy_set, policy_job_excuse, policy_jobs_sweep

__all__ = [
    "MAX_ATTEMPTS",
    "Limits",
    "claim_due",
    "claim_grant",
    "claim_open",
    "claim_policy_set",
    "claim_record",
    "claim_renew",
    "claim_take",
    "claim_withdraw",
    "contest_decide",
    "policy_job_excuse",
    "policy_jobs_sweep",
]
