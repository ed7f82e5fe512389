"""Taking in what people do with looks: only what was shown, once, and void where no shopper can have done it."""

from __future__ import annotations

import time
import uuid as uuids
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import connection

from labeling.common.errors import ApplicationError
from labeling.common.prepared import prepared
from labeling.serving import ranker, selectors
from labeling.serving.models import EngagementEvent
from labeling.serving.services.looks import SALT, TOKEN_SECONDS

VISITOR_DEEDS_AN_HOUR = 60
"""What one visitor may do in an hour, other than look, before it is more than a person does."""

Void = EngagementEvent.Void

# One statement a batch. It is taken in an order that any two batches share, so that none waits for the other in a circle; a
# tag or product that is gone takes its events with it. A look outlives its experiment by a day: an arm is one of the running one.
INSERT = """
INSERT INTO serving_engagementevent (client_uuid, kind, void, look, served_on, scene_id, tag_id, product_id, position,
    propensity, chance, ranker_id, arm, visitor, created_at)
SELECT said.uuid, said.kind, CASE
        WHEN %(void)s::text <> '' THEN %(void)s::text
        WHEN said.kind = 'impression' THEN ''
        WHEN %(void_deeds)s::text <> '' THEN %(void_deeds)s::text
        WHEN deeds.number >= %(most)s THEN 'flood'
        WHEN EXISTS (SELECT FROM serving_engagementevent before
            WHERE before.visitor = %(visitor)s::text AND before.kind <> 'impression'
                AND before.created_at > now() - interval '1 day' AND before.served_on >= current_date - 2
                AND before.kind = said.kind AND before.product_id = said.product AND before.scene_id = %(scene)s::bigint
                AND before.look <> %(look)s::uuid AND before.void = '') THEN 'repeat'
        ELSE '' END,
    %(look)s::uuid, %(served_on)s::date, %(scene)s::bigint, said.tag, said.product, said.position, said.propensity, said.chance,
    %(ranker)s::bigint, CASE WHEN EXISTS (SELECT FROM serving_experiment experiment
            JOIN catalog_scene ON catalog_scene.vertical_id = experiment.vertical_id
            WHERE catalog_scene.id = %(scene)s::bigint AND experiment.running AND experiment.name = %(experiment)s::text)
        THEN %(arm)s::text ELSE '' END, %(visitor)s::text, now()
FROM unnest(%(uuids)s::text[]::uuid[], %(kinds)s::text[], %(tags)s::bigint[], %(products)s::bigint[], %(positions)s::int[],
    %(propensities)s::float8[], %(chances)s::float8[]) AS said (uuid, kind, tag, product, position, propensity, chance)
JOIN tags_tag ON tags_tag.id = said.tag
JOIN catalog_product ON catalog_product.id = said.product
CROSS JOIN (SELECT count(*) AS number FROM (SELECT FROM serving_engagementevent
    WHERE visitor = %(visitor)s::text AND kind <> 'impression' AND created_at > now() - interval '1 hour'
        AND served_on >= current_date - 2 LIMIT %(most)s) lately) deeds
ORDER BY array_position(ARRAY['impression', 'closeup', 'click', 'save', 'hide'], said.kind), said.tag
ON CONFLICT DO NOTHING
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing a shopper did: a client UUID, a kind, and the tag it was done to."""

    uuid: uuids.UUID
    kind: EngagementEvent.Kind
    tag: int


@dataclass(frozen=True, slots=True)
class Sender:
    """What is known of who sends: a program by its own account, or an address that does more than people behind it can."""

    robot: bool = False
    crowded: bool = False


PERSON = Sender()


def events_record(*, token: str, happenings: Sequence[Happening], sender: Sender = PERSON) -> int:
    """Append what a shopper did with a look; a repeat adds nothing. Returns how many are new, void ones among them.

    Raises ApplicationError where the token is forged or old, or a tag was not in that look; nothing is kept then.
    """
    claims = _claims(token)
    shown = []
    for happening in happenings:
        found = claims["tags"].get(str(happening.tag))
        if found is None:
            raise ApplicationError(f"Tag {happening.tag} was not in this look. Send only tags that it showed.")
        shown.append(found)
    positions, products, chances = zip(*shown, strict=True)
    void, void_deeds = _voids(claims, sender)
    made = claims.get("made")
    ranking = selectors.ranking_of(claims["ranker"], made and datetime.fromisoformat(made))
    told = {
        **{name: claims[name] for name in ("look", "scene", "ranker", "arm", "visitor", "experiment")},
        "served_on": datetime.fromtimestamp(claims["at"], UTC).date(),
        "void": void,
        "void_deeds": void_deeds,
        "uuids": [str(happening.uuid) for happening in happenings],
        "kinds": [happening.kind.value for happening in happenings],
        "tags": [happening.tag for happening in happenings],
        "products": list(products),
        "positions": list(positions),
        "propensities": [ranker.examination(position, ranking) for position in positions],
        "chances": list(chances),
    }
    with connection.cursor() as cursor:
        cursor.execute(prepared(INSERT, *sorted(told), most=VISITOR_DEEDS_AN_HOUR), told)
        return len(cursor.fetchall())


def _claims(token: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = signing.loads(token, salt=SALT, max_age=TOKEN_SECONDS)
    except signing.BadSignature as error:
        raise ApplicationError("This look has expired or was not served by us. Load the look again.") from error
    return claims


def _voids(claims: dict[str, Any], sender: Sender) -> tuple[str, str]:
    """Why nothing of this counts, and why nothing but its impressions does; each empty where there is no reason."""
    if claims["own"]:
        return Void.OWN, ""
    if sender.robot:
        return Void.ROBOT, ""
    if sender.crowded:
        return "", Void.FLOOD
    return "", Void.HASTY if time.time() - claims["at"] < settings.HASTY_SECONDS else ""
