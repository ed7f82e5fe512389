"""Making accounts."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from labeling.accounts.models import Role, User
from labeling.common.audit import audit_record
from labeling.common.errors import ApplicationError, ConflictError


@transaction.atomic
def user_create(*, username: str, password: str, role: Role, email: str = "", actor: User | None = None) -> User:
    """A person who can log in; staff may also use the admin. Raises on a weak password or a name that is taken."""
    username = username.strip()
    if not username:
        raise ApplicationError("A user needs a name.", fields={"username": "empty"})
    try:
        validate_password(password, User(username=username, email=email))
    except ValidationError as error:
        text = " ".join(error.messages)
        raise ApplicationError(f"The password of {username} is refused: {text}", fields={"password": text}) from error
    staff = role == Role.STAFF
    try:
        with transaction.atomic():
            user = User.objects.create_user(username, email, password, role=role, is_staff=staff, is_superuser=staff)
    except IntegrityError as error:
        raise ConflictError(f"The name {username} is taken. Choose another.", fields={"username": "taken"}) from error
    audit_record(actor=actor, verb="user created", subject=user, role=role.value)
    return user
