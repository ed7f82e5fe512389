"""Reading training runs."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from labeling.catalog.models import Vertical
from labeling.inference.models import ModelVersion
from labeling.training.models import Promotion, TrainingRun

SILENT_AFTER = timedelta(minutes=5)


def runs_recent(*, vertical: Vertical | None = None) -> QuerySet[TrainingRun]:
    """Runs, newest first, with their snapshots and versions."""
    runs = TrainingRun.objects.select_related("snapshot__vertical", "version", "queued_by").order_by("-id")
    return runs.filter(snapshot__vertical=vertical) if vertical is not None else runs


def runs_waiting() -> list[int]:
    """Runs nobody works on: not begun, or begun by a worker that has not been heard of since."""
    silent = timezone.now() - SILENT_AFTER
    waiting = TrainingRun.objects.filter(state=TrainingRun.State.WAITING)
    lost = TrainingRun.objects.filter(state=TrainingRun.State.RUNNING, beat_at__lt=silent)
    return list((waiting | lost).order_by("id").values_list("pk", flat=True))


def version_live(*, vertical: Vertical, kind: str) -> ModelVersion | None:
    """The version of a kind that looks at scenes now."""
    return ModelVersion.objects.filter(vertical=vertical, kind=kind, live=True).first()


def promotions_recent() -> QuerySet[Promotion]:
    """What was promoted or refused, newest first, with both versions."""
    return Promotion.objects.select_related("version__vertical", "replaced__vertical", "decided_by").order_by("-id")
