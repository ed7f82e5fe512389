"""Who may open a page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase

from labeling.accounts.models import Role, User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def role_required(*roles: Role) -> Callable[[View[P]], View[P]]:
    """Let in people who play any of ``roles``: strangers are sent to log in, others find nothing there (404).

    The view carries its ``roles``, so that tests can ask every address of the house whom it is for.
    """

    def guarded(view: View[P]) -> View[P]:
        @wraps(view)
        def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not isinstance(request.user, User):
                return redirect_to_login(request.get_full_path())
            if not any(request.user.plays(role) for role in roles):
                raise Http404
            return view(request, *args, **kwargs)

        vars(inner)["roles"] = roles
        return inner

    return guarded


def person(request: HttpRequest) -> User:
    """The person behind a request that :func:`role_required` has let in."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user
