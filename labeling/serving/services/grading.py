"""What people said of products at tags, gathered for the ranking from wherever they said it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection

from labeling.catalog.models import Vertical
from labeling.serving.ranker import GAINS

GAINS_JSON = json.dumps(GAINS)
SAME_BOX = 0.02

# Whatever was said of a tag since, all that was ever said of it is weighed: the owner's ruling counts before a blind judge's
# grade, and that before a resolution; of several of a kind the newest. A resolution that names another product says nothing of
# this one: people chose the best, and others may do.
SAID = """
WITH touched AS MATERIALIZED (
    SELECT tag_id AS id FROM tags_tagreview WHERE id > %(reviews)s
    UNION SELECT tag.id FROM tags_judgement judgement JOIN tags_judgeitem item ON item.id = judgement.item_id
        JOIN tags_judgebox box ON box.id = item.judge_box_id
        JOIN tags_tag tag ON tag.scene_id = box.scene_id AND tag.product_id = item.product_id
        WHERE judgement.id > %(judgements)s
    UNION SELECT tag.id FROM annotation_resolution resolution JOIN tags_tag tag ON tag.scene_id = resolution.scene_id
        WHERE resolution.id > %(resolutions)s
    UNION SELECT tag_id FROM serving_taggrade WHERE %(ever)s
), said AS (
    SELECT review.tag_id, review.refused_id AS product_id, 0.0::float8 AS gain, 3 AS word, review.id AS number
    FROM touched JOIN tags_tagreview review ON review.tag_id = touched.id
    WHERE review.refused_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM tags_tagreview undoing WHERE undoing.undoes_id = review.id)
    UNION ALL
    SELECT tag.id, item.product_id, avg((%(gains)s::jsonb ->> judgement.grade)::float8), 2, max(judgement.id)
    FROM touched JOIN tags_tag tag ON tag.id = touched.id
    JOIN tags_judgebox box ON box.scene_id = tag.scene_id
        AND abs(tag."left" - box."left") < %(near)s AND abs(tag."right" - box."right") < %(near)s
        AND abs(tag.top - box.top) < %(near)s AND abs(tag.bottom - box.bottom) < %(near)s
    JOIN tags_judgeitem item ON item.judge_box_id = box.id AND item.product_id = tag.product_id
    JOIN tags_judgement judgement ON judgement.item_id = item.id
    GROUP BY tag.id, item.id
    UNION ALL
    SELECT tag.id, tag.product_id,
        CASE WHEN resolution.accepted THEN (%(gains)s::jsonb ->> resolution.grade)::float8 ELSE 0 END, 1, resolution.id
    FROM touched JOIN tags_tag tag ON tag.id = touched.id
    JOIN annotation_resolution resolution ON resolution.scene_id = tag.scene_id
        AND (resolution.proposal_id = tag.proposal_id OR resolution.id = tag.resolution_id)
    WHERE NOT resolution.accepted OR resolution.grade = 'none'
        OR (resolution.grade <> '' AND resolution.product_id = tag.product_id)
), newest AS (
    SELECT DISTINCT ON (said.tag_id, said.product_id) said.tag_id, said.product_id, said.gain
    FROM said JOIN tags_tag tag ON tag.id = said.tag_id JOIN catalog_scene scene ON scene.id = tag.scene_id
    WHERE scene.vertical_id = %(vertical)s
    ORDER BY said.tag_id, said.product_id, said.word DESC, said.number DESC
)
"""
GATHER = f"""{SAID}
INSERT INTO serving_taggrade AS kept (tag_id, product_id, gain) SELECT tag_id, product_id, gain FROM newest
ON CONFLICT (tag_id, product_id) DO UPDATE SET gain = excluded.gain WHERE kept.gain <> excluded.gain
"""
DROP = f"""{SAID}
DELETE FROM serving_taggrade kept USING tags_tag tag, catalog_scene scene
WHERE kept.tag_id IN (SELECT id FROM touched) AND tag.id = kept.tag_id AND scene.id = tag.scene_id
    AND scene.vertical_id = %(vertical)s AND NOT EXISTS (
    SELECT FROM newest WHERE newest.tag_id = kept.tag_id AND newest.product_id = kept.product_id)
"""


def grades_refresh(*, vertical: Vertical, since: Sequence[int] | None = None) -> int:
    """Bring the grades of a vertical in line with what people have said; returns how many changed.

    ``since`` are the rulings, judgements and resolutions after which those are looked at that came later, by their ids; None
    looks at all. What nobody says any more goes; where it was taken back without anything in its place, only when all is
    looked at. To be called inside a transaction.
    """
    with connection.cursor() as cursor:
        reviews, judgements, resolutions = since or (0, 0, 0)
        told: dict[str, Any] = {
            "vertical": vertical.pk,
            "ever": since is None,
            "gains": GAINS_JSON,
            "near": SAME_BOX,
            "reviews": reviews,
            "judgements": judgements,
            "resolutions": resolutions,
        }
        cursor.execute(GATHER, told)
        changed = cursor.rowcount
        cursor.execute(DROP, told)
        return int(changed + cursor.rowcount)
