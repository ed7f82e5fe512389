"""How far everything is."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.annotation.selectors import campaigns_open
from labeling.catalog.models import Vertical
from labeling.common.errors import ApplicationError
from labeling.inference.progress import scans_failed, vertical_progress
from labeling.inference.selectors import scenes_unscanned
from labeling.inference.services import scan_queue
from labeling.inference.tasks import chunked, propose_scenes
from labeling.tags.selectors import policies_stopped, tags_invalid
from labeling.web.access import role_required
from labeling.web.answers import back

QUEUED_AT_ONCE = 2000


@require_GET
@role_required(Role.CURATOR)
def curate_home(request: HttpRequest) -> HttpResponse:
    """Imports and scans, and the campaigns that are open."""
    verticals = [
        {
            "vertical": vertical,
            "progress": vertical_progress(vertical, ask_worker=False),
            "failed": list(scans_failed(vertical)),
            "invalid": tags_invalid(vertical=vertical),
        }
        for vertical in Vertical.objects.order_by("name")
    ]
    context = {"verticals": verticals, "campaigns": campaigns_open(), "stopped": policies_stopped()}
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
