"""After a restore from a dump transactions are numbered anew, and what a snapshot sees says nothing of the events that come.

A snapshot that sees further than any transaction has come is of the old numbering. All events that are there were there when it
was taken, or so nearly that none is worth counting twice: from then on they are told from new ones by their ids.
"""

from __future__ import annotations

from django.db import connection

from labeling.catalog.models import Vertical
from labeling.serving.models import Experiment
from labeling.serving.selectors import NOTHING_YET

MIND = """
UPDATE {table} SET snapshot = %(nothing)s, {until} = (SELECT COALESCE(max(id), 0) FROM serving_engagementevent)
WHERE {whose} = %(pk)s AND snapshot <> ''
    AND split_part(snapshot, ':', 2)::bigint > pg_snapshot_xmax(pg_current_snapshot())::text::bigint
"""
VERSIONS = MIND.format(table="serving_rankerstate", until="learned_until", whose="vertical_id")
EXPERIMENT = MIND.format(table="serving_experiment", until="counted_until", whose="id")


def outdated(*, snapshot: str) -> bool:
    """Whether a snapshot is of another numbering than transactions have now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        ((next_one,),) = cursor.fetchall()
    return snapshot != "" and int(snapshot.split(":")[1]) > next_one


def versions_mind(*, vertical: Vertical) -> int:
    """Let every version of a vertical, those to go back to as well, stand by ids where its snapshot is of another numbering;
    returns how many did. To be called inside a transaction that has locked the vertical."""
    return _mind(VERSIONS, vertical.pk)


def experiment_mind(*, experiment: Experiment) -> int:
    """The same of an experiment, which the transaction has locked."""
    return _mind(EXPERIMENT, experiment.pk)


def _mind(statement: str, pk: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"nothing": NOTHING_YET, "pk": pk})
        return int(cursor.rowcount)
