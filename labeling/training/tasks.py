"""Executing runs. A run that lost its worker is taken up again from its last checkpoint."""

from __future__ import annotations

import time

from celery import shared_task
from django.conf import settings

from labeling.accounts.models import User
from labeling.datasets.services import snapshot_pack
from labeling.inference.models import ModelVersion
from labeling.inference.services import index_refresh, version_register
from labeling.training import selectors, services
from labeling.training.models import TrainingRun

BEAT_SECONDS = 2.0


@shared_task
def execute_run(run_id: int) -> None:
    """Train as a queued run says, with live progress, and register what comes of it."""
    run = services.run_take(run_id=run_id)
    if run is None:
        return
    try:
        _execute(run)
    except Exception as error:
        services.run_fail(run_id=run.pk, error=f"{type(error).__name__}: {error}")
        raise


@shared_task
def promote_run(run_id: int, actor_id: int | None = None, reason: str = "") -> None:
    """Promote a finished run. An embedder's index is built first, since both go live together."""
    from labeling.inference import runtime

    run = selectors.runs_recent().get(pk=run_id)
    actor = User.objects.get(pk=actor_id) if actor_id is not None else None
    index = None
    if run.version is not None:
        runtime.warm_up(run.version)
    if run.kind == ModelVersion.Kind.EMBEDDER and run.version is not None:
        index = index_refresh(embedder=run.version, build=runtime.index_build, live=False)
    services.run_promote(run=run, actor=actor, reason=reason, index=index)


@shared_task
def sweep_runs() -> None:
    """Nudge runs that nobody works on."""
    for run_id in selectors.runs_waiting():
        execute_run.delay_on_commit(run_id)


def _execute(run: TrainingRun) -> None:
    from labeling.training import runs

    vertical = run.snapshot.vertical
    live = selectors.version_live(vertical=vertical, kind=run.kind)
    wanted, last = True, 0.0

    def on_progress(progress: runs.Progress) -> None:
        nonlocal wanted, last
        if time.monotonic() - last >= BEAT_SECONDS:
            last = time.monotonic()
            wanted = services.run_beat(
                run_id=run.pk,
                step=progress.step,
                steps=progress.steps,
                loss=progress.loss,
                seconds_left=progress.seconds_left,
            )

    outcome = runs.execute(
        kind=run.kind,
        pack=snapshot_pack(snapshot=run.snapshot),
        out=settings.MODELS_ROOT / "runs" / str(run.pk),
        config=run.config,
        seed=run.seed,
        live=settings.MODELS_ROOT / live.path if live is not None else None,
        on_progress=on_progress,
        should_stop=lambda: not wanted,
    )
    if outcome.stopped:
        return
    version = version_register(
        vertical=vertical, kind=run.kind, checkpoint=outcome.checkpoint, snapshot_hash=run.snapshot.content_hash
    )
    report = {
        "metrics": outcome.metrics,
        "figure": outcome.figure,
        "baseline": outcome.baseline,
        "steps": outcome.steps,
        "seconds": round(outcome.seconds, 1),
    }
    services.run_finish(run_id=run.pk, version=version, report=report)
