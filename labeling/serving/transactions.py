"""The transaction that writes a row, as a column's default in the database."""

from __future__ import annotations

from django.db import models


class CurrentTransaction(models.Func):
    """The number of the transaction that writes a row."""

    template = "(pg_current_xact_id()::text::bigint)"
    output_field = models.BigIntegerField()
