"""The owner's queue: the tags on a place, to be ruled on."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from labeling.accounts.models import Role
from labeling.accounts.selectors import keys_of
from labeling.brands.models import DomainClaim
from labeling.tags.models import Tag
from labeling.web.access import person, role_required
from labeling.web.brands.mine import claim_mine


@require_GET
@role_required(Role.BRAND_OWNER)
# The script sends the token of this cookie with every ruling.
@ensure_csrf_cookie
def brands_tags(request: HttpRequest, claim_id: int) -> HttpResponse:
    """The tags on a place of mine, by state; the page asks the API for them."""
    claim = claim_mine(request, claim_id)
    if claim.state != DomainClaim.State.VERIFIED:
        raise Http404("Only a verified place has tags to rule on.")
    state = request.GET.get("state", Tag.State.HELD)
    if state not in Tag.State.values:
        raise Http404("There is no such state.")
    owner = person(request)
    keys = keys_of(owner)
    config = {
        "person": owner.pk,
        "state": state,
        # A person may have switched off keys of a single letter; here they go by that too.
        "letters": keys["letters"] if keys else True,
        "urls": {
            "queue": reverse("api-tags-to-rule", args=[claim.pk]),
            "rule": reverse("api-rulings"),
            "undo": reverse("api-rulings-undo"),
            "search": reverse("api-products-search"),
            "look": reverse("look", args=[0]).replace("/0/", "/{id}/"),
            "history": reverse("brands-tag", args=[0]).replace("/0/", "/{id}/"),
        },
    }
    context = {"claim": claim, "state": state, "states": Tag.State.choices, "config": config}
    return render(request, "brands/review.html", context)
