"""Executing runs, comparing versions, promoting them. What lost its worker is taken up again, a run from its last checkpoint."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import connections

from labeling.common.errors import trouble_logged
from labeling.datasets.services import snapshot_pack
from labeling.inference.models import ModelVersion
from labeling.inference.selectors import version_live
from labeling.inference.services import index_refresh, index_sync, version_register
from labeling.training import selectors, services
from labeling.training.gate import gate_of
from labeling.training.models import Comparison, TrainingRun

BEAT_SECONDS = 2.0
ALIVE_SECONDS = 15.0

log = logging.getLogger(__name__)


@shared_task
def execute_run(run_id: int) -> None:
    """Train as a queued run says, with live progress, and register what comes of it."""
    run = services.run_take(run_id=run_id)
    if run is None:
        return
    try:
        with _heard(lambda: services.run_alive(run_id=run.pk, attempt=run.attempts)):
            finished = _execute(run)
    except Exception as error:
        services.run_fail(run_id=run.pk, attempt=run.attempts, error=f"{type(error).__name__}: {error}")
        raise
    if finished is not None and finished.promotion is not None:
        conclude_promotion.delay_on_commit(finished.promotion.pk)


@shared_task
def conclude_promotion(promotion_id: int) -> None:
    """Judge a version beside the live one; where the gate opens, build its index if it is an embedder, and swap."""
    promotion = services.promotion_take(promotion_id=promotion_id)
    if promotion is None:
        return
    try:
        with _heard(lambda: services.promotion_alive(promotion_id=promotion.pk)):
            _conclude(promotion.pk)
    except Exception as error:
        services.promotion_fail(promotion_id=promotion.pk, error=f"{type(error).__name__}: {error}")
        raise


@shared_task
def compare_versions(comparison_id: int) -> None:
    """Judge two versions on the same held-out scenes, once."""
    comparison = selectors.comparisons_all().get(pk=comparison_id)
    try:
        _compared(comparison)
    except Exception as error:
        services.comparison_fail(comparison_id=comparison_id, error=f"{type(error).__name__}: {error}")
        raise


@shared_task
def sweep_runs() -> None:
    """Nudge runs, promotions and comparisons that nobody works on."""
    for run_id in selectors.runs_waiting():
        execute_run.delay_on_commit(run_id)
    for promotion_id in selectors.promotions_waiting():
        conclude_promotion.delay_on_commit(promotion_id)
    for comparison_id in services.comparisons_sweep():
        compare_versions.delay_on_commit(comparison_id)


@shared_task
def follow_schedules() -> None:
    """Start the runs that are due because enough new pairs are in."""
    for schedule in selectors.schedules_all():
        with trouble_logged(log, "%s could not be followed", schedule):
            run = services.schedule_follow(schedule_id=schedule.pk)
            if run is not None:
                execute_run.delay_on_commit(run.pk)


def _execute(run: TrainingRun) -> services.Finished | None:
    from labeling.training import runs

    vertical, attempt = run.snapshot.vertical, run.attempts
    live = version_live(vertical=vertical, kind=run.kind)
    wanted, last = True, 0.0

    def on_progress(progress: runs.Progress) -> None:
        nonlocal wanted, last
        if time.monotonic() - last >= BEAT_SECONDS:
            last = time.monotonic()
            wanted = services.run_beat(
                run_id=run.pk,
                attempt=attempt,
                step=progress.step,
                steps=progress.steps,
                loss=progress.loss,
                seconds_left=progress.seconds_left,
            )

    def on_judged(judgements: list[dict[str, Any]], pictures: list[dict[str, Any]]) -> None:
        services.run_judged(run_id=run.pk, attempt=attempt, judgements=judgements, pictures=pictures)

    outcome = runs.execute(
        kind=run.kind,
        pack=snapshot_pack(snapshot=run.snapshot),
        out=settings.MODELS_ROOT / "runs" / str(run.pk),
        config=run.config,
        seed=run.seed,
        live=settings.MODELS_ROOT / live.path if live is not None else None,
        save_every=settings.TRAIN_SAVE_SECONDS,
        on_progress=on_progress,
        on_judged=on_judged,
        should_stop=lambda: not wanted,
    )
    if outcome.stopped:
        return None
    version = version_register(
        vertical=vertical, kind=run.kind, checkpoint=outcome.checkpoint, snapshot_hash=run.snapshot.content_hash
    )
    report = {
        "metrics": outcome.metrics,
        "figure": outcome.figure,
        "steps": outcome.steps,
        "seconds": round(outcome.seconds, 1),
    }
    return services.run_finish(run_id=run.pk, attempt=attempt, version=version, report=report)


def _conclude(promotion_id: int) -> None:
    from labeling.inference import runtime

    promotion = selectors.promotions_recent().get(pk=promotion_id)
    version, snapshot = promotion.version, promotion.snapshot
    # A checkpoint that cannot be read, or is of another architecture, ends here and nothing has changed.
    runtime.warm_up(version)
    live = version_live(vertical=version.vertical, kind=version.kind)
    comparison = None
    if live is not None and snapshot is not None and not promotion.back:
        comparison = services.comparison_ask(version=version, other=live, snapshot=snapshot)
        comparison = _tried(comparison)
    index = None
    gate = gate_of(live=live, comparison=comparison, promotion=promotion)
    if version.kind == ModelVersion.Kind.EMBEDDER and gate.opens:
        index = index_refresh(
            embedder=version,
            build=runtime.index_build,
            live=False,
            on_progress=lambda done, of: services.promotion_beat(promotion_id=promotion_id, done=done, total=of),
        )
        # What changed in the catalogue while its vectors were computed.
        index_sync(index_id=index.pk, embed=runtime.pictures_embed)
    services.promotion_conclude(promotion_id=promotion_id, comparison=comparison, index=index)


def _tried(comparison: Comparison) -> Comparison:
    """The comparison with its report, or with the reason why there is none: that may be overridden."""
    try:
        return _compared(comparison)
    except ValueError as error:
        services.comparison_fail(comparison_id=comparison.pk, error=str(error))
        return selectors.comparisons_all().get(pk=comparison.pk)


def _compared(comparison: Comparison) -> Comparison:
    from labeling.training import runs

    if comparison.report:
        return comparison
    report = runs.versions_compared(
        kind=comparison.version.kind,
        pack=snapshot_pack(snapshot=comparison.snapshot),
        ours=settings.MODELS_ROOT / comparison.version.path,
        theirs=settings.MODELS_ROOT / comparison.other.path,
        kept=settings.MODELS_ROOT / "evidence",
        class_map=comparison.version.vertical.class_map,
    )
    return services.comparison_record(comparison_id=comparison.pk, report=report)


@contextmanager
def _heard(alive: Callable[[], bool]) -> Iterator[None]:
    """Say every few seconds that the worker is there, whatever it is busy with, for as long as anybody wants to hear it."""
    over = threading.Event()

    def tell() -> None:
        try:
            while not over.wait(ALIVE_SECONDS) and alive():
                pass
        finally:
            connections.close_all()

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()
