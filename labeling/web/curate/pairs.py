"""The dataset with pictures: browse, withdraw, readmit, export."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.catalog.models import Vertical
from labeling.datasets.formats import WRITERS
from labeling.datasets.models import Pair
from labeling.datasets.selectors import pair_rows, pairs_admitted, pairs_page, pairs_withdrawn
from labeling.datasets.services import pair_readmit, pair_withdraw
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages
from labeling.web.paging import before_of, next_link

PAGE = 30
SUFFIXES = {"stl": "jsonl", "coco": "json"}


@require_GET
@role_required(Role.CURATOR)
def curate_pairs(request: HttpRequest) -> HttpResponse:
    """Pairs, newest first; ``?withdrawn=1`` shows those that were taken out."""
    vertical, withdrawn = _vertical(request), request.GET.get("withdrawn") == "1"
    pairs = pairs_page(vertical=vertical, before=before_of(request), size=PAGE + 1, withdrawn=withdrawn)
    context = {
        "pairs": pairs[:PAGE],
        "withdrawn": withdrawn,
        "admitted_count": pairs_admitted(vertical=vertical).count(),
        "withdrawn_count": pairs_withdrawn(vertical=vertical).count(),
        "vertical": vertical,
        "verticals": Vertical.objects.order_by("name"),
        "next": next_link(request, pairs[PAGE - 1].pk if len(pairs) > PAGE else None),
    }
    return render(request, "curate/pairs.html", context)


@require_POST
@role_required(Role.CURATOR)
def curate_pair_withdraw(request: HttpRequest, pair_id: int) -> HttpResponse:
    """Take a pair out."""
    pair = get_object_or_404(Pair, pk=pair_id)
    with rules_as_messages(request, _("Withdrawn. It stands under “Withdrawn”, where it can be taken back.")):
        pair_withdraw(pair=pair, actor=person(request))
    return back(request, "curate-pairs")


@require_POST
@role_required(Role.CURATOR)
def curate_pair_readmit(request: HttpRequest, pair_id: int) -> HttpResponse:
    """Take a pair in again."""
    pair = get_object_or_404(Pair, pk=pair_id)
    with rules_as_messages(request, _("Admitted again.")):
        pair_readmit(pair=pair, actor=person(request))
    return back(request, "curate-pairs")


@require_GET
@role_required(Role.CURATOR)
def curate_export(request: HttpRequest, format_name: str) -> FileResponse:
    """All admitted pairs as a file; it is written whole before the first byte leaves, so no download is half an export."""
    if format_name not in WRITERS:
        raise Http404("There is no such format.")
    vertical = _vertical(request)
    with tempfile.TemporaryDirectory(prefix="looktag-export-") as folder:
        path = Path(folder) / "pairs"
        WRITERS[format_name](pair_rows(vertical=vertical), path)
        # The open file outlives its name, so nothing is left behind however the download ends.
        file = path.open("rb")
    name = f"pairs-{vertical.slug if vertical else 'all'}.{SUFFIXES[format_name]}"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/json")


def _vertical(request: HttpRequest) -> Vertical | None:
    slug = request.GET.get("vertical", "")
    return get_object_or_404(Vertical, slug=slug) if slug else None
