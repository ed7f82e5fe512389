"""The months of the table of events: made ahead of time, and dropped whole once nobody needs them any more."""

from __future__ import annotations

import re
from datetime import date

from django.db import connection, transaction

AHEAD = 2
PART = re.compile(r"serving_engagementevent_(\d{4})_(\d{2})")


@transaction.atomic
def partitions_make(*, today: date) -> list[date]:
    """Make the months up to two ahead of ``today`` where they are missing; returns the first days of those that were.

    Events of a month that nobody made lie in a partition of the rest, and move to their own once it is there.
    """
    made = []
    with connection.cursor() as cursor:
        for month in (_months_from(today, ahead) for ahead in range(AHEAD + 1)):
            cursor.execute("SELECT serving_events_month(%s)", [month])
            if cursor.fetchone() == (True,):
                made.append(month)
    return made


@transaction.atomic
def partitions_drop(*, today: date, months: int) -> list[date]:
    """Drop the months that ended ``months`` or more before this one; 0 keeps all. Returns their first days."""
    if months <= 0:
        return []
    oldest = _months_from(today, -months)
    old = [month for month in partitions_kept() if month < oldest]
    with connection.cursor() as cursor:
        for month in old:
            cursor.execute(f"DROP TABLE serving_engagementevent_{month:%Y_%m}")
    return old


def partitions_kept() -> list[date]:
    """The months that have a partition, by their first days, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relid::text FROM pg_partition_tree('serving_engagementevent') WHERE isleaf")
        names = [PART.search(name) for (name,) in cursor.fetchall()]
    return sorted(date(int(found[1]), int(found[2]), 1) for found in names if found)


def _months_from(day: date, months: int) -> date:
    """The first day of the month so many after, or before, that of ``day``."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)
