"""The adjudicator's page: what people could not settle, all answers side by side."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.annotation.models import Dispute
from labeling.annotation.selectors import Option, dispute_get, dispute_options, disputes_open
from labeling.annotation.services import gold_make
from labeling.common.errors import NotFoundError
from labeling.datasets.services import dispute_conclude
from labeling.web.access import person, role_required
from labeling.web.answers import rules_as_messages, say_faults
from models_ml.types import Box

LISTED = 60


class RulingForm(forms.Form):
    """Which of the options it is, and whether it becomes gold."""

    option = forms.IntegerField(min_value=1, label=_("Answer"))
    gold = forms.BooleanField(required=False, label=_("Gold"))


@require_GET
@role_required(Role.CURATOR)
def curate_disputes(request: HttpRequest) -> HttpResponse:
    """What waits for a ruling, oldest first."""
    waiting = disputes_open()
    return render(request, "curate/disputes.html", {"disputes": waiting[:LISTED], "count": waiting.count()})


@require_GET
@role_required(Role.CURATOR)
def curate_dispute(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """One dispute: the scene with all boxes, and the answers to choose from by key."""
    dispute = _dispute(dispute_id)
    options = dispute_options(dispute=dispute)
    context = {
        "dispute": dispute,
        "options": options,
        "numbered": _numbered(options),
        "left": disputes_open().count(),
        "next": disputes_open(after=dispute.pk).first(),
    }
    return render(request, "curate/dispute.html", context)


@require_POST
@role_required(Role.CURATOR)
def curate_rule(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """Rule on a dispute, and go on to the next."""
    dispute = _dispute(dispute_id)
    form = RulingForm(request.POST)
    options = {option.number: option for option in dispute_options(dispute=dispute)}
    chosen = options.get(form.cleaned_data["option"]) if form.is_valid() else None
    if chosen is None:
        say_faults(request, form)
        return redirect("curate-dispute", dispute.pk)
    with rules_as_messages(request, _("Ruled.")):
        dispute_conclude(
            dispute=dispute,
            actor=person(request),
            accepted=chosen.accepted,
            box=chosen.box,
            category=chosen.category,
            product=chosen.product,
            grade=chosen.grade,
        )
        resolution = dispute.campaign.resolutions.filter(proposal=dispute.proposal, scene=dispute.scene).first()
        if form.cleaned_data["gold"] and dispute.proposal is not None and resolution is not None:
            gold_make(resolution=resolution, actor=person(request))
    following = disputes_open(after=dispute.pk).first() or disputes_open().first()
    return redirect("curate-dispute", following.pk) if following else redirect("curate-disputes")


def _numbered(options: list[Option]) -> list[tuple[str, Box]]:
    """The boxes people gave, each once, with the numbers of the answers it belongs to."""
    numbers: dict[Box, list[str]] = {}
    for option in options:
        if option.accepted and option.people:
            numbers.setdefault(option.box, []).append(str(option.number))
    return [(", ".join(of), box) for box, of in numbers.items()]


def _dispute(dispute_id: int) -> Dispute:
    try:
        return dispute_get(dispute_id=dispute_id)
    except NotFoundError as error:
        raise Http404(error.message) from error
