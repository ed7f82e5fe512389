"""Who is behind a session."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend
from django.db import connection

from labeling.accounts.models import User
from labeling.common.prepared import prepared

FIELDS = User._meta.concrete_fields
COLUMNS = ", ".join(f'"{field.column}"' for field in FIELDS)
PERSON = f'SELECT {COLUMNS} FROM "{User._meta.db_table}" WHERE id = %(person)s'


class PreparedBackend(ModelBackend):
    """Django's own; every request asks for its person, by a statement that is planned once a connection."""

    def get_user(self, user_id: int) -> User | None:
        """The person, unless there is none or they may not come in any more."""
        with connection.cursor() as cursor:
            cursor.execute(prepared(PERSON, "person"), {"person": user_id})
            row = cursor.fetchone()
        if row is None:
            return None
        user = User.from_db(connection.alias, [field.attname for field in FIELDS], row)
        return user if self.user_can_authenticate(user) else None
