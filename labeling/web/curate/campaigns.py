"""Setting up labeling jobs, and what annotators ask a curator to look at."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.annotation.models import Campaign
from labeling.annotation.selectors import campaigns_listed, kinds_progress, remarks_page
from labeling.annotation.services import campaign_create, campaign_fill, campaign_picture_add, campaign_state_set
from labeling.common.errors import ApplicationError
from labeling.inference.selectors import scenes_proposed
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages, say_faults
from labeling.web.curate.campaign_form import CampaignForm
from labeling.web.paging import before_of, next_link

PAGE = 50


class StateForm(forms.Form):
    """What a campaign is set to."""

    state = forms.ChoiceField(choices=Campaign.State.choices)


@require_GET
@role_required(Role.CURATOR)
def curate_campaigns(request: HttpRequest) -> HttpResponse:
    """All campaigns with what is left of them by kind of work, and a form for one more."""
    return _page(request, CampaignForm())


@require_POST
@role_required(Role.CURATOR)
def curate_campaign(request: HttpRequest) -> HttpResponse:
    """Set up a campaign over scenes that have proposals. What is wrong stands beside its field, with all that was typed."""
    form = CampaignForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    given = dict(form.cleaned_data)
    limit, place, vertical = given.pop("scenes"), given.pop("place"), given["vertical"]
    pictures, captions = given.pop("pictures"), given.pop("captions")
    try:
        with transaction.atomic():
            campaign = campaign_create(actor=person(request), **given)
            for picture, caption in zip(pictures, captions, strict=True):
                campaign_picture_add(campaign=campaign, data=picture.read(), caption=caption)
            seats = campaign_fill(campaign=campaign, scenes=scenes_proposed(vertical, place=place)[:limit])
    except ApplicationError as error:
        name = next((name for name in error.fields if name in form.fields), None)
        form.add_error(name, error.message)
        return _page(request, form, status=422)
    if seats:
        messages.success(request, _("“%(name)s” is open with %(n)s seats.") % {"name": campaign.name, "n": seats})
    else:
        messages.warning(request, _empty(campaign, place))
    return back(request, "curate-campaigns")


@require_POST
@role_required(Role.CURATOR)
def curate_campaign_state(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Open, pause or close a campaign."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    form = StateForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "curate-campaigns")
    with rules_as_messages(request, _("Set.")):
        campaign_state_set(campaign=campaign, state=Campaign.State(form.cleaned_data["state"]), actor=person(request))
    return back(request, "curate-campaigns")


@require_GET
@role_required(Role.CURATOR)
def curate_remarks(request: HttpRequest) -> HttpResponse:
    """What annotators flagged or commented on, newest first."""
    remarks = list(remarks_page(before=before_of(request), size=PAGE + 1))
    context = {
        "remarks": remarks[:PAGE],
        "next": next_link(request, remarks[PAGE - 1].pk if len(remarks) > PAGE else None),
    }
    return render(request, "curate/remarks.html", context)


def _page(request: HttpRequest, form: CampaignForm, *, status: int = 200) -> HttpResponse:
    before = before_of(request)
    campaigns = list(campaigns_listed(before=before, size=PAGE + 1))
    progress = kinds_progress(campaigns=campaigns[:PAGE])
    context = {
        "campaigns": [(each, progress[each.pk]) for each in campaigns[:PAGE]],
        "form": form,
        "tab": "campaigns",
        "next": next_link(request, campaigns[PAGE - 1].pk if len(campaigns) > PAGE else None),
    }
    return render(request, "curate/campaigns.html", context, status=status)


def _empty(campaign: Campaign, place: str) -> str:
    if place:
        return _("“%(name)s” is open but holds nothing: %(place)s shows no such scene yet.") % {
            "name": campaign.name,
            "place": place,
        }
    if campaign.categories.exists():
        return _("“%(name)s” is open but holds nothing: no scene shows an object of its categories.") % {
            "name": campaign.name
        }
    return _("“%(name)s” is open but holds no scene: none has been proposed yet.") % {"name": campaign.name}
