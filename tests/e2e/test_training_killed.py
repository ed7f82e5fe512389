"""A worker killed with -9 in the middle of training loses a minute at most: the run goes on, and ends with the same weights."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from labeling.training import services, tasks
from labeling.training.models import TrainingRun
from tests.e2e.conftest import StartWorker
from tests.e2e.workers import Worker, wait_until
from tests.labeling.training.conftest import Trained, furnish

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
STEPS = 120
MOVING = {TrainingRun.State.WAITING, TrainingRun.State.RUNNING}


@pytest.fixture
def ready(start_worker: StartWorker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trained:
    """A snapshot to train on; workers write the state of a run after every step."""
    monkeypatch.setenv("LOOKTAG_TRAIN_SAVE_SECONDS", "0")
    return furnish(tmp_path)


def queued(ready: Trained) -> TrainingRun:
    run = services.run_queue(snapshot=ready.snapshot, kind="embedder", config={"steps": STEPS, "batch": 6}, seed=4)
    tasks.execute_run.delay_on_commit(run.pk)
    return run


def ended(run: TrainingRun, worker: Worker) -> TrainingRun:
    def over() -> bool:
        run.refresh_from_db()
        return run.state not in MOVING

    wait_until(over, what=f"the end of run {run.pk}", log=worker.log)
    return run


def test_a_killed_run_ends_with_the_weights_of_one_that_was_not(ready: Trained, start_worker: StartWorker) -> None:
    cut = queued(ready)
    first = start_worker()
    state = Path(settings.MODELS_ROOT) / "runs" / f"{cut.pk}.resume.pt"
    wait_until(state.exists, what="the first checkpoint", log=first.log)
    first.kill()
    cut.refresh_from_db()
    assert cut.state == TrainingRun.State.RUNNING, "the worker was too quick to be killed in the middle"

    second = start_worker()
    # What the beat finds when nothing was heard of the worker for a while.
    TrainingRun.objects.filter(pk=cut.pk).update(beat_at=timezone.now() - timedelta(hours=1))
    tasks.sweep_runs()
    ended(cut, second)
    assert (cut.state, cut.error, cut.attempts) == (TrainingRun.State.DONE, "", 2)
    said = (Path(settings.MODELS_ROOT) / "runs" / f"{cut.pk}.log.txt").read_text()
    assert "resumed at step" in said and not state.exists()

    whole = ended(queued(ready), second)
    assert (whole.state, whole.attempts) == (TrainingRun.State.DONE, 1)
    # The same weights are the same version.
    assert whole.version is not None and whole.version == cut.version
    assert _metrics(whole) == _metrics(cut)


def _metrics(run: TrainingRun) -> Any:
    return {name: run.report[name] for name in ("metrics", "figure", "steps")}
