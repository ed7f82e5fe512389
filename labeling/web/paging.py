"""Pages by key: however deep one goes, the next costs the same as the first."""

from __future__ import annotations

from django.http import Http404, HttpRequest


def before_of(request: HttpRequest) -> int | None:
    """The key below which a page begins, from ``?before=``; a 404 where it is no number."""
    written = request.GET.get("before", "")
    if not written:
        return None
    if not written.isascii() or not written.isdigit() or len(written) > 18:
        raise Http404("A page begins at a number.")
    return int(written)


def next_link(request: HttpRequest, key: int | None) -> str:
    """The address of the page after, with the filters of this one; empty where there is none."""
    if key is None:
        return ""
    query = request.GET.copy()
    query["before"] = str(key)
    return f"{request.path}?{query.urlencode()}"
