"""Addresses of a page with one of its filters changed."""

from __future__ import annotations

from django import template
from django.http import QueryDict
from django.template import RequestContext

register = template.Library()
OF_ONE_PAGE = ("before",)


@register.simple_tag(takes_context=True)
def narrowed(context: RequestContext, **changes: object) -> str:
    """The query of this page with some fields set, or dropped where the value is empty; it begins at the first page."""
    query: QueryDict = context["request"].GET.copy()
    for name in (*OF_ONE_PAGE, *(name for name, value in changes.items() if value in (None, ""))):
        query.pop(name, None)
    for name, value in changes.items():
        if value not in (None, ""):
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def without(context: RequestContext, names: tuple[str, ...]) -> str:
    """The query of this page less some fields."""
    query: QueryDict = context["request"].GET.copy()
    for name in (*OF_ONE_PAGE, *names):
        query.pop(name, None)
    return f"?{query.urlencode()}"
