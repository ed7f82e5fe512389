"""After a restore from a dump transactions are numbered anew, and what a snapshot sees says nothing of the events that come.

A snapshot is of another numbering where it was taken in another cluster, as PostgreSQL tells them apart by an identifier that
each is given when it is made, or where it sees further than any transaction has come. Events from before it was taken were
learned from then, or so nearly all that none is worth counting twice: from then on they are told from new ones by their ids.
"""

from __future__ import annotations

from django.db import connection

from labeling.catalog.models import Vertical
from labeling.serving.models import Experiment
from labeling.serving.selectors import NOTHING_YET

CLUSTER = "(SELECT system_identifier FROM pg_control_system())"
ELSEWHERE = f"""
snapshot <> '' AND (cluster <> {CLUSTER}
    OR split_part(snapshot, ':', 2)::bigint > pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
"""
# A cluster is unknown (null) where a snapshot is older than the column: only its numbers can tell then.
MIND = f"""
UPDATE {{table}} mine SET snapshot = %(nothing)s, cluster = {CLUSTER}, {{until}} = COALESCE((
    SELECT id FROM serving_engagementevent WHERE created_at <= mine.{{at}} ORDER BY id DESC LIMIT 1), 0)
WHERE {{whose}} = %(pk)s AND {ELSEWHERE}
"""
VERSIONS = MIND.format(table="serving_rankerstate", until="learned_until", at="learned_at", whose="vertical_id")
EXPERIMENT = MIND.format(table="serving_experiment", until="counted_until", at="measured_at", whose="id")
LIVE_OUTDATED = f"SELECT EXISTS (SELECT FROM serving_rankerstate WHERE vertical_id = %s AND live AND {ELSEWHERE})"


def cluster_now() -> int:
    """What PostgreSQL tells this cluster from all others by; a snapshot means nothing in another."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {CLUSTER}")
        ((cluster,),) = cursor.fetchall()
    return int(cluster)


def live_outdated(*, vertical: Vertical) -> bool:
    """Whether the snapshot of the live version is of another numbering than transactions have now."""
    with connection.cursor() as cursor:
        cursor.execute(LIVE_OUTDATED, [vertical.pk])
        ((outdated,),) = cursor.fetchall()
    return bool(outdated)


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
