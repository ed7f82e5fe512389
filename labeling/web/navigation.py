"""The links at the top of every page, by role."""

from django.http import HttpRequest


def navigation(request: HttpRequest) -> dict[str, object]:
    """A context processor: ``nav`` is a list of ``{label, url, current}``."""
    return {"nav": []}
