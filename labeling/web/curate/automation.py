"""What may be published without a person, by category."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.catalog.models import Category, Vertical
from labeling.tags.selectors import policies_of
from labeling.tags.services import policy_fit, policy_set
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages, say_faults


class PolicyForm(forms.Form):
    """On or off, and how right it must be; percentages as people write them."""

    category = forms.ModelChoiceField(Category.objects.all(), required=False, label=_("Category"))
    enabled = forms.BooleanField(required=False, label=_("On"))
    target = forms.FloatField(min_value=50, max_value=99.99, label=_("Target precision, %"))
    audit = forms.FloatField(min_value=0, max_value=100, label=_("Audited share, %"))


@require_GET
@role_required(Role.CURATOR)
def curate_automation(request: HttpRequest) -> HttpResponse:
    """Each category with its target, the threshold that keeps it and the evidence that stands behind it."""
    verticals = [(vertical, policies_of(vertical=vertical)) for vertical in Vertical.objects.order_by("name")]
    return render(request, "curate/automation.html", {"verticals": verticals})


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
            actor=person(request),
        )
        policy_fit(policy=policy)
    return back(request, "curate-automation")
