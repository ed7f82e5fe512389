"""Addresses of a page with one of its filters changed."""

from __future__ import annotations

from urllib.parse import urlencode

from django import template
from django.template import RequestContext

register = template.Library()
OF_ONE_PAGE = "before"


@register.simple_tag(takes_context=True)
def narrowed(context: RequestContext, **changes: object) -> str:
    """The query of this page with some fields set, or dropped where the value is empty; it begins at the first page."""
    return _query(context, {name: "" if value is None else str(value) for name, value in changes.items()})


@register.simple_tag(takes_context=True)
def without(context: RequestContext, names: tuple[str, ...]) -> str:
    """The query of this page less some fields."""
    return _query(context, dict.fromkeys(names, ""))


def _query(context: RequestContext, changes: dict[str, str]) -> str:
    # Hundreds of them stand on a page, so the query is not copied as Django would.
    fields = {**context["request"].GET.dict(), **changes, OF_ONE_PAGE: ""}
    return "?" + urlencode({name: value for name, value in fields.items() if value})
