"""Who may call: classes made by role."""

from __future__ import annotations

from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from labeling.accounts.models import Role, User


def caller(request: Request) -> User:
    """The person behind a request that a role's permission has let in. Raises where there is none."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def role(*roles: Role) -> type[BasePermission]:
    """A permission class for people who play any of ``roles``: ``permission_classes = [role(Role.ANNOTATOR)]``."""

    class RoleRequired(BasePermission):
        message = "This is for " + " and ".join(str(each.label) for each in roles) + " accounts."

        def has_permission(self, request: Request, view: APIView) -> bool:
            return isinstance(request.user, User) and any(request.user.plays(each) for each in roles)

    return RoleRequired
