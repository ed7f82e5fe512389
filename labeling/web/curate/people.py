"""How well people do: by gold, by agreement, by what they sent; who may go on, and what is given back."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role, User
from labeling.annotation.agreement import Agreement, Pairing
from labeling.annotation.models import Assignment, Campaign, Question, Standing
from labeling.annotation.selectors import (
    agreement_of,
    annotators_of,
    gold_figures,
    skills_listed,
    standings_of,
    submissions_of,
)
from labeling.annotation.services import standing_set
from labeling.datasets.services import work_return
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages, say_faults
from labeling.web.paging import before_of, next_link

PAGE = 12
MEASURES = {
    "f1": _("same objects (F1)"),
    "iou": _("same boxes (IoU)"),
    "category": _("category"),
    "product": _("product"),
}


class StandingForm(forms.Form):
    """Admitted or paused, and why."""

    state = forms.ChoiceField(choices=[(Standing.State.ADMITTED, "admitted"), (Standing.State.PAUSED, "paused")])
    reason = forms.CharField(max_length=300, required=False)


class ReturnForm(forms.Form):
    """Why work goes back to its author."""

    reason = forms.CharField(max_length=500, label=_("Reason"))


@dataclass(frozen=True, slots=True)
class Cell:
    """What two people agree on in one measure; ``value`` is in [0, 1], None where nothing compares."""

    value: float | None
    both: int


@require_GET
@role_required(Role.CURATOR)
def curate_people(request: HttpRequest) -> HttpResponse:
    """Everybody who works in a campaign: gold, skill, standing, and how far they agree."""
    campaigns = list(Campaign.objects.select_related("vertical").order_by("-pk")[:200])
    campaign = _chosen(request, campaigns)
    context: dict[str, object] = {"campaigns": campaigns, "campaign": campaign}
    if campaign is not None:
        measure = request.GET.get("measure", "f1")
        measure = measure if measure in MEASURES else "f1"
        people = annotators_of(campaign=campaign)
        figures = {each.annotator_id: each for each in gold_figures(vertical=campaign.vertical, campaign=campaign)}
        standings = {each.annotator_id: each for each in standings_of(campaign=campaign)}
        skills = skills_listed(vertical=campaign.vertical)
        agreed = agreement_of(campaign=campaign)
        context |= {
            "rows": [
                {
                    "person": each,
                    "gold": figures.get(each.pk),
                    "standing": standings.get(each.pk),
                    "skills": [skills.get(each.pk, {}).get(question) for question in Question.values],
                }
                for each in people
            ],
            "agreement": agreed,
            "matrix": _matrix(agreed, people, measure),
            "measures": MEASURES,
            "measure": measure,
        }
    return render(request, "curate/people.html", context)


@require_GET
@role_required(Role.CURATOR)
def curate_person(request: HttpRequest, user_id: int) -> HttpResponse:
    """One person: gold by category, and what they sent, newest first, to be given back where it is not good enough."""
    annotator = get_object_or_404(User, pk=user_id)
    campaigns = list(Campaign.objects.select_related("vertical").order_by("-pk")[:200])
    campaign = _chosen(request, campaigns)
    if campaign is None:
        raise Http404("There is no campaign yet.")
    seats = submissions_of(annotator=annotator, campaign=campaign, before=before_of(request), size=PAGE + 1)
    figures = gold_figures(vertical=campaign.vertical, campaign=campaign, by_category=True)
    context = {
        "annotator": annotator,
        "campaign": campaign,
        "figures": [each for each in figures if each.annotator_id == annotator.pk],
        "seats": seats[:PAGE],
        "next": next_link(request, seats[PAGE - 1].pk if len(seats) > PAGE else None),
    }
    return render(request, "curate/person.html", context)


@require_POST
@role_required(Role.CURATOR)
def curate_standing(request: HttpRequest, campaign_id: int, user_id: int) -> HttpResponse:
    """Pause a person in a campaign, or let them in again."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    annotator = get_object_or_404(User, pk=user_id, role__in=[Role.ANNOTATOR, Role.STAFF])
    form = StandingForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "curate-people")
    with rules_as_messages(request, _("Set.")):
        standing_set(
            campaign=campaign,
            annotator=annotator,
            state=Standing.State(form.cleaned_data["state"]),
            actor=person(request),
            reason=form.cleaned_data["reason"],
        )
    return back(request, "curate-people")


@require_POST
@role_required(Role.CURATOR)
def curate_return(request: HttpRequest, assignment_id: int) -> HttpResponse:
    """Give work back to its author."""
    seat = get_object_or_404(Assignment, pk=assignment_id)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "curate-people")
    with rules_as_messages(request, _("Returned. It comes first in its author's queue, with your reason.")):
        work_return(assignment=seat, actor=person(request), reason=form.cleaned_data["reason"])
    return back(request, "curate-people")


def _chosen(request: HttpRequest, campaigns: list[Campaign]) -> Campaign | None:
    """The campaign of ``?campaign=``, else the newest; a 404 where it is none."""
    wanted = request.GET.get("campaign", "")
    if not wanted:
        return campaigns[0] if campaigns else None
    for campaign in campaigns:
        if str(campaign.pk) == wanted:
            return campaign
    raise Http404("There is no such campaign.")


def _matrix(agreed: Agreement, people: list[User], measure: str) -> list[tuple[User, list[Cell | None]]]:
    """A row a person, a cell for each of the others; None on the diagonal."""
    rows = []
    for first in people:
        cells: list[Cell | None] = []
        for second in people:
            pair = agreed.pairs.get((min(first.pk, second.pk), max(first.pk, second.pk)), Pairing())
            cells.append(None if first == second else Cell(getattr(pair, measure), pair.both))
        rows.append((first, cells))
    return rows
