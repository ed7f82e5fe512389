"""Queueing runs, keeping their record, and promoting what has proved better."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from labeling.accounts.models import User
from labeling.common.audit import audit_record
from labeling.common.errors import ConflictError
from labeling.datasets.models import Snapshot
from labeling.inference.models import IndexBuild, ModelVersion
from labeling.inference.services import version_go_live
from labeling.training import selectors
from labeling.training.models import Promotion, TrainingRun

CURVE_POINTS = 500


@transaction.atomic
def run_queue(
    *,
    snapshot: Snapshot,
    kind: ModelVersion.Kind,
    config: Mapping[str, float],
    seed: int = 0,
    actor: User | None = None,
) -> TrainingRun:
    """Ask for one attempt at a better model; a trainer picks it up."""
    run = TrainingRun.objects.create(snapshot=snapshot, kind=kind, config=dict(config), seed=seed, queued_by=actor)
    audit_record(actor=actor, verb="run_queue", subject=run, kind=kind, snapshot=snapshot.number)
    return run


@transaction.atomic
def run_take(*, run_id: int) -> TrainingRun | None:
    """Begin a run that waits, or take over one whose worker fell silent; None where somebody else has it or it has ended."""
    run = TrainingRun.objects.select_for_update(skip_locked=True).filter(pk=run_id).first()
    if run is None or run.pk not in selectors.runs_waiting():
        return None
    run.state, run.beat_at = TrainingRun.State.RUNNING, timezone.now()
    run.save(update_fields=["state", "beat_at", "updated_at"])
    return run


def run_beat(*, run_id: int, step: int, steps: int, loss: float, seconds_left: float) -> bool:
    """Note how far a run is; False where a person has cancelled it in the meantime."""
    with transaction.atomic():
        run = TrainingRun.objects.select_for_update().get(pk=run_id)
        if run.state != TrainingRun.State.RUNNING:
            return False
        run.step, run.steps, run.seconds_left, run.beat_at = step, steps, seconds_left, timezone.now()
        # Every second point goes when the curve is full: its shape stays and the row stays small.
        curve = [*run.curve, [step, round(loss, 5)]]
        run.curve = curve[::2] if len(curve) > CURVE_POINTS else curve
        run.save(update_fields=["step", "steps", "seconds_left", "beat_at", "curve", "updated_at"])
        return True


@transaction.atomic
def run_finish(*, run_id: int, version: ModelVersion, report: Mapping[str, object]) -> TrainingRun:
    """Keep what a run came to; its version is registered and not live."""
    run = TrainingRun.objects.select_for_update().get(pk=run_id)
    run.state, run.version, run.report = TrainingRun.State.DONE, version, dict(report)
    run.seconds_left, run.finished_at = 0.0, timezone.now()
    run.save()
    return run


@transaction.atomic
def run_fail(*, run_id: int, error: str) -> None:
    """Note why a run came to nothing; a cancelled one stays cancelled."""
    TrainingRun.objects.filter(pk=run_id, state=TrainingRun.State.RUNNING).update(
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


@transaction.atomic
def run_promote(
    *, run: TrainingRun, actor: User | None = None, reason: str = "", index: IndexBuild | None = None
) -> Promotion:
    """Make a run's version live if it beats the live one on the same test split; a ``reason`` overrides the gate, audited.

    An embedder needs the ``index`` that was built with it: both go live together.
    """
    version = run.version
    if run.state != TrainingRun.State.DONE or version is None:
        raise ConflictError("Only a finished run can be promoted. Wait for it, or queue another.")
    live = selectors.version_live(vertical=run.snapshot.vertical, kind=run.kind)
    if live is not None and live.pk == version.pk:
        raise ConflictError(f"{version} is live already.")
    figure, baseline = run.report["figure"], run.report["baseline"]
    better = baseline is None or figure > baseline
    accepted = better or bool(reason)
    gate = {"figure": figure, "baseline": baseline, "better": better}
    if accepted:
        version_go_live(version=version, index=index, actor=actor)
    promotion = Promotion.objects.create(
        version=version, replaced=live, accepted=accepted, gate=gate, reason=reason, decided_by=actor
    )
    audit_record(actor=actor, verb="run_promote", subject=promotion, accepted=accepted, **gate, reason=reason)
    return promotion
