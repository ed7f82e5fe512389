"""A brand owner's places: claiming one, proving it, choosing what may happen there."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.brands.models import DomainClaim, Policy
from labeling.brands.selectors import claims_of, policy_job_of, policy_jobs_of
from labeling.brands.services import claim_due, claim_open, claim_policy_set, claim_renew, claim_withdraw
from labeling.brands.tasks import check_claim
from labeling.brands.verification import file_path, meta_tag, txt_record
from labeling.catalog.models import Category
from labeling.common.models import Job
from labeling.tags.tasks import sweep_policies
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages, say_faults
from labeling.web.brands.forms import ClaimForm, PolicyForm, written
from labeling.web.brands.mine import claim_mine

State = DomainClaim.State
BADGES = {State.VERIFIED: "live", State.PENDING: "waiting", State.CONTESTED: "waiting"}
PROVABLE = {State.PENDING, State.FAILED, State.LAPSED, State.CONTESTED}


@require_GET
@role_required(Role.BRAND_OWNER)
def brands_home(request: HttpRequest) -> HttpResponse:
    """My places with their state and policy, and a form for one more."""
    claims = list(claims_of(owner=person(request)))
    return render(request, "brands/home.html", {"entries": _entries(claims)})


@require_GET
@role_required(Role.BRAND_OWNER)
def brands_place(request: HttpRequest, claim_id: int) -> HttpResponse:
    """One place of mine: what to publish and what was found, what may happen there, and how far that has got."""
    claim = claim_mine(request, claim_id)
    job = policy_job_of(claim=claim)
    context = {
        **_entry(claim, job),
        "proofs": _proofs(claim),
        "policies": Policy.choices,
        "chosen": written(claim),
        "categories": Category.objects.select_related("vertical").order_by("vertical__name", "name"),
        "unfinished": job is not None and job.state in {Job.State.WAITING, Job.State.RUNNING},
    }
    return render(request, "brands/place.html", context)


@require_POST
@role_required(Role.BRAND_OWNER)
def brands_claim(request: HttpRequest) -> HttpResponse:
    """Ask for a place; its proof is looked for at once."""
    form = ClaimForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "brands-home")
    claim = None
    with rules_as_messages(request, _("Claimed. Publish one of the proofs below; we look for it by ourselves.")):
        claim = claim_open(owner=person(request), place=form.cleaned_data["place"])
        check_claim.delay_on_commit(claim.pk)
    return redirect("brands-place", claim.pk) if claim is not None else back(request, "brands-home")


@require_POST
@role_required(Role.BRAND_OWNER)
def brands_check(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Look for the proof now."""
    claim = claim_mine(request, claim_id)
    with rules_as_messages(request, _("Looking for the proof. What is found appears here.")):
        claim_due(claim=claim)
        check_claim.delay_on_commit(claim.pk)
    return back(request, "brands-place", claim.pk)


@require_POST
@role_required(Role.BRAND_OWNER)
def brands_renew(request: HttpRequest, claim_id: int) -> HttpResponse:
    """A fresh token in place of one that expired."""
    claim = claim_mine(request, claim_id)
    with rules_as_messages(request, _("Here is a new token. Publish it in place of the old one.")):
        claim_renew(claim=claim, actor=person(request))
        check_claim.delay_on_commit(claim.pk)
    return back(request, "brands-place", claim.pk)


@require_POST
@role_required(Role.BRAND_OWNER)
def brands_policy(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Choose what may happen at a place; the next served look follows, the tags' own state soon after."""
    claim = claim_mine(request, claim_id)
    form = PolicyForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "brands-place", claim.pk)
    policy, limits = Policy(form.cleaned_data["policy"]), form.chosen_limits()
    with rules_as_messages(request, _("Saved. The next look that is served follows it.")):
        claim_policy_set(claim=claim, policy=policy, actor=person(request), limits=limits)
        sweep_policies.delay_on_commit()
    return back(request, "brands-place", claim.pk)


@require_POST
@role_required(Role.BRAND_OWNER)
def brands_withdraw(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Give a place back."""
    claim = claim_mine(request, claim_id)
    with rules_as_messages(request, _("Given back. The place is open again.")):
        claim_withdraw(claim=claim, actor=person(request))
        sweep_policies.delay_on_commit()
    return back(request, "brands-home")


def _entries(claims: Sequence[DomainClaim]) -> list[dict[str, object]]:
    jobs = policy_jobs_of(claims=claims)
    return [_entry(claim, jobs.get(claim.pk)) for claim in claims]


def _entry(claim: DomainClaim, job: Job | None) -> dict[str, object]:
    return {
        "claim": claim,
        "job": job,
        "badge": BADGES.get(State(claim.state), "failed"),
        "verified": claim.state == State.VERIFIED,
        "provable": claim.state in PROVABLE,
        "renewable": claim.state in {State.EXPIRED, State.FAILED, State.LAPSED},
        "looking": claim.state == State.PENDING,
    }


def _proofs(claim: DomainClaim) -> list[dict[str, object]]:
    """The three ways to prove a place, each with what the last look at it saw."""
    seen = {each["proof"]: each for each in claim.sightings}
    ways = [
        ("dns", _("TXT record"), _("Add this TXT record to the DNS of"), claim.domain, txt_record(claim.token)),
        (
            "file",
            _("File"),
            _("Put a file with this text at"),
            f"https://{claim.place}{file_path(claim.token)}",
            claim.token,
        ),
        ("meta", _("Meta tag"), _("Put this into the head of"), f"https://{claim.place}/", meta_tag(claim.token)),
    ]
    return [
        {"key": key, "name": name, "how": how, "where": where, "what": what, "seen": seen.get(key)}
        for key, name, how, where, what in ways
    ]
