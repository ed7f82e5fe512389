"""How a page answers a form: a rule that was broken becomes a message, and a post ends in a redirect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme

from labeling.common.errors import ApplicationError


@contextmanager
def rules_as_messages(request: HttpRequest, done: str | Promise) -> Iterator[None]:
    """Say ``done`` where the block goes through, and what was wrong where it broke a rule of the house."""
    try:
        yield
    except ApplicationError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, str(done))


def say_faults(request: HttpRequest, form: forms.Form) -> None:
    """The faults of a form as messages, each with the name of its field."""
    for name, faults in form.errors.items():
        label = form.fields[name].label or name.replace("_", " ") if name in form.fields else ""
        messages.error(request, f"{label}: {' '.join(map(str, faults))}".lstrip(": "))


def back(request: HttpRequest, route: str, *args: object) -> HttpResponseRedirect:
    """To the page the form stood on, filters and all, else to ``route``."""
    wanted = request.POST.get("next", "")
    if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return HttpResponseRedirect(wanted)
    return redirect(route, *args)
