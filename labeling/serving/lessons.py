"""What a new version of the ranking is fitted to, and the looks that it is judged by: read from records, grades and the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection

from labeling.catalog.models import Vertical
from labeling.serving.offers import Offer, offers_named, offers_passed_over
from labeling.serving.ranker import POSITIONS, Impression, Lesson, Record, Showing, relevance
from labeling.serving.records import DEEDS, HIDDEN, records_of, weight_at

TAGS_MOST = 40_000
EVENTS_LOOKED_AT = 300_000
PASSED_OVER = 0.3
"""The gain of what people passed over in favour of another, and how sure that is: nobody said that it is wrong."""

TAGS = """
SELECT id FROM (
    SELECT record.tag_id AS id FROM serving_tagrecord record JOIN tags_tag tag ON tag.id = record.tag_id
    JOIN catalog_scene scene ON scene.id = tag.scene_id WHERE scene.vertical_id = %(vertical)s
    UNION
    SELECT grade.tag_id FROM serving_taggrade grade JOIN tags_tag tag ON tag.id = grade.tag_id
    JOIN catalog_scene scene ON scene.id = tag.scene_id WHERE scene.vertical_id = %(vertical)s
) known ORDER BY id DESC LIMIT %(most)s
"""
LATELY = """
FROM serving_engagementevent event JOIN catalog_scene scene ON scene.id = event.scene_id
WHERE scene.vertical_id = %(vertical)s AND event.void = ''
    AND event.id > (SELECT COALESCE(max(id), 0) FROM serving_engagementevent) - %(events)s
"""
SHOWINGS = f"""
SELECT event.tag_id, LEAST(event.position, %(positions)s), count(*) FILTER (WHERE event.kind = 'impression'),
    count(*) FILTER (WHERE event.kind = 'click')
{LATELY} GROUP BY 1, 2
"""
# Three looks of sixteen, by the first digit of their number.
HELD_OUT = f"""
SELECT event.look, event.tag_id, event.product_id, min(event.position), min(event.chance), max(event.propensity),
    min(event.created_at), (count(*) FILTER (WHERE event.kind = 'click'))::float8,
    sum((%(worth)s::jsonb ->> event.kind)::float8), count(*) FILTER (WHERE event.kind = 'hide'),
    bool_or(event.kind = 'impression')
{LATELY} AND left(event.look::text, 1) IN ('0', '1', '2')
GROUP BY event.look, event.tag_id, event.product_id
"""


@dataclass(frozen=True, slots=True)
class Known:
    """All that a version is fitted to and judged by. ``teaching`` are the lessons less what the held-out ``looks`` taught."""

    lessons: list[Lesson]
    teaching: list[Lesson]
    showings: list[Showing]
    looks: list[list[Impression]]


def known_of(*, vertical: Vertical, now: datetime) -> Known:
    """What is known of a vertical now; the newest ``TAGS_MOST`` tags that anybody looked at or graded."""
    tags = [tag for (tag,) in _rows(TAGS, {"vertical": vertical.pk, "most": TAGS_MOST})]
    offers = offers_named(tags=tags)
    records = records_of(tags=tags, now=now)
    lately: dict[str, Any] = {"vertical": vertical.pk, "events": EVENTS_LOOKED_AT}
    held = _rows(HELD_OUT, {**lately, "worth": DEEDS})
    taught = _without(held, offers, records, now)
    looks: dict[object, list[Impression]] = defaultdict(list)
    for look, tag, product, position, chance, _, _, clicks, _, _, seen in held:
        # Not of a product that the tag no longer shows: what was done to it tells nothing of the one that stands there now.
        if seen and tag in offers and offers[tag].product == product:
            looks[look].append(Impression(offers[tag], taught[tag], position, chance, clicks))
    passed = [Lesson(offer, Record(), PASSED_OVER, PASSED_OVER, 0.0) for offer in offers_passed_over(tags=tags)]
    return Known(
        lessons=_lessons(offers, records) + passed,
        teaching=_lessons(offers, taught) + passed,
        showings=[Showing(*row) for row in _rows(SHOWINGS, {**lately, "positions": POSITIONS})],
        looks=list(looks.values()),
    )


def _lessons(offers: dict[int, Offer], records: dict[int, Record]) -> list[Lesson]:
    return [
        Lesson(offer, record, record.gain or 0.0, float(record.gain is not None), relevance(offer))
        for tag, offer in offers.items()
        for record in [records[tag]]
    ]


def _without(
    held: Sequence[tuple[Any, ...]], offers: Mapping[int, Offer], records: Mapping[int, Record], now: datetime
) -> dict[int, Record]:
    """The records less what the held-out looks brought into them, which is what ``services.learning`` took from each: of a
    product at its tag, and of the same product at all others."""
    at_tag: dict[tuple[int, int], Any] = defaultdict(lambda: np.zeros(2))
    anywhere: dict[int, Any] = defaultdict(lambda: np.zeros(2))
    for _, tag, product, _, _, propensity, at, _, taken, hidden, _ in held:
        brought = np.array([propensity * (1 + HIDDEN * hidden), taken]) * (weight_at(at) / weight_at(now))
        at_tag[tag, product] += brought
        anywhere[product] += brought
    taught = {}
    for tag, record in records.items():
        own = at_tag[tag, offers[tag].product]
        less = np.concatenate([own, anywhere[offers[tag].product] - own])
        seen, taken, seen_elsewhere, taken_elsewhere = np.maximum(np.array(record[:4]) - less, 0.0).tolist()
        taught[tag] = Record(seen, taken, seen_elsewhere, taken_elsewhere, record.gain, record.pairs)
    return taught


def _rows(statement: str, told: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, told)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
