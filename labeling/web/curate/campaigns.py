"""Setting up labeling jobs, and what annotators ask a curator to look at."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.annotation.models import Campaign, Kind, PriorityRule
from labeling.annotation.selectors import campaigns_listed, remarks_page
from labeling.annotation.services import campaign_create, campaign_fill, campaign_picture_add, campaign_state_set
from labeling.catalog.models import Category, Vertical
from labeling.common.errors import ApplicationError
from labeling.inference.selectors import scenes_proposed
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages, say_faults
from labeling.web.paging import before_of, next_link

PAGE = 50
# Only what annotators have a page for: the others would be lent to nobody.
OFFERED = [(Kind.SCENE.value, Kind.SCENE.label)]


class PicturesField(forms.FileField):
    """Any number of pictures."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """Each file for itself; none is no fault."""
        return [super(PicturesField, self).clean(each, initial) for each in data or []]


class Pictures(forms.FileInput):
    """A file input that takes several."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """All files of the field."""
        return files.getlist(name)


class CampaignForm(forms.Form):
    """A labeling job over scenes that the models have looked at."""

    vertical = forms.ModelChoiceField(
        Vertical.objects.order_by("name"), empty_label=None, label=gettext_lazy("Vertical")
    )
    name = forms.CharField(max_length=200, label=gettext_lazy("Name"))
    instructions = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 3}), label=gettext_lazy("Instructions for annotators")
    )
    pictures = PicturesField(
        required=False,
        widget=Pictures(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        label=gettext_lazy("Pictures for the instructions"),
    )
    kinds = forms.MultipleChoiceField(
        choices=OFFERED,
        required=False,
        initial=[Kind.SCENE],
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Kinds of work"),
    )
    categories = forms.ModelMultipleChoiceField(
        Category.objects.select_related("vertical").order_by("vertical__name", "name"),
        required=False,
        label=gettext_lazy("Categories"),
        help_text=gettext_lazy("None chosen: all."),
    )
    priority_rule = forms.ChoiceField(
        choices=PriorityRule.choices, required=False, initial=PriorityRule.ARRIVAL, label=gettext_lazy("Order")
    )
    scenes = forms.IntegerField(min_value=1, max_value=1_000_000, initial=500, label=gettext_lazy("Scenes, at most"))
    overlap = forms.IntegerField(min_value=1, max_value=9, initial=1, label=gettext_lazy("People an object"))
    bulk_confirm = forms.BooleanField(
        required=False, initial=True, label=gettext_lazy("Annotators may confirm all that is left at once")
    )
    admit_pairs = forms.BooleanField(
        required=False, initial=True, label=gettext_lazy("What is resolved becomes a pair by itself")
    )
    blind_audit = forms.BooleanField(
        required=False, label=gettext_lazy("Blind audit: only measures, makes neither tags nor pairs")
    )

    def clean_kinds(self) -> list[str]:
        """Whole scenes where nothing is chosen."""
        return self.cleaned_data["kinds"] or [Kind.SCENE.value]

    def clean_priority_rule(self) -> str:
        """First come, first lent where nothing is chosen."""
        return self.cleaned_data["priority_rule"] or PriorityRule.ARRIVAL.value

    def clean_categories(self) -> list[Category]:
        """Categories of the vertical alone."""
        chosen = list(self.cleaned_data["categories"])
        foreign = [each.name for each in chosen if each.vertical != self.cleaned_data.get("vertical")]
        if foreign:
            raise forms.ValidationError(
                _("%(names)s: of another vertical. Choose categories of the one above."),
                params={"names": ", ".join(foreign)},
            )
        return chosen


class StateForm(forms.Form):
    """What a campaign is set to."""

    state = forms.ChoiceField(choices=Campaign.State.choices)


@require_GET
@role_required(Role.CURATOR)
def curate_campaigns(request: HttpRequest) -> HttpResponse:
    """All campaigns with what is left of them, and a form for one more."""
    before = before_of(request)
    campaigns = list(campaigns_listed(before=before, size=PAGE + 1))
    kinds = dict(Kind.choices)
    context = {
        "campaigns": [(each, [kinds[kind] for kind in each.kinds]) for each in campaigns[:PAGE]],
        "form": CampaignForm(),
        "next": next_link(request, campaigns[PAGE - 1].pk if len(campaigns) > PAGE else None),
    }
    return render(request, "curate/campaigns.html", context)


@require_POST
@role_required(Role.CURATOR)
def curate_campaign(request: HttpRequest) -> HttpResponse:
    """Set up a campaign over scenes that have proposals."""
    form = CampaignForm(request.POST, request.FILES)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "curate-campaigns")
    given = dict(form.cleaned_data)
    limit, vertical, pictures = given.pop("scenes"), given["vertical"], given.pop("pictures")
    try:
        with transaction.atomic():
            campaign = campaign_create(actor=person(request), **given)
            for picture in pictures:
                campaign_picture_add(campaign=campaign, data=picture.read(), caption=picture.name or "")
            seats = campaign_fill(campaign=campaign, scenes=scenes_proposed(vertical)[:limit])
    except ApplicationError as error:
        messages.error(request, error.message)
        return back(request, "curate-campaigns")
    if seats:
        messages.success(request, _("“%(name)s” is open with %(n)s seats.") % {"name": campaign.name, "n": seats})
    else:
        messages.warning(
            request, _("“%(name)s” is open but holds no scene: none has been proposed yet.") % {"name": campaign.name}
        )
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
