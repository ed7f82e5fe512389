"""Making accounts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from labeling.accounts.models import KeyMap, KeyPreset, Role, User
from labeling.common.audit import audit_record
from labeling.common.errors import ApplicationError, ConflictError

MOST_COMMANDS = 200
MOST_CHORDS = 12
_COMMAND = re.compile(r"[a-z][a-z0-9_]{0,39}")
_CHORD = re.compile(r"(?:(?:Ctrl|Alt|Shift|Meta)\+)*(?:[^\x00-\x1f\x7f]|[A-Za-z0-9]{2,24})")


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


def keys_set(*, user: User, preset: KeyPreset, overrides: Mapping[str, Sequence[str]], letters: bool) -> KeyMap:
    """Keep a person's keys. Whether two commands clash is for the page to say, which knows the commands.

    Raises :class:`ApplicationError` whose ``fields`` name each override that is no list of chords.
    """
    if len(overrides) > MOST_COMMANDS:
        raise ApplicationError(
            f"At most {MOST_COMMANDS} commands get keys of their own.", fields={"overrides": "too many"}
        )
    faults = {f"overrides.{name[:60]}": fault for name, chords in overrides.items() if (fault := _fault(name, chords))}
    if faults:
        raise ApplicationError(f"These keys cannot be kept: {next(iter(faults.values()))}", fields=faults)
    kept, _ = KeyMap.objects.update_or_create(
        user=user,
        defaults={
            "preset": preset,
            "overrides": {name: list(chords) for name, chords in overrides.items()},
            "letters": letters,
        },
    )
    return kept


def _fault(command: str, chords: Sequence[str]) -> str | None:
    if not _COMMAND.fullmatch(command):
        return f"“{command[:60]}” is no command. Commands are lower-case words joined by _."
    if len(chords) > MOST_CHORDS:
        return f"{command} has {len(chords)} keys; {MOST_CHORDS} are enough."
    bad = next((chord for chord in chords if not _CHORD.fullmatch(chord)), None)
    return None if bad is None else f"{command}: “{bad[:40]}” is no key. Write it as Ctrl+Shift+k."
