"""How an annotator enters a campaign: the test, and what they were told in it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.annotation.models import Campaign
from labeling.annotation.selectors import campaign_get, lessons_of, standings_mine
from labeling.annotation.services import training_start
from labeling.common.errors import ApplicationError, NotFoundError
from labeling.web.access import person, role_required


@require_POST
@role_required(Role.ANNOTATOR)
def annotate_test(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Begin the campaign's test, or go on with it."""
    campaign = _campaign(campaign_id)
    try:
        training_start(campaign=campaign, annotator=person(request))
    except ApplicationError as error:
        messages.error(request, error.message)
        return redirect("annotate-home")
    return redirect("annotate-campaign", campaign.pk)


@require_GET
@role_required(Role.ANNOTATOR)
def annotate_lessons(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """A person's own answers in training, each with what is right."""
    campaign, annotator = _campaign(campaign_id), person(request)
    context = {
        "campaign": campaign,
        "lessons": lessons_of(campaign=campaign, annotator=annotator),
        "standing": standings_mine(annotator=annotator).get(campaign.pk),
    }
    return render(request, "annotate/lessons.html", context)


def _campaign(campaign_id: int) -> Campaign:
    try:
        return campaign_get(campaign_id=campaign_id)
    except NotFoundError as error:
        raise Http404(error.message) from error
