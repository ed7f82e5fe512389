"""What a new version of the ranking is fitted to, and the looks that it is judged by: read from records, grades and the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from django.db import connection

from labeling.catalog.models import Vertical
from labeling.serving.evidence import HeldOut, Impression, Lesson, Record, Showing
from labeling.serving.offers import Offer, offers_live, offers_named, offers_passed_over
from labeling.serving.ranker import POSITIONS, relevance
from labeling.serving.records import DEEDS, HIDDEN, records_of, weight_at
from labeling.serving.selectors import scenes_shown

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
HELD_OUT_LOOKS = ("0", "1", "2")
"""Three looks of sixteen, by the first digit of their number."""
HELD_OUT = f"""
SELECT event.look, event.scene_id, event.tag_id, event.product_id, min(event.position), min(event.chance), max(event.propensity),
    min(event.created_at), (count(*) FILTER (WHERE event.kind = 'click'))::float8,
    sum((%(worth)s::jsonb ->> event.kind)::float8), count(*) FILTER (WHERE event.kind = 'hide'),
    bool_or(event.kind = 'impression')
{LATELY} AND left(event.look::text, 1) = ANY(%(looks)s)
GROUP BY event.look, event.scene_id, event.tag_id, event.product_id
"""
CHANGED = """
SELECT scene_id, max(GREATEST(created_at, (SELECT max(created_at) FROM tags_tagevent WHERE tag_id = tag.id)))
FROM tags_tag tag WHERE scene_id = ANY(%(scenes)s) GROUP BY scene_id
"""
"""When the tags of a scene were last changed; GREATEST passes over what is NULL."""


class Held(NamedTuple):
    """What a held-out look tells of a product at a tag: where and at what chance it stood, and what was done to it ``at`` first;
    ``taken`` is that as a taking, ``seen`` whether it came on the screen."""

    look: object
    scene: int
    tag: int
    product: int
    position: int
    chance: float
    propensity: float
    at: datetime
    clicks: float
    taken: float
    hidden: int
    seen: bool


@dataclass(frozen=True, slots=True)
class Known:
    """All that a version is fitted to and judged by. ``teaching`` are the lessons less what the ``held`` out looks taught."""

    lessons: list[Lesson]
    teaching: list[Lesson]
    showings: list[Showing]
    held: list[HeldOut]


def known_of(*, vertical: Vertical, now: datetime) -> Known:
    """What is known of a vertical now; the newest ``TAGS_MOST`` tags that anybody looked at or graded."""
    tags = [tag for (tag,) in _rows(TAGS, {"vertical": vertical.pk, "most": TAGS_MOST})]
    lately: dict[str, Any] = {"vertical": vertical.pk, "events": EVENTS_LOOKED_AT}
    events = [Held(*row) for row in _rows(HELD_OUT, {**lately, "worth": DEEDS, "looks": list(HELD_OUT_LOOKS)})]
    shown = _shown({event.scene for event in events})
    offers = offers_named(tags=tags)
    every = offers | {offer.tag: offer for each in shown.values() for offer in each}
    records = records_of(tags=list(every), now=now)
    taught = _without(events, every, records, now)
    passed = [Lesson(offer, Record(), PASSED_OVER, PASSED_OVER, 0.0) for offer in offers_passed_over(tags=tags)]
    return Known(
        lessons=_lessons(offers, records) + passed,
        teaching=_lessons(offers, taught) + passed,
        showings=[Showing(*row) for row in _rows(SHOWINGS, {**lately, "positions": POSITIONS})],
        held=_held_out(events, shown, taught),
    )


def _shown(scenes: set[int]) -> dict[int, list[Offer]]:
    """What a look at each of these scenes holds now; scenes without anything are left out."""
    claimed = {pk for pk, scene in scenes_shown(scenes=scenes).items() if scene.claimed}
    shown: dict[int, list[Offer]] = defaultdict(list)
    for offer in offers_live(scenes=scenes, claimed=claimed):
        shown[offer.scene].append(offer)
    return shown


def _held_out(events: Sequence[Held], shown: Mapping[int, list[Offer]], taught: Mapping[int, Record]) -> list[HeldOut]:
    """The looks, by scene, that held the very tags that a look at the scene holds now: those since its tags were last changed,
    of which no tag that was seen has gone or shows another product. The log knows of a look what was seen, not all it held:
    of a product that was out of stock for a while and that nobody saw before, it tells nothing."""
    changed = dict(_rows(CHANGED, {"scenes": list(shown)}))
    looks: dict[tuple[int, object], list[Held]] = defaultdict(list)
    for event in events:
        looks[event.scene, event.look].append(event)
    found: dict[int, list[Impression]] = defaultdict(list)
    for (scene, _), look in looks.items():
        products = {offer.tag: offer.product for offer in shown.get(scene, ())}
        if all(_as_now(each, products) and each.at > changed[scene] for each in look):
            found[scene] += [
                Impression(each.tag, each.position, each.chance, each.clicks) for each in look if each.seen
            ]
    return [
        HeldOut(shown[scene], {offer.tag: taught[offer.tag] for offer in shown[scene]}, impressions)
        for scene, impressions in found.items()
    ]


def _as_now(event: Held, products: Mapping[int, int]) -> bool:
    return products.get(event.tag) == event.product and event.position <= len(products)


def _lessons(offers: dict[int, Offer], records: dict[int, Record]) -> list[Lesson]:
    return [
        Lesson(offer, record, record.gain or 0.0, float(record.gain is not None), relevance(offer))
        for tag, offer in offers.items()
        for record in [records[tag]]
    ]


def _without(
    events: Sequence[Held], offers: Mapping[int, Offer], records: Mapping[int, Record], now: datetime
) -> dict[int, Record]:
    """The records less what the held-out looks brought into them, which is what ``services.learning`` took from each: of a
    product at its tag, and of the same product at all others."""
    at_tag: dict[tuple[int, int], Any] = defaultdict(lambda: np.zeros(2))
    anywhere: dict[int, Any] = defaultdict(lambda: np.zeros(2))
    for event in events:
        seen = event.propensity * (1 + HIDDEN * event.hidden)
        brought = np.array([seen, event.taken]) * (weight_at(event.at) / weight_at(now))
        at_tag[event.tag, event.product] += brought
        anywhere[event.product] += brought
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
