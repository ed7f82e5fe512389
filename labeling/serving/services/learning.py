"""Learning from what people do with looks, seconds after they did it, and going one step back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from labeling.accounts.models import User
from labeling.catalog.models import Vertical
from labeling.common.audit import audit_record
from labeling.common.errors import ConflictError
from labeling.serving import selectors
from labeling.serving.models import EngagementEvent, ProductRecord, RankerState, TagRecord
from labeling.serving.ranker import HALF_LIFE_DAYS, Ranking
from labeling.serving.records import DEEDS, HIDDEN, LANDMARK
from labeling.serving.selectors import NOTHING_YET
from labeling.serving.services.grading import grades_refresh
from labeling.serving.services.restoring import cluster_now, live_outdated, versions_mind

TOKEN_DAYS = 2
"""Events come at most so many days after their look was served, which is the day by which they are filed."""
VERSIONS_KEPT = 200
RECORDS_KEPT = 12
"""So many versions that served can be gone back to, one at a time; the records of older ones are one."""

# One statement, so that what is learned and what is noted as learned are seen by one snapshot. The first event of a product at
# a tag of a look is the impression it counts as; a click that comes later only adds what was taken. Events that a restore has
# brought are of transactions yet to come by its numbers: no snapshot will see them, so from then on their ids count.
FRESH = """
WITH fresh AS MATERIALIZED (
    SELECT event.look, event.served_on, event.tag_id, event.product_id, max(event.propensity) AS propensity,
        power(2, extract(epoch FROM min(event.created_at) - %(landmark)s)::float8 / 86400 / %(half_life)s) AS weight,
        sum((%(worth)s::jsonb ->> event.kind)::float8) AS taken, count(*) FILTER (WHERE event.kind = 'hide') AS hidden,
        max(event.id) FILTER (WHERE event.xact >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint) AS restored
    FROM serving_engagementevent event
    JOIN catalog_scene scene ON scene.id = event.scene_id
    WHERE scene.vertical_id = %(vertical)s AND event.void = '' AND event.id > %(floor)s AND event.served_on >= %(since)s
        AND event.xact >= pg_snapshot_xmin(%(snapshot)s::pg_snapshot)::text::bigint
        AND NOT pg_visible_in_snapshot(event.xact::text::xid8, %(snapshot)s::pg_snapshot)
    GROUP BY event.look, event.served_on, event.tag_id, event.product_id
), lessons AS MATERIALIZED (
    SELECT tag_id, product_id, weight * taken AS taken, weight * propensity * (%(hidden)s * hidden + CASE WHEN EXISTS (
        SELECT FROM serving_engagementevent before
        WHERE before.look = fresh.look AND before.served_on = fresh.served_on AND before.tag_id = fresh.tag_id
            AND before.product_id = fresh.product_id AND before.void = '' AND (before.id <= %(floor)s
                OR pg_visible_in_snapshot(before.xact::text::xid8, %(snapshot)s::pg_snapshot))
    ) THEN 0 ELSE 1 END) AS seen
    FROM fresh
)
"""
LEARN = f"""{FRESH}, own AS (
    INSERT INTO serving_tagrecord AS kept (tag_id, product_id, version, seen, taken)
    SELECT tag_id, product_id, %(version)s, sum(seen), sum(taken) FROM lessons GROUP BY tag_id, product_id
    ON CONFLICT (tag_id, product_id, version)
    DO UPDATE SET seen = kept.seen + excluded.seen, taken = kept.taken + excluded.taken
), every AS (
    INSERT INTO serving_productrecord AS kept (product_id, version, seen, taken)
    SELECT product_id, %(version)s, sum(seen), sum(taken) FROM lessons GROUP BY product_id
    ON CONFLICT (product_id, version)
    DO UPDATE SET seen = kept.seen + excluded.seen, taken = kept.taken + excluded.taken
)
SELECT pg_current_snapshot()::text, (SELECT count(*) FROM lessons), (SELECT max(restored) FROM fresh)
"""
# Of any vertical: what came from elsewhere, or is void, is passed by once and for all by learning nothing from it.
UNSEEN = """
SELECT count(*) FROM serving_engagementevent event
WHERE event.id > %(floor)s AND event.served_on >= %(since)s
    AND event.xact >= pg_snapshot_xmin(%(snapshot)s::pg_snapshot)::text::bigint
    AND event.xact < pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    AND NOT pg_visible_in_snapshot(event.xact::text::xid8, %(snapshot)s::pg_snapshot)
