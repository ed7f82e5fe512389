"""Queueing runs and keeping their record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from labeling.accounts.models import User
from labeling.common.audit import audit_record
from labeling.common.errors import ConflictError
from labeling.datasets.models import Snapshot
from labeling.inference.models import ModelVersion
from labeling.training import selectors
from labeling.training.models import Promotion, TrainingRun
from labeling.training.services.promoting import promotion_follow

CURVE_POINTS = 500


class Finished(NamedTuple):
    """A run that is done, and the promotion it asked for."""

    run: TrainingRun
    promotion: Promotion | None


@transaction.atomic
def run_queue(
    *,
    snapshot: Snapshot,
    kind: str,
    config: Mapping[str, float],
    seed: int = 0,
    promotes: bool = False,
    actor: User | None = None,
) -> TrainingRun:
    """Ask for one attempt at a better model; a trainer picks it up. With ``promotes`` its version then stands at the gate."""
    run = TrainingRun.objects.create(
        snapshot=snapshot, kind=kind, config=dict(config), seed=seed, promotes=promotes, queued_by=actor
    )
    audit_record(actor=actor, verb="run_queue", subject=run, kind=kind, snapshot=snapshot.number)
    return run


@transaction.atomic
def run_take(*, run_id: int) -> TrainingRun | None:
    """Begin a run that waits, or take over one whose worker fell silent; None where somebody else has it or it has ended.

    Whoever takes it over is one more attempt: what an earlier worker still says of it, should it live, is not heard.
    """
    run = TrainingRun.objects.select_for_update(skip_locked=True).filter(pk=run_id).first()
    if run is None or run.pk not in selectors.runs_waiting():
        return None
    run.state, run.beat_at, run.attempts = TrainingRun.State.RUNNING, timezone.now(), run.attempts + 1
    run.save(update_fields=["state", "beat_at", "attempts", "updated_at"])
    return run


def run_alive(*, run_id: int, attempt: int) -> bool:
    """Note that the worker of an attempt is there; False where the run is no longer its own, or was cancelled."""
    mine = TrainingRun.objects.filter(pk=run_id, state=TrainingRun.State.RUNNING, attempts=attempt)
    return bool(mine.update(beat_at=timezone.now()))


def run_beat(*, run_id: int, attempt: int, step: int, steps: int, loss: float, seconds_left: float) -> bool:
    """Note how far a run is; False where a person has cancelled it, or another worker has taken it over."""
    with transaction.atomic():
        run = TrainingRun.objects.select_for_update().get(pk=run_id)
        if run.state != TrainingRun.State.RUNNING or run.attempts != attempt:
            return False
        run.step, run.steps, run.seconds_left, run.beat_at = step, steps, seconds_left, timezone.now()
        # What a worker that was lost had noted past its last checkpoint is trained, and noted, again.
        curve = [*(point for point in run.curve if point[0] < step), [step, round(loss, 5)]]
        # Every second point goes when the curve is full: its shape stays and the row stays small.
        run.curve = curve[::2] if len(curve) > CURVE_POINTS else curve
        run.save(update_fields=["step", "steps", "seconds_left", "beat_at", "curve", "updated_at"])
        return True


def run_judged(
    *, run_id: int, attempt: int, judgements: Sequence[Mapping[str, object]], pictures: Sequence[Mapping[str, object]]
) -> None:
    """Keep what the model has been worth so far, and a few scenes with what it makes of them."""
    TrainingRun.objects.filter(pk=run_id, state=TrainingRun.State.RUNNING, attempts=attempt).update(
        judgements=list(judgements), pictures=list(pictures), beat_at=timezone.now()
    )


@transaction.atomic
def run_finish(*, run_id: int, attempt: int, version: ModelVersion, report: Mapping[str, object]) -> Finished | None:
    """Keep what a run came to, and ask for its promotion where it was queued to promote; its version is not live yet.

    None where the run is no longer this attempt's. Enqueue ``conclude_promotion`` for what was asked.
    """
    run = TrainingRun.objects.select_for_update().get(pk=run_id)
    if run.state != TrainingRun.State.RUNNING or run.attempts != attempt:
        return None
    run.state, run.version, run.report = TrainingRun.State.DONE, version, dict(report)
    run.seconds_left, run.error, run.finished_at = 0.0, "", timezone.now()
    run.save()
    return Finished(run, promotion_follow(run=run))


@transaction.atomic
def run_fail(*, run_id: int, attempt: int, error: str) -> None:
    """Note why a run came to nothing; a cancelled one stays cancelled."""
    TrainingRun.objects.filter(pk=run_id, state=TrainingRun.State.RUNNING, attempts=attempt).update(
        state=TrainingRun.State.FAILED, error=error, finished_at=timezone.now()
    )


@transaction.atomic
def run_cancel(*, run: TrainingRun, actor: User) -> TrainingRun:
    """Stop a run at its next step, or before its first."""
    run = TrainingRun.objects.select_for_update().get(pk=run.pk)
    if run.state not in {TrainingRun.State.WAITING, TrainingRun.State.RUNNING}:
        raise ConflictError(f"This run has ended ({run.state}) and cannot be cancelled.")
    run.state, run.finished_at = TrainingRun.State.CANCELLED, timezone.now()
    run.save(update_fields=["state", "finished_at", "updated_at"])
    audit_record(actor=actor, verb="run_cancel", subject=run)
    return run
