"""What a snapshot teaches the ranking: its pairs, and what shoppers had done when it was frozen.

Relevance learns from the rows of the snapshot and from what people passed over for them, and from nothing that was said since.
Rates learn from the events that had come when it was frozen: the log is only added to, so a moment says which. Products, tags
and words are as they are when it is read; the lessons that come of it are kept, and make the same models at any time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from labeling.annotation.consensus import same_place
from labeling.datasets.models import Snapshot, SnapshotRow
from labeling.serving.evidence import NOTHING, Lesson, Record, Showing
from labeling.serving.lessons import EVENTS_LOOKED_AT, HELD_OUT_LOOKS, PASSED_OVER, TAGS_MOST
from labeling.serving.offers import Offer, offers_frozen, offers_frozen_over, offers_named, unjudged
from labeling.serving.ranker import GAINS, HALF_LIFE_DAYS, POSITIONS, relevance
from labeling.serving.records import DEEDS, HIDDEN, LANDMARK, PAIRS_COUNTED, weight_at

UNTIL = """
FROM serving_engagementevent event JOIN catalog_scene scene ON scene.id = event.scene_id
WHERE scene.vertical_id = %(vertical)s AND event.void = '' AND event.created_at < %(until)s
"""
# As events are learned from one by one: the first of a product at a tag of a look is the impression it counts as.
RECORDS = f"""
WITH shown AS (
    SELECT event.tag_id, event.product_id, left(event.look::text, 1) = ANY(%(held_out)s) AS held_out,
        power(2, extract(epoch FROM min(event.created_at) - %(landmark)s)::float8 / 86400 / %(half_life)s) AS weight,
        max(event.propensity) * (1 + %(hidden)s * count(*) FILTER (WHERE event.kind = 'hide')) AS seen,
        sum((%(worth)s::jsonb ->> event.kind)::float8) AS taken
    {UNTIL} GROUP BY event.look, event.served_on, event.tag_id, event.product_id
)
SELECT tag_id, product_id, sum(weight * seen), sum(weight * taken),
    COALESCE(sum(weight * seen) FILTER (WHERE NOT held_out), 0), COALESCE(sum(weight * taken) FILTER (WHERE NOT held_out), 0)
FROM shown GROUP BY tag_id, product_id ORDER BY tag_id, product_id
"""
SHOWINGS = f"""
SELECT event.tag_id, LEAST(event.position, %(positions)s), count(*) FILTER (WHERE event.kind = 'impression'),
    count(*) FILTER (WHERE event.kind = 'click')
{UNTIL} AND event.id > (
    SELECT COALESCE(max(id), 0) FROM serving_engagementevent WHERE created_at < %(until)s) - %(events)s
GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a snapshot teaches: ``lessons`` of its train and val rows and of all that was looked at; ``teaching`` are those less
    what the held-out looks taught, ``judging`` the rows of its test split, as if automation had made their tags."""

    lessons: list[Lesson]
    teaching: list[Lesson]
    judging: list[Lesson]
    showings: list[Showing]


@dataclass(frozen=True, slots=True)
class _Told:
    """What shoppers had done with a product at a tag, whole and without the held-out looks: seen and taken of each."""

    whole: tuple[float, float]
    taught: tuple[float, float]


def frozen_of(*, snapshot: Snapshot) -> Frozen:
    """What a snapshot teaches a ranking, the newest ``TAGS_MOST`` of its rows; that they are those that were frozen is for the
    caller to make sure of."""
    told = _told(snapshot)
    rows = offers_frozen(snapshot=snapshot.pk, most=TAGS_MOST)
    over = offers_frozen_over(snapshot=snapshot.pk, most=TAGS_MOST)
    test = {-pk for pk in snapshot.rows.filter(split=SnapshotRow.Split.TEST).values_list("pk", flat=True)}
    taught = [offer for offer in rows if offer.tag not in test]
    pairs = _pairs(snapshot)
    engaged = offers_named(tags=sorted({tag for tag, _ in told})[-TAGS_MOST:])
    rivals = [offer for offer in over if offer.tag not in test]
    lessons, teaching = (
        [
            *_of_rows(taught, engaged, _records(told, engaged, pairs, without=without), pairs),
            *(
                Lesson(offer, Record(pairs=_elsewhere(pairs, offer)), PASSED_OVER, PASSED_OVER, _usual(offer))
                for offer in rivals
            ),
        ]
        for without in (False, True)
    )
    judging = [
        Lesson(unjudged(offer), Record(pairs=_elsewhere(pairs, offer)), GAINS[offer.grade], 1.0, _usual(offer))
        for offer in rows
        if offer.tag in test
    ]
    return Frozen(lessons, teaching, judging, [Showing(*row) for row in _rows(SHOWINGS, snapshot)])


def _of_rows(
    rows: Sequence[Offer], engaged: Mapping[int, Offer], records: Mapping[int, Record], pairs: Mapping[int, set[int]]
) -> list[Lesson]:
    """A lesson of each row, with what shoppers did at the tag that came of it, and of each other tag they looked at."""
    left: dict[tuple[int, int], list[Offer]] = defaultdict(list)
    for offer in engaged.values():
        left[offer.scene, offer.product].append(offer)
    lessons = []
    for row in rows:
        here = left[row.scene, row.product]
        mine = next((offer for offer in here if same_place(offer.box, row.box)), None)
        gain = GAINS[row.grade]
        if mine is None:
            lessons.append(Lesson(row, Record(gain=gain, pairs=_elsewhere(pairs, row)), gain, 1.0, _usual(row)))
            continue
        here.remove(mine)
        lessons.append(Lesson(row, records[mine.tag]._replace(gain=gain), gain, 1.0, _usual(row)))
    others = [offer for here in left.values() for offer in here]
    return lessons + [Lesson(offer, records[offer.tag], 0.0, 0.0, relevance(offer)) for offer in others]


def _told(snapshot: Snapshot) -> dict[tuple[int, int], _Told]:
    fade = weight_at(snapshot.frozen_at)
    return {
        (tag, product): _Told((seen / fade, taken / fade), (less_seen / fade, less_taken / fade))
        for tag, product, seen, taken, less_seen, less_taken in _rows(RECORDS, snapshot)
    }


def _records(
    told: Mapping[tuple[int, int], _Told], engaged: Mapping[int, Offer], pairs: Mapping[int, set[int]], *, without: bool
) -> dict[int, Record]:
    """The record of each tag's product, as :func:`labeling.serving.records.records_of` would have read it then."""
    each = {key: one.taught if without else one.whole for key, one in told.items()}
    anywhere: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for (_, product), (seen, taken) in each.items():
        anywhere[product][0] += seen
        anywhere[product][1] += taken
    records = {}
    for tag, offer in engaged.items():
        seen, taken = each.get((tag, offer.product), NOTHING[:2])
        all_seen, all_taken = anywhere[offer.product]
        elsewhere = max(all_seen - seen, 0.0), max(all_taken - taken, 0.0)
        records[tag] = Record(seen, taken, *elsewhere, None, _elsewhere(pairs, offer))
    return records


def _pairs(snapshot: Snapshot) -> dict[int, set[int]]:
    """The scenes in which the snapshot has each product."""
    scenes: dict[int, set[int]] = defaultdict(set)
    for product, scene in snapshot.rows.values_list("product", "scene"):
        scenes[product].add(scene)
    return scenes


def _elsewhere(pairs: Mapping[int, set[int]], offer: Offer) -> int:
    return min(len(pairs.get(offer.product, set()) - {offer.scene}), PAIRS_COUNTED)


def _usual(offer: Offer) -> float:
    """How a model alone would have put it."""
    return max(offer.similarity, 0.0)


def _rows(statement: str, snapshot: Snapshot) -> list[tuple[Any, ...]]:
    asked: dict[str, Any] = {
        "vertical": snapshot.vertical_id,
        "until": snapshot.frozen_at,
        "held_out": list(HELD_OUT_LOOKS),
        "landmark": LANDMARK,
        "half_life": HALF_LIFE_DAYS,
        "hidden": HIDDEN,
        "worth": DEEDS,
        "positions": POSITIONS,
        "events": EVENTS_LOOKED_AT,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
