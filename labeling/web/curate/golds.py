"""Gold: objects whose answer is known, by which people are measured; and how a campaign measures."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from labeling.accounts.models import Role
from labeling.annotation.models import Campaign, Gold, Resolution
from labeling.annotation.selectors import golds_of, resolutions_for_gold
from labeling.annotation.services import campaign_quality_set, gold_make, gold_retire
from labeling.catalog.models import Vertical
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages, say_faults
from labeling.web.paging import before_of, next_link

PAGE = 24


class QualityForm(forms.Form):
    """How sure people must be together, and how they are measured; shares as percent."""

    sure_at = forms.FloatField(
        min_value=50, max_value=99.9, label=_("An outcome is sure from, %"),
        help_text=_("Less sure ones get another pair of eyes."),
    )  # fmt: skip
    more_eyes = forms.IntegerField(
        min_value=0, max_value=20, label=_("People beyond the overlap, at most"), help_text=_("Then an adjudicator rules.")
    )  # fmt: skip
    gold_share = forms.FloatField(min_value=0, max_value=50, label=_("Gold among what is shown, %"))
    trick_share = forms.FloatField(
        min_value=0, max_value=100, label=_("Of that shown wrongly, %"), help_text=_("A wrong box, category or product.")
    )  # fmt: skip
    pass_score = forms.FloatField(
        min_value=1, max_value=100, required=False, label=_("Passing score, %"),
        help_text=_("Who surely falls under it is paused. Empty: nobody is."),
    )  # fmt: skip
    entry_test = forms.IntegerField(
        min_value=0, max_value=500, label=_("Gold objects to be judged before entering"), help_text=_("0: no test.")
    )  # fmt: skip


@require_GET
@role_required(Role.CURATOR)
def curate_golds(request: HttpRequest) -> HttpResponse:
    """The gold there is, and resolved objects to make more of; ``?vertical=`` chooses."""
    verticals = list(Vertical.objects.order_by("name"))
    wanted = request.GET.get("vertical")
    vertical = get_object_or_404(Vertical, slug=wanted) if wanted else next(iter(verticals), None)
    context: dict[str, object] = {"verticals": verticals, "vertical": vertical}
    if vertical is not None:
        found = resolutions_for_gold(vertical=vertical, before=before_of(request), size=PAGE + 1)
        context |= {
            "golds": golds_of(vertical_id=vertical.pk),
            "resolutions": found[:PAGE],
            "next": next_link(request, found[PAGE - 1].pk if len(found) > PAGE else None),
        }
    return render(request, "curate/golds.html", context)


@require_POST
@role_required(Role.CURATOR)
def curate_gold_make(request: HttpRequest, resolution_id: int) -> HttpResponse:
    """Make gold of a resolved object."""
    resolution = get_object_or_404(Resolution, pk=resolution_id)
    with rules_as_messages(request, _("Gold. It is planted wherever a campaign asks for gold.")):
        gold_make(resolution=resolution, actor=person(request))
    return back(request, "curate-golds")


@require_POST
@role_required(Role.CURATOR)
def curate_gold_retire(request: HttpRequest, gold_id: int) -> HttpResponse:
    """Plant an object no more."""
    gold = get_object_or_404(Gold, pk=gold_id)
    with rules_as_messages(request, _("Retired. It is planted no more; what people said of it stays.")):
        gold_retire(gold=gold, actor=person(request))
    return back(request, "curate-golds")


@require_http_methods(["GET", "POST"])
@role_required(Role.CURATOR)
def curate_quality(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """How a campaign measures its people."""
    campaign = get_object_or_404(Campaign.objects.select_related("vertical"), pk=campaign_id)
    if request.method == "POST":
        form = QualityForm(request.POST)
        if not form.is_valid():
            say_faults(request, form)
            return render(request, "curate/quality.html", {"campaign": campaign, "form": form}, status=400)
        given = form.cleaned_data
        with rules_as_messages(request, _("Saved.")):
            campaign_quality_set(
                campaign=campaign,
                actor=person(request),
                sure_at=given["sure_at"] / 100,
                more_eyes=given["more_eyes"],
                gold_share=given["gold_share"] / 100,
                trick_share=given["trick_share"] / 100,
                pass_score=None if given["pass_score"] is None else given["pass_score"] / 100,
                entry_test=given["entry_test"],
            )
        return back(request, "curate-quality", campaign.pk)
    shares = ("sure_at", "gold_share", "trick_share", "pass_score")
    initial = {name: getattr(campaign, name) for name in ("more_eyes", "entry_test")}
    initial |= {name: None if (value := getattr(campaign, name)) is None else round(100 * value, 2) for name in shares}
    form = QualityForm(initial=initial)
    return render(request, "curate/quality.html", {"campaign": campaign, "form": form})