"""
REPLAY = f"""{FRESH}
SELECT tag_id, product_id, sum(seen), sum(taken) FROM lessons GROUP BY tag_id, product_id
"""
FOLD_TAGS = """
WITH old AS (
    DELETE FROM serving_tagrecord record USING tags_tag tag, catalog_scene scene
    WHERE record.version > 0 AND record.version <= %(ground)s AND tag.id = record.tag_id AND scene.id = tag.scene_id
        AND scene.vertical_id = %(vertical)s RETURNING record.tag_id, record.product_id, record.seen, record.taken
)
INSERT INTO serving_tagrecord AS kept (tag_id, product_id, version, seen, taken)
SELECT tag_id, product_id, 0, sum(seen), sum(taken) FROM old GROUP BY tag_id, product_id
ON CONFLICT (tag_id, product_id, version)
DO UPDATE SET seen = kept.seen + excluded.seen, taken = kept.taken + excluded.taken
"""
FOLD_PRODUCTS = """
WITH old AS (
    DELETE FROM serving_productrecord record USING catalog_product product
    WHERE record.version > 0 AND record.version <= %(ground)s AND product.id = record.product_id
        AND product.vertical_id = %(vertical)s RETURNING record.product_id, record.seen, record.taken
)
INSERT INTO serving_productrecord AS kept (product_id, version, seen, taken)
SELECT product_id, 0, sum(seen), sum(taken) FROM old GROUP BY product_id
ON CONFLICT (product_id, version)
DO UPDATE SET seen = kept.seen + excluded.seen, taken = kept.taken + excluded.taken
"""


def ranker_learn(*, vertical: Vertical) -> RankerState | None:
    """Take what shoppers did since the last time into the records of the live version; None where nothing is new.

    From then on every look is ranked by it, whichever process serves it. Events are learned from once, as they become
    visible: one that commits late, after others of a higher id, is not passed over. Where there is no version yet, the first
    event makes one that ranks by records alone. While the live one is frozen nothing is learned. A second in which nothing
    happened locks and writes nothing.
    """
    return _learn(vertical) if _news(vertical) else None


@transaction.atomic
def _learn(vertical: Vertical) -> RankerState | None:
    # Not FOR UPDATE, which would keep everybody from adding scenes to the vertical meanwhile.
    Vertical.objects.select_for_update(no_key=True).get(pk=vertical.pk)
    versions_mind(vertical=vertical)
    live = selectors.ranker_live(vertical=vertical)
    if live is not None and live.frozen:
        return None
    if live is None:
        live = version_open(vertical=vertical, ranking=Ranking(), reason="The first: it goes by records alone.")
    _hear(live)
    with connection.cursor() as cursor:
        cursor.execute(LEARN, _seen_until(live))
        ((live.snapshot, lessons, restored),) = cursor.fetchall()
    live.learned_at, live.events = timezone.now(), live.events + lessons
    live.learned_until, live.cluster = restored or live.learned_until, cluster_now()
    live.save(update_fields=["snapshot", "cluster", "learned_until", "learned_at", "events", "heard", "updated_at"])
    return live if lessons else None


def version_open(
    *,
    vertical: Vertical,
    ranking: Ranking,
    reason: str,
    report: dict[str, Any] | None = None,
    lessons: str = "",
    snapshot_hash: str = "",
    live: bool = True,
) -> RankerState:
    """Write a version, which goes on from what the live one has learned; ``live``, it serves from the next look on.

    To be called inside a transaction. Of those that served, ``RECORDS_KEPT`` can be gone back to; what older ones had learned
    stays, but can no more be left.
    """
    before = selectors.ranker_live(vertical=vertical)
    number = (selectors.ranker_history(vertical=vertical).values_list("number", flat=True).first() or 0) + 1
    if before is not None and live:
        before.live = False
        before.save(update_fields=["live", "updated_at"])
    made = RankerState.objects.create(
        vertical=vertical,
        number=number,
        state=ranking.to_state(),
        snapshot=before.snapshot if before else "",
        cluster=before.cluster if before else None,
        learned_until=before.learned_until if before else 0,
        learned_at=before.learned_at if before else None,
        events=before.events if before else 0,
        heard=before.heard if before else [],
        live=live,
        served=live,
        reason=reason,
        report=report or {},
        lessons=lessons,
        snapshot_hash=snapshot_hash,
    )
    if live:
        _fold(vertical)
    selectors.ranker_history(vertical=vertical).filter(number__lte=number - VERSIONS_KEPT, served=False).delete()
    return made


@transaction.atomic
def ranker_step_back(*, vertical: Vertical, reason: str, actor: User | None = None) -> RankerState:
    """Serve the version before the live one again, frozen so that it stays until somebody lets it learn on.

    What was learned under the version that is left goes with it: those events are learned anew when learning goes on.
    """
    Vertical.objects.select_for_update(no_key=True).get(pk=vertical.pk)
    live = selectors.ranker_live(vertical=vertical)
    served = selectors.ranker_history(vertical=vertical).filter(served=True)
    before = served.filter(number__lt=live.number).first() if live else None
    if live is None or before is None:
        raise ConflictError("There is no earlier ranking to go back to.")
    live.live = live.served = False
    live.save(update_fields=["live", "served", "updated_at"])
    before.live, before.frozen, before.reason = True, True, reason[:300]
    before.save(update_fields=["live", "frozen", "reason", "updated_at"])
    _forget(vertical, after=before.number)
    audit_record(actor=actor, verb="ranker_step_back", subject=before, reason=reason, left=live.number)
    return before


@transaction.atomic
def ranker_freeze(*, vertical: Vertical, reason: str, actor: User | None = None) -> RankerState:
    """Serve the live version as it is, and learn nothing until somebody lets it."""
    live = _live(vertical)
    live.frozen, live.reason = True, reason[:300]
    live.save(update_fields=["frozen", "reason", "updated_at"])
    audit_record(actor=actor, verb="ranker_freeze", subject=live, reason=reason)
    return live


@transaction.atomic
def ranker_resume(*, vertical: Vertical, actor: User, skip: bool) -> RankerState:
    """Let the live version learn on: from all that happened meanwhile, or with ``skip`` only from what happens from now on."""
    live = _live(vertical)
    live.frozen = False
    if skip:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_snapshot()::text")
            ((live.snapshot,),) = cursor.fetchall()
        live.learned_at, live.cluster = timezone.now(), cluster_now()
    live.save(update_fields=["frozen", "snapshot", "cluster", "learned_at", "updated_at"])
    audit_record(actor=actor, verb="ranker_resume", subject=live, skipped=skip)
    return live


@dataclass(frozen=True, slots=True)
class Replay:
    """What the log says a version had learned, and by how much its records differ from it at most, relatively."""

    tags: int
    seen: float
    taken: float
    difference: float


def version_replay(*, version: RankerState) -> Replay:
    """Learn from the log again all that this version had learned, and compare it with what it has on record.

    Every version is a function of the log: of the events its snapshot sees. Nothing is written. Events that were skipped by a
    curator's choice, or are no longer kept, are missing from the log and are told as a difference.
    """
    known: dict[str, Any] = {**_seen_until(version), "snapshot": NOTHING_YET, "floor": 0, "since": LANDMARK.date()}
    seen_by = "AND (event.id <= %(last)s OR pg_visible_in_snapshot(event.xact::text::xid8, %(until)s::pg_snapshot))"
    statement = REPLAY.replace("    GROUP BY event.look", f"        {seen_by}\n    GROUP BY event.look", 1)
    with connection.cursor() as cursor:
        cursor.execute(statement, {**known, "until": version.snapshot or NOTHING_YET, "last": version.learned_until})
        replayed = {(tag, product): (seen, taken) for tag, product, seen, taken in cursor.fetchall()}
        cursor.execute(
            "SELECT record.tag_id, record.product_id, sum(record.seen), sum(record.taken) FROM serving_tagrecord record "
            "JOIN tags_tag tag ON tag.id = record.tag_id JOIN catalog_scene scene ON scene.id = tag.scene_id "
            "WHERE scene.vertical_id = %s AND record.version <= %s GROUP BY record.tag_id, record.product_id",
            [version.vertical_id, version.number],
        )
        kept = {(tag, product): (seen, taken) for tag, product, seen, taken in cursor.fetchall()}
    worst = 0.0
    for key in replayed.keys() | kept.keys():
        for one, other in zip(replayed.get(key, (0.0, 0.0)), kept.get(key, (0.0, 0.0)), strict=True):
            worst = max(worst, abs(one - other) / max(abs(one), abs(other), 1e-12))
    return Replay(len(replayed), sum(s for s, _ in replayed.values()), sum(t for _, t in replayed.values()), worst)


def _seen_until(version: RankerState) -> dict[str, Any]:
    since = LANDMARK if version.learned_at is None else version.learned_at - timedelta(days=TOKEN_DAYS)
    return {
        "vertical": version.vertical_id,
        "version": version.number,
        "snapshot": version.snapshot or NOTHING_YET,
        "floor": version.learned_until,
        "since": since.date(),
        "landmark": LANDMARK,
        "half_life": HALF_LIFE_DAYS,
        "worth": DEEDS,
        "hidden": HIDDEN,
    }


def _news(vertical: Vertical) -> bool:
    live = selectors.ranker_live(vertical=vertical)
    if live is None:
        return EngagementEvent.objects.filter(scene__vertical=vertical, void="").exists()
    # Of a restore a frozen one is told as well: later nothing may show it any more.
    if live_outdated(vertical=vertical):
        return True
    if live.frozen:
        return False
    if live.snapshot == "" or live.heard != selectors.decisions_lately():
        return True
    with connection.cursor() as cursor:
        cursor.execute(UNSEEN, _seen_until(live))
        ((unseen,),) = cursor.fetchall()
    return bool(unseen)


def _hear(live: RankerState) -> None:
    """Bring the grades in line with what people have said since they were last, and what of it may have committed late."""
    lately = selectors.decisions_lately()
    if live.heard == lately:
        return
    # Told before they are gathered: what comes between is gathered now, and once more.
    before = live.heard or [[0, 0, 0]] * len(lately)
    since = [min(heard[0], said[0]) - selectors.LATELY for heard, said in zip(before, lately, strict=True)]
    grades_refresh(vertical=live.vertical, since=since[:3])
    live.heard = lately


def _live(vertical: Vertical) -> RankerState:
    Vertical.objects.select_for_update(no_key=True).get(pk=vertical.pk)
    versions_mind(vertical=vertical)
    live = selectors.ranker_live(vertical=vertical)
    if live is None:
        raise ConflictError("Nothing has been learned yet: serve looks first.")
    return live


def _forget(vertical: Vertical, *, after: int) -> None:
    TagRecord.objects.filter(tag__scene__vertical=vertical, version__gt=after).delete()
    ProductRecord.objects.filter(product__vertical=vertical, version__gt=after).delete()


def _fold(vertical: Vertical) -> None:
    """Let go of versions that nobody goes back to: their records become the ground that all later ones stand on."""
    served = selectors.ranker_history(vertical=vertical).filter(served=True)
    ground = served.values_list("number", flat=True)[RECORDS_KEPT:].first()
    if ground is None:
        return
    served.filter(number__lt=ground).update(served=False)
    with connection.cursor() as cursor:
        cursor.execute(FOLD_TAGS, {"vertical": vertical.pk, "ground": ground})
        cursor.execute(FOLD_PRODUCTS, {"vertical": vertical.pk, "ground": ground})
