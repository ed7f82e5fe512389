"""What is known of products at tags: what shoppers did with them, and what people said. One statement for any number of looks.

Tastes turn, so what shoppers did fades: after ``HALF_LIFE_DAYS`` it counts half. Rows are never touched for that. What happened
at ``t`` is written with the weight ``2 ** ((t - LANDMARK) / half-life)``, and read divided by that of now (forward decay,
Cormode et al., ICDE 2009): sums stay sums, in whatever order events arrive.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime

from django.db import connection

from labeling.common.prepared import prepared
from labeling.serving.evidence import Record
from labeling.serving.ranker import HALF_LIFE_DAYS

LANDMARK = datetime(2026, 1, 1, tzinfo=UTC)
PAIRS_COUNTED = 50
DEEDS = json.dumps({"impression": 0.0, "closeup": 0.1, "click": 1.0, "save": 0.5, "hide": 0.0})
"""What each kind of event is worth as a taking, as the database reads it."""
HIDDEN = 4.0
"""Who hides a product says more than who passes it over: it counts as so many more looks that took nothing."""

READ = """
SELECT tag.id, COALESCE(own.seen, 0), COALESCE(own.taken, 0), COALESCE(every.seen, 0), COALESCE(every.taken, 0),
    (SELECT gain FROM serving_taggrade WHERE tag_id = tag.id AND product_id = tag.product_id), (SELECT count(*) FROM (
        SELECT FROM datasets_pair WHERE product_id = tag.product_id AND withdrawn_at IS NULL AND scene_id <> tag.scene_id
        LIMIT %(pairs)s) confirmed)
FROM tags_tag tag
JOIN catalog_scene scene ON scene.id = tag.scene_id
LEFT JOIN serving_rankerstate live ON live.vertical_id = scene.vertical_id AND live.live
CROSS JOIN LATERAL (SELECT sum(seen) AS seen, sum(taken) AS taken FROM serving_tagrecord
    WHERE tag_id = tag.id AND product_id = tag.product_id AND version <= live.number) own
CROSS JOIN LATERAL (SELECT sum(seen) AS seen, sum(taken) AS taken FROM serving_productrecord
    WHERE product_id = tag.product_id AND version <= live.number) every
WHERE tag.id = ANY(%(tags)s::bigint[])
"""


def records_of(*, tags: Collection[int], now: datetime | None = None) -> dict[int, Record]:
    """The record of the product of each of these tags, by tag, as the live ranking knows it."""
    fade = weight_at(now or datetime.now(UTC))
    with connection.cursor() as cursor:
        cursor.execute(prepared(READ, "tags", pairs=PAIRS_COUNTED), {"tags": list(tags)})
        return {
            tag: Record(
                seen / fade,
                taken / fade,
                max(all_seen - seen, 0.0) / fade,
                max(all_taken - taken, 0.0) / fade,
                gain,
                pairs,
            )
            for tag, seen, taken, all_seen, all_taken, gain, pairs in cursor.fetchall()
        }


def weight_at(moment: datetime) -> float:
    """What something that happens at this moment is written with."""
    return float(2.0 ** ((moment - LANDMARK).total_seconds() / 86400 / HALF_LIFE_DAYS))
