"""The annotator's pages: which campaigns are open, and the workspace."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from labeling.accounts.models import Role, User
from labeling.accounts.selectors import keys_of
from labeling.annotation.models import Campaign, Kind
from labeling.annotation.selectors import assignments_returned, campaign_get, campaigns_open, standings_mine
from labeling.common.errors import NotFoundError
from labeling.web.access import person, role_required


@require_GET
@role_required(Role.ANNOTATOR)
def annotate_home(request: HttpRequest) -> HttpResponse:
    """The open campaigns, with how much each still holds."""
    annotator, kinds = person(request), dict(Kind.choices)
    lending, standings = list(campaigns_open()), standings_mine(annotator=annotator)
    context = {
        "campaigns": [(campaign, [kinds[kind] for kind in campaign.kinds]) for campaign in lending],
        "scenes_only": [Kind.SCENE],
        "returned": assignments_returned(annotator=annotator),
        "tests": [(each, standings.get(each.pk)) for each in lending if each.entry_test or each.pk in standings],
    }
    return render(request, "annotate/home.html", context)


@require_GET
@role_required(Role.ANNOTATOR)
# The script sends the token of this cookie with every decision.
@ensure_csrf_cookie
def annotate_campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The workspace of a campaign; the page asks the API for its scenes."""
    try:
        campaign = campaign_get(campaign_id=campaign_id)
    except NotFoundError as error:
        raise Http404(error.message) from error
    return render(request, "annotate/work.html", {"campaign": campaign, "config": _config(campaign, person(request))})


def _config(campaign: Campaign, annotator: User) -> dict[str, object]:
    """What ``annotate/work.html`` hands to its script. ``{id}`` in an address is for the script to fill in."""
    categories = campaign.vertical.categories.order_by("name").values("slug", "name")
    names = ("draft", "submit", "skip", "release", "heartbeat", "reopen")
    urls = {name: _template(f"api-assignment-{name}") for name in names}
    return {
        "campaign": {
            "id": campaign.pk,
            "name": campaign.name,
            "instructions": campaign.instructions,
            "pictures": [
                {
                    "image_url": picture.image_url,
                    "caption": picture.caption,
                    "width": picture.width,
                    "height": picture.height,
                }
                for picture in campaign.pictures.all()
            ],
            "kinds": campaign.kinds,
            "bulk_confirm": campaign.bulk_confirm,
        },
        "keys": keys_of(annotator),
        "vertical": campaign.vertical.slug,
        "categories": list(categories),
        "urls": {
            "lessons": reverse("annotate-lessons", args=[campaign.pk]),
            "lend": reverse("api-campaign-lend", args=[campaign.pk]),
            **urls,
            "retrieve": _template("api-retrieval-ask"),
            "retrieval": _template("api-retrieval-answer"),
            "search": reverse("api-products-search"),
            "history": reverse("api-assignments-history"),
            "keys": reverse("api-me-keys"),
            "pace": reverse("api-me-pace"),
        },
    }


def _template(route: str) -> str:
    """The address of a route that takes one id, with ``{id}`` in its place."""
    return reverse(route, args=[0]).replace("/0/", "/{id}/")
