"""The pairs as files."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from labeling.accounts.models import Role
from labeling.catalog.models import Vertical
from labeling.datasets.formats import WRITERS
from labeling.datasets.selectors import pair_rows
from labeling.web.access import role_required

SUFFIXES = {"stl": "jsonl", "coco": "json"}


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
