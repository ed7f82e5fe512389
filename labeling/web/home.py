"""The front door: each role lands on its own page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from labeling.accounts.models import Role
from labeling.web.access import person
from labeling.web.navigation import places_of


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Send a person on to the page of their role."""
    user = person(request)
    open_places = places_of(user)
    for place, url in open_places:
        if Role(user.role) in place.roles:
            return redirect(url)
    if not open_places:
        raise Http404("There is no page for this role.")
    return redirect(open_places[0][1])
