"""A brand owner's places: claiming one, proving it, choosing what may happen there."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.brands.models import DomainClaim, Policy
from labeling.brands.selectors import claims_of
from labeling.brands.services import claim_open, claim_policy_set, claim_withdraw
from labeling.brands.tasks import check_claim
from labeling.brands.verification import file_path, meta_tag
from labeling.tags.tasks import sweep_policies
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages, say_faults
from labeling.web.brands.mine import claim_mine


class ClaimForm(forms.Form):
    """A place one wants."""

    place = forms.CharField(max_length=700, label=_("Place"))


class PolicyForm(forms.Form):
    """What may happen at a place."""

    policy = forms.ChoiceField(choices=Policy.choices, label=_("Policy"))


@require_GET
@role_required(Role.BRAND_OWNER)
def brands_home(request: HttpRequest) -> HttpResponse:
    """My places with their state, what to publish where the proof is still looked for, and the choice of policy."""
    claims = claims_of(owner=person(request))
    context = {"claims": [_shown(claim) for claim in claims], "policies": Policy.choices}
    return render(request, "brands/home.html", context)


@require_POST
@role_required(Role.BRAND_OWNER)
def brands_claim(request: HttpRequest) -> HttpResponse:
    """Ask for a place; its proof is looked for at once."""
    form = ClaimForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "brands-home")
    with rules_as_messages(request, _("Claimed. Publish the proof below; we look for it by ourselves.")):
        claim = claim_open(owner=person(request), place=form.cleaned_data["place"])
        check_claim.delay_on_commit(claim.pk)
    return back(request, "brands-home")


@require_POST
@role_required(Role.BRAND_OWNER)
def brands_check(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Look for the proof now."""
    claim = claim_mine(request, claim_id)
    with rules_as_messages(request, _("Looking for the proof. Reload this page in a moment.")):
        check_claim.delay_on_commit(claim.pk)
    return back(request, "brands-home")


@require_POST
@role_required(Role.BRAND_OWNER)
def brands_policy(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Choose what may happen at a place; the next served look follows, the tags' own state soon after."""
    claim = claim_mine(request, claim_id)
    form = PolicyForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "brands-home")
    with rules_as_messages(request, _("Saved. The next look that is served follows it.")):
        claim_policy_set(claim=claim, policy=Policy(form.cleaned_data["policy"]), actor=person(request))
        sweep_policies.delay_on_commit()
    return back(request, "brands-home")


@require_POST
@role_required(Role.BRAND_OWNER)
def brands_withdraw(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Give a place back."""
    claim = claim_mine(request, claim_id)
    with rules_as_messages(request, _("Given back. The place is open again.")):
        claim_withdraw(claim=claim, actor=person(request))
        sweep_policies.delay_on_commit()
    return back(request, "brands-home")


def _shown(claim: DomainClaim) -> dict[str, object]:
    proof = claim.state in {DomainClaim.State.PENDING, DomainClaim.State.FAILED}
    return {
        "claim": claim,
        "verified": claim.state == DomainClaim.State.VERIFIED,
        "waits_for_proof": proof,
        "file_url": f"https://{claim.place}{file_path(claim.token)}",
        "meta_tag": meta_tag(claim.token),
        "home": f"https://{claim.place}/",
    }
