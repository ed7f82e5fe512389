"""Reading what serving needs: scenes, the live ranking, and where shoppers look."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet
from django.utils import timezone

from labeling.catalog.models import Scene, Vertical
from labeling.common.errors import NotFoundError
from labeling.common.prepared import prepared
from labeling.serving.models import EngagementEvent, RankerState
from labeling.serving.ranker import Ranking

TRAFFIC_WINDOW = timedelta(days=28)
NOTHING_YET = "1:1:"
"""The snapshot that sees no event."""
LATELY = 500
"""So many of the newest decisions of each kind are looked at again: one that commits late, or is changed, is among them."""
SCENES = """
SELECT scene.id, scene.external_id, scene.image, scene.width, scene.height, scene.title,
    EXISTS (SELECT FROM brands_domainclaim WHERE state = 'verified' AND place = ANY(scene.places)),
    ranker.id, ranker.created_at, experiment.name, experiment.share
FROM catalog_scene scene
LEFT JOIN serving_rankerstate ranker ON ranker.vertical_id = scene.vertical_id AND ranker.live
LEFT JOIN serving_experiment experiment ON experiment.vertical_id = scene.vertical_id AND experiment.running
WHERE scene.id = ANY(%(ids)s::bigint[])
"""
# The transaction of each row is the one that wrote it last: what is new, changed or gone moves one of the three figures.
LATEST = """
SELECT COALESCE(max(id), 0), count(*), COALESCE(sum(xmin::text::bigint), 0)::bigint FROM {table}
WHERE id > (SELECT COALESCE(max(id), 0) FROM {table}) - %(lately)s
"""
DECIDED = ("tags_tagreview", "tags_judgement", "annotation_resolution", "tags_tagevent")
DECISIONS = " UNION ALL ".join(
    f"(SELECT {n}, * FROM ({LATEST.format(table=t)}) latest{n})" for n, t in enumerate(DECIDED)
)


@dataclass(frozen=True, slots=True)
class SceneShown:
    """A scene as its look needs it: whether a claim rules its place, and which ranking and experiment serve now."""

    id: int
    external_id: str
    image: str
    width: int
    height: int
    title: str
    claimed: bool
    ranker: int | None
    ranker_made: datetime | None
    experiment: str | None
    share: float | None


def scenes_shown(*, scenes: Collection[int]) -> dict[int, SceneShown]:
    """Those of these scenes that exist, by id, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(prepared(SCENES, "ids"), {"ids": list(scenes)})
        return {row[0]: SceneShown(*row) for row in cursor.fetchall()}


def ranking_of(pk: int | None, made: datetime | None) -> Ranking:
    """The version of the ranking that was ``made`` then, ready to order; the one that knows nothing where there is none, or
    none any more.

    Models never change once they are written, so each process reads them once; what shoppers do comes with the records. A
    restore gives ids out again: the moment tells a version from another that had its id.
    """
    try:
        return Ranking() if pk is None or made is None else _ranking(pk, made)
    except RankerState.DoesNotExist:
        return Ranking()


@lru_cache(maxsize=64)
def _ranking(pk: int, made: datetime) -> Ranking:
    state: dict[str, Any] = RankerState.objects.values_list("state", flat=True).get(pk=pk, created_at=made)
    return Ranking.of(state)


def scene_get(*, scene_id: int) -> Scene:
    """A scene with its vertical. Raises :class:`NotFoundError`."""
    scene = Scene.objects.select_related("vertical").filter(pk=scene_id).first()
    if scene is None:
        raise NotFoundError(f"There is no scene {scene_id}.")
    return scene


def ranker_live(*, vertical: Vertical) -> RankerState | None:
    """The state that serves now; None before anything was learned."""
    return RankerState.objects.filter(vertical=vertical, live=True).first()


def decisions_lately() -> list[list[int]]:
    """Rulings, judgements, resolutions, and what happened to tags: of each the newest, and two figures that differ as soon as
    any of the ``LATELY`` newest came, was changed or went. Two that are equal mean that nobody has said anything between."""
    with connection.cursor() as cursor:
        cursor.execute(DECISIONS, {"lately": LATELY})
        return [list(figures) for _, *figures in sorted(cursor.fetchall())]


def events_counted() -> QuerySet[EngagementEvent]:
    """Events that teach and count: all but the void ones."""
    return EngagementEvent.objects.filter(void="")


def traffic_of(*, vertical: Vertical) -> dict[int, float]:
    """How often each scene of a vertical was looked at lately, by scene; those that nobody looked at are left out."""
    seen = events_counted().filter(
        scene__vertical=vertical,
        kind=EngagementEvent.Kind.IMPRESSION,
        created_at__gte=timezone.now() - TRAFFIC_WINDOW,
    )
    rows = seen.values_list("scene").annotate(n=Count("look", distinct=True)).order_by()
    return {scene: float(n) for scene, n in rows}


def ranker_history(*, vertical: Vertical) -> QuerySet[RankerState]:
    """All kept states, newest first."""
    return RankerState.objects.filter(vertical=vertical).order_by("-number")
