"""Places that two have proven: staff see both proofs and decide."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.brands.selectors import claims_contested, holders_of
from labeling.brands.services import contest_decide
from labeling.brands.tasks import check_claim
from labeling.tags.tasks import sweep_policies
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages, say_faults
from labeling.web.brands.forms import DecisionForm


@require_GET
@role_required(Role.STAFF)
def brands_contests(request: HttpRequest) -> HttpResponse:
    """Contested places, the longest waiting first, each with who holds it and who wants it."""
    claims = list(claims_contested())
    holders = holders_of(claims=claims)
    contests = [{"claim": claim, "sides": [holders.get(claim.place), claim]} for claim in claims]
    return render(request, "brands/contests.html", {"contests": contests})


@require_POST
@role_required(Role.STAFF)
def brands_decide(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Give a contested place to who wants it, or leave it with who holds it."""
    claim = get_object_or_404(claims_contested(), pk=claim_id)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "brands-contests")
    give = form.cleaned_data["give"] == "yes"
    with rules_as_messages(request, _("Decided. Both owners see why on their page.")):
        contest_decide(claim=claim, give=give, reason=form.cleaned_data["reason"], actor=person(request))
        check_claim.delay_on_commit(claim.pk)
        sweep_policies.delay_on_commit()
    return back(request, "brands-contests")
