"""Reading training runs, comparisons, promotions and schedules."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from labeling.catalog.models import Vertical
from labeling.datasets.models import Snapshot
from labeling.datasets.selectors import pairs_admitted, snapshots_of
from labeling.inference.models import ModelVersion
from labeling.training.models import Comparison, Promotion, Schedule, TrainingRun

LOG = "log.txt"
SILENT_AFTER = timedelta(minutes=2)
"""A worker that is there says so every few seconds, whatever it is busy with."""


def runs_recent(*, vertical: Vertical | None = None) -> QuerySet[TrainingRun]:
    """Runs, newest first, with their snapshots and versions."""
    runs = TrainingRun.objects.select_related("snapshot__vertical", "version__vertical", "queued_by").order_by("-id")
    return runs.filter(snapshot__vertical=vertical) if vertical is not None else runs


def run_log(*, run_id: int, lines: int = 200) -> list[str]:
    """The last lines that a run has said; none where it has said nothing yet."""
    file = settings.MODELS_ROOT / "runs" / f"{run_id}.{LOG}"
    return file.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:] if file.is_file() else []


def runs_waiting() -> list[int]:
    """Runs nobody works on: not begun, or begun by a worker that has not been heard of since."""
    silent = timezone.now() - SILENT_AFTER
    waiting = TrainingRun.objects.filter(state=TrainingRun.State.WAITING)
    lost = TrainingRun.objects.filter(state=TrainingRun.State.RUNNING, beat_at__lt=silent)
    return list((waiting | lost).order_by("id").values_list("pk", flat=True))


def runs_under_way(vertical: Vertical, kind: str) -> bool:
    """Whether a run of this kind waits or is under way."""
    moving = (TrainingRun.State.WAITING, TrainingRun.State.RUNNING)
    return TrainingRun.objects.filter(snapshot__vertical=vertical, kind=kind, state__in=moving).exists()


def snapshot_to_judge_by(*, version: ModelVersion) -> Snapshot | None:
    """The snapshot that a version is judged on: the one it came from, else the vertical's newest."""
    mine = snapshots_of(vertical=version.vertical)
    own = mine.filter(content_hash=version.snapshot_hash).first() if version.snapshot_hash else None
    return own or mine.first()


def comparisons_all() -> QuerySet[Comparison]:
    """Comparisons with all that they compare, newest first."""
    return Comparison.objects.select_related("snapshot__vertical", "version__vertical", "other__vertical").order_by(
        "-id"
    )


def comparisons_to_nudge() -> QuerySet[Comparison]:
    """Comparisons without an outcome that nobody has worked on for a while."""
    old = Q(nudged_at=None) | Q(nudged_at__lt=timezone.now() - 15 * SILENT_AFTER)
    return Comparison.objects.filter(old, report={}, error="").order_by("id")


def promotions_recent() -> QuerySet[Promotion]:
    """What was promoted, refused or is on its way, newest first, with both versions."""
    return Promotion.objects.select_related(
        "version__vertical", "replaced__vertical", "decided_by", "snapshot__vertical", "comparison"
    ).order_by("-id")


def promotions_waiting() -> list[int]:
    """Promotions on their way that nobody works on."""
    silent = Q(beat_at=None) | Q(beat_at__lt=timezone.now() - SILENT_AFTER)
    return list(Promotion.objects.filter(silent, accepted=None, error="").order_by("id").values_list("pk", flat=True))


def schedules_all() -> QuerySet[Schedule]:
    """What retrains by itself, vertical by vertical."""
    return Schedule.objects.select_related("vertical").order_by("vertical__name", "kind")


def pairs_new(*, vertical: Vertical, after: int) -> int:
    """How many of the pairs that count came after the pair number ``after``."""
    return pairs_admitted(vertical=vertical).filter(pk__gt=after).count()


def pair_last(*, vertical: Vertical) -> int:
    """The number of the newest pair that counts; 0 where there is none."""
    return pairs_admitted(vertical=vertical).values_list("pk", flat=True).first() or 0
