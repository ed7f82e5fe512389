"""How far everything is, and setting up labeling jobs."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.annotation.selectors import campaigns_open
from labeling.annotation.services import campaign_create, campaign_fill
from labeling.catalog.models import Vertical
from labeling.common.errors import ApplicationError
from labeling.inference.progress import scans_failed, vertical_progress
from labeling.inference.selectors import scenes_proposed, scenes_unscanned
from labeling.inference.services import scan_queue
from labeling.inference.tasks import chunked, propose_scenes
from labeling.web.access import person, role_required
from labeling.web.answers import back, say_faults

QUEUED_AT_ONCE = 2000


class CampaignForm(forms.Form):
    """A labeling job over scenes that the models have looked at."""

    vertical = forms.ModelChoiceField(
        Vertical.objects.order_by("name"), empty_label=None, label=gettext_lazy("Vertical")
    )
    name = forms.CharField(max_length=200, label=gettext_lazy("Name"))
    instructions = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 3}), label=gettext_lazy("Instructions for annotators")
    )
    scenes = forms.IntegerField(min_value=1, max_value=100_000, initial=500, label=gettext_lazy("Scenes, at most"))
    overlap = forms.IntegerField(min_value=1, max_value=9, initial=1, label=gettext_lazy("People a scene"))
    bulk_confirm = forms.BooleanField(
        required=False, initial=True, label=gettext_lazy("Annotators may confirm all that is left at once")
    )
    admit_pairs = forms.BooleanField(
        required=False, initial=True, label=gettext_lazy("What is resolved becomes a pair by itself")
    )
    blind_audit = forms.BooleanField(
        required=False, label=gettext_lazy("Blind audit: only measures, makes neither tags nor pairs")
    )


@require_GET
@role_required(Role.CURATOR)
def curate_home(request: HttpRequest) -> HttpResponse:
    """Imports, scans and campaigns."""
    verticals = [
        {
            "vertical": vertical,
            "progress": vertical_progress(vertical, ask_worker=False),
            "failed": list(scans_failed(vertical)),
        }
        for vertical in Vertical.objects.order_by("name")
    ]
    context = {"verticals": verticals, "campaigns": campaigns_open(), "form": CampaignForm()}
    return render(request, "curate/home.html", context)


@require_POST
@role_required(Role.CURATOR)
def curate_propose(request: HttpRequest, vertical_id: int) -> HttpResponse:
    """Queue scenes that no live model has looked at, and those that failed."""
    vertical = get_object_or_404(Vertical, pk=vertical_id)
    try:
        queued = scan_queue(vertical=vertical, scenes=scenes_unscanned(vertical)[:QUEUED_AT_ONCE])
    except ApplicationError as error:
        messages.error(request, error.message)
        return back(request, "curate-home")
    for chunk in chunked(queued):
        propose_scenes.delay_on_commit(chunk)
    words = ngettext("%(n)s scene is queued.", "%(n)s scenes are queued.", len(queued)) % {"n": len(queued)}
    messages.success(request, words)
    return back(request, "curate-home")


@require_POST
@role_required(Role.CURATOR)
def curate_campaign(request: HttpRequest) -> HttpResponse:
    """Set up a campaign over scenes that have proposals."""
    form = CampaignForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "curate-home")
    given = dict(form.cleaned_data)
    limit, vertical = given.pop("scenes"), given["vertical"]
    try:
        campaign = campaign_create(actor=person(request), **given)
        seats = campaign_fill(campaign=campaign, scenes=scenes_proposed(vertical)[:limit])
    except ApplicationError as error:
        messages.error(request, error.message)
        return back(request, "curate-home")
    if seats:
        messages.success(request, _("“%(name)s” is open with %(n)s seats.") % {"name": campaign.name, "n": seats})
    else:
        messages.warning(
            request, _("“%(name)s” is open but holds no scene: none has been proposed yet.") % {"name": campaign.name}
        )
    return back(request, "curate-home")
