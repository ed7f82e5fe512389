"""What may be published without a person, by category."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.catalog.models import Category, Vertical
from labeling.tags.auditing import Watched, policies_watched
from labeling.tags.fitting import FEWEST_GOLD
from labeling.tags.models import AutomationPolicy
from labeling.tags.selectors import policies_of
from labeling.tags.services import policy_fit, policy_set
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages, say_faults
from labeling.web.charts import EDGE, SQUARE, reliability_dots


class PolicyForm(forms.Form):
    """On or off, and how right it must be; percentages as people write them."""

    category = forms.ModelChoiceField(Category.objects.all(), required=False, label=_("Category"))
    enabled = forms.BooleanField(required=False, label=_("On"))
    target = forms.FloatField(min_value=50, max_value=99.99, label=_("Target precision, %"))
    audit = forms.FloatField(min_value=0, max_value=100, label=_("Audited share, %"))
    reach = forms.ChoiceField(choices=AutomationPolicy.Reach.choices, required=False, label=_("Reach"))


@require_GET
@role_required(Role.CURATOR)
def curate_automation(request: HttpRequest) -> HttpResponse:
    """Each category with its target, the threshold that keeps it, the evidence behind it and what audits say of it."""
    verticals = [_entry(vertical) for vertical in Vertical.objects.order_by("name")]
    context = {"verticals": verticals, "reaches": AutomationPolicy.Reach.choices}
    return render(request, "curate/automation.html", context)


@require_POST
@role_required(Role.CURATOR)
def curate_automation_set(request: HttpRequest, vertical_id: int) -> HttpResponse:
    """Set one category's automation and fit it to the decisions so far."""
    vertical = get_object_or_404(Vertical, pk=vertical_id)
    form = PolicyForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "curate-automation")
    given = form.cleaned_data
    with rules_as_messages(request, _("Saved and fitted to what people have decided so far.")):
        policy = policy_set(
            vertical=vertical,
            category=given["category"],
            enabled=given["enabled"],
            target_precision=given["target"] / 100,
            audit_share=given["audit"] / 100,
            reach=given["reach"] or AutomationPolicy.Reach.OBJECT,
            actor=person(request),
        )
        policy_fit(policy=policy)
    return back(request, "curate-automation")


def _entry(vertical: Vertical) -> dict[str, object]:
    policies = policies_of(vertical=vertical)
    return {
        "vertical": vertical,
        "policies": policies,
        "fits": [_fit(policy) for policy in policies if policy.report.get("bins")],
        "watched": [_watch(each) for each in policies_watched(vertical=vertical)],
    }


def _fit(policy: AutomationPolicy) -> dict[str, object]:
    """What a policy's last fit saw: its diagram, with the place of the threshold in it."""
    inner = SQUARE - 2 * EDGE
    at = "" if policy.threshold is None else f"{EDGE + policy.threshold * inner:.1f}"
    weights = zip(policy.calibration.get("names", ()), policy.calibration.get("weights", ()), strict=True)
    return {
        "policy": policy,
        "dots": reliability_dots(policy.report["bins"]),
        "threshold": at,
        "error": 100 * policy.report["error"],
        "low": 100 * policy.report["precision_low"] if "precision_low" in policy.report else None,
        "wrong": 100 * policy.report["wrong_taken"] if "wrong_taken" in policy.report else None,
        "by_gold": policy.report.get("gold_shown", 0) >= FEWEST_GOLD,
        "seen": 100 * policy.report.get("target_seen", 1),
        "weights": sorted(weights, key=lambda item: -abs(item[1])),
    }


def _watch(watched: Watched) -> dict[str, object]:
    """What audits say of an automation, in percent; ``wealth`` of 1 is no evidence either way."""
    found = watched.precision
    return {
        "policy": watched.policy,
        "category": watched.category,
        "judged": found.judged,
        "right": found.right,
        "low": 100 * found.low,
        "high": 100 * found.high,
        "wealth": found.wealth,
        "limit": found.limit,
        "alarm": found.alarm,
    }
