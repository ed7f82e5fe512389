"""Statements that PostgreSQL plans once a connection: for those that take longer to plan than to run.

The plan is made anew by itself when tables or their statistics change. A proxy that lends a session out between transactions
(PgBouncer in transaction mode) forgets what was prepared: behind one, set ``LOOKTAG_PREPARE=0``.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import connection

_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


def prepared(statement: str, *parameters: str, **constants: int) -> str:
    """What to execute for a ``statement`` in its stead, with the same named ``parameters``.

    ``constants`` are written into the text, for what a plan hangs on, such as a limit. The result must not change its columns
    with a migration: name them, where ``*`` would bring a new one.
    """
    name, written = _written(statement, tuple(constants.items()))
    if not settings.PREPARED_STATEMENTS:
        return written
    connection.ensure_connection()
    known = _prepared.setdefault(connection.connection, set())
    if name not in known:
        places = {each: f"${place}" for place, each in enumerate(parameters, start=1)}
        with connection.cursor() as cursor:
            cursor.execute(f"PREPARE {name} AS {written % places}")
        known.add(name)
    return f"EXECUTE {name} ({', '.join(f'%({each})s' for each in parameters)})"


@lru_cache(maxsize=256)
def _written(statement: str, constants: tuple[tuple[str, int], ...]) -> tuple[str, str]:
    """The name a statement is prepared under, and its text with the constants in it."""
    for name, value in constants:
        statement = statement.replace(f"%({name})s", str(int(value)))
    return f"looktag_{sha256(statement.encode()).hexdigest()[:24]}", statement
