"""Writing rows by statements that are planned once a connection, for what is written on every click.

Django compiles a statement for each call and PostgreSQL plans it anew, which together take longer than the writing itself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection, models

from labeling.common.prepared import prepared


def rows_insert(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model, as ``bulk_create`` does; the keys they get are not read back.

    Raises :class:`TypeError` for a column whose values JSON cannot carry, such as a JSON column of its own.
    """
    if not rows:
        return
    fields = _fields(type(rows[0]))
    given = [{field.column: _value(field, row, add=True) for field in fields} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(prepared(_insert(type(rows[0])), "rows"), {"rows": json.dumps(given, default=_text)})


def row_update(row: models.Model, names: Sequence[str]) -> None:
    """Write these fields of a row that is there, as ``save(update_fields=...)`` does.

    Raises :class:`DatabaseError` where there is no such row.
    """
    fields = _named(type(row))
    values = {name: _value(fields[name], row, add=False) for name in names}
    with connection.cursor() as cursor:
        cursor.execute(prepared(_update(type(row), tuple(names)), *names, "key"), values | {"key": row.pk})
        if not cursor.rowcount:
            raise DatabaseError(f"There is no {row._meta.verbose_name} {row.pk} to write to.")


@lru_cache(maxsize=32)
def _named(model: type[models.Model]) -> dict[str, Any]:
    return {field.name: field for field in model._meta.concrete_fields}


@lru_cache(maxsize=32)
def _fields(model: type[models.Model]) -> list[Any]:
    return [field for field in _named(model).values() if not isinstance(field, models.AutoField)]


@lru_cache(maxsize=32)
def _insert(model: type[models.Model]) -> str:
    columns = ", ".join(_quoted(field) for field in _fields(model))
    typed = ", ".join(f"{_quoted(field)} {field.db_type(connection)}" for field in _fields(model))
    return (
        f'INSERT INTO "{model._meta.db_table}" ({columns}) '
        f"SELECT {columns} FROM json_to_recordset(%(rows)s) AS given ({typed})"
    )


@lru_cache(maxsize=32)
def _update(model: type[models.Model], names: tuple[str, ...]) -> str:
    told = ", ".join(f"{_quoted(_named(model)[name])} = %({name})s" for name in names)
    return f'UPDATE "{model._meta.db_table}" SET {told} WHERE {_quoted(model._meta.pk)} = %(key)s'


def _quoted(field: Any) -> str:
    return f'"{field.column}"'


def _value(field: Any, row: models.Model, *, add: bool) -> Any:
    return field.get_db_prep_save(field.pre_save(row, add), connection)


def _text(value: object) -> str:
    if isinstance(value, UUID | datetime):
        return str(value)
    raise TypeError(f"{value!r} does not go into a statement as JSON. Write this row with save().")
