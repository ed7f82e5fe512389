"""Reading what serving needs: the live ranker, the running experiment, and events not learned from yet."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count, Prefetch, QuerySet
from django.utils import timezone

from labeling.catalog.models import Scene, Vertical
from labeling.common.errors import NotFoundError
from labeling.inference.models import Candidate
from labeling.serving.models import EngagementEvent, Experiment, RankerState
from labeling.tags.models import Tag
from labeling.tags.selectors import tags_live

TRAFFIC_WINDOW = timedelta(days=28)


def scene_get(*, scene_id: int) -> Scene:
    """A scene with its vertical. Raises :class:`NotFoundError`."""
    scene = Scene.objects.select_related("vertical").filter(pk=scene_id).first()
    if scene is None:
        raise NotFoundError(f"There is no scene {scene_id}.")
    return scene


def tags_to_rank(*, scene: Scene) -> list[Tag]:
    """The live tags of a scene with what the re-ranker looks at."""
    slate = Prefetch("proposal__candidates", queryset=Candidate.objects.order_by("rank"))
    return list(tags_live(scene=scene).select_related("proposal").prefetch_related(slate).order_by("-confidence", "id"))


def ranker_live(*, vertical: Vertical) -> RankerState | None:
    """The state that serves now; None before anything was learned."""
    return RankerState.objects.filter(vertical=vertical, live=True).first()


def experiment_running(*, vertical: Vertical) -> Experiment | None:
    """The comparison that splits visitors now."""
    return Experiment.objects.filter(vertical=vertical, running=True).first()


def events_since(*, vertical: Vertical, after: int, limit: int) -> QuerySet[EngagementEvent]:
    """Events not learned from yet, oldest first, with what the re-ranker looks at."""
    slate = Prefetch("tag__proposal__candidates", queryset=Candidate.objects.order_by("rank"))
    return (
        EngagementEvent.objects.filter(scene__vertical=vertical, id__gt=after)
        .select_related("tag__proposal", "tag__product")
        .prefetch_related(slate)
        .order_by("id")[:limit]
    )


def traffic_of(*, vertical: Vertical) -> dict[int, float]:
    """How often each scene of a vertical was looked at lately, by scene; those that nobody looked at are left out."""
    seen = EngagementEvent.objects.filter(
        scene__vertical=vertical,
        kind=EngagementEvent.Kind.IMPRESSION,
        created_at__gte=timezone.now() - TRAFFIC_WINDOW,
    )
    rows = seen.values_list("scene").annotate(n=Count("look", distinct=True)).order_by()
    return {scene: float(n) for scene, n in rows}


def ranker_history(*, vertical: Vertical) -> QuerySet[RankerState]:
    """All kept states, newest first."""
    return RankerState.objects.filter(vertical=vertical).order_by("-number")
