"""A run has one worker at a time: what one that was given up for lost still says is not heard."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.common.errors import ConflictError
from labeling.datasets.models import Snapshot
from labeling.inference.models import ModelVersion
from labeling.training import selectors, services, tasks
from labeling.training.models import TrainingRun
from tests.world import World, make_version


@pytest.fixture
def run(world: World) -> TrainingRun:
    snapshot = Snapshot.objects.create(vertical=world.vertical, number=1, content_hash="a", pairs=1, scenes=1)
    return services.run_queue(snapshot=snapshot, kind="detector", config={"steps": 9}, actor=world.cora)


def beat(run: TrainingRun, attempt: int, step: int) -> bool:
    return services.run_beat(run_id=run.pk, attempt=attempt, step=step, steps=9, loss=1 / step, seconds_left=1.0)


def silence(run: TrainingRun) -> None:
    TrainingRun.objects.filter(pk=run.pk).update(beat_at=timezone.now() - 2 * selectors.SILENT_AFTER)


def test_it_works(run: TrainingRun) -> None:
    taken = services.run_take(run_id=run.pk)
    assert taken is not None and taken.attempts == 1
    assert services.run_take(run_id=run.pk) is None, "somebody has it"
    assert beat(run, 1, 1) and services.run_alive(run_id=run.pk, attempt=1)
    run.refresh_from_db()
    assert (run.state, run.curve, run.step) == ("running", [[1, 1.0]], 1)


def test_whoever_was_given_up_for_lost_is_not_heard(run: TrainingRun, world: World) -> None:
    services.run_take(run_id=run.pk)
    for step in (1, 2, 3):
        beat(run, 1, step)
    silence(run)
    assert selectors.runs_waiting() == [run.pk]
    services.run_take(run_id=run.pk)
    version = make_version(world.vertical, "detector", number=2, live=False)
    assert not beat(run, 1, 4) and not services.run_alive(run_id=run.pk, attempt=1)
    services.run_fail(run_id=run.pk, attempt=1, error="late")
    services.run_judged(run_id=run.pk, attempt=1, judgements=[{"step": 9}], pictures=[])
    assert services.run_finish(run_id=run.pk, attempt=1, version=version, report={}) is None
    # The second goes on from the last checkpoint, of step 1, and what was noted past it is noted again.
    assert beat(run, 2, 2)
    run.refresh_from_db()
    assert (run.state, run.error, run.judgements, run.version) == ("running", "", [], None)
    assert run.curve == [[1, 1.0], [2, 0.5]]
    assert services.run_finish(run_id=run.pk, attempt=2, version=version, report={"figure": 0.5}) is not None


def test_a_cancelled_run_hears_it_at_its_next_step(run: TrainingRun, world: World) -> None:
    services.run_take(run_id=run.pk)
    services.run_cancel(run=run, actor=world.cora)
    assert not beat(run, 1, 2)
    services.run_fail(run_id=run.pk, attempt=1, error="late")
    run.refresh_from_db()
    assert (run.state, run.error) == ("cancelled", "")
    with pytest.raises(ConflictError, match=r"has ended \(cancelled\)"):
        services.run_cancel(run=run, actor=world.cora)


def test_the_curve_stays_small(run: TrainingRun) -> None:
    services.run_take(run_id=run.pk)
    TrainingRun.objects.filter(pk=run.pk).update(curve=[[step, 1.0] for step in range(1, 501)])
    beat(run, 1, 501)
    run.refresh_from_db()
    assert len(run.curve) == 251 and run.curve[0] == [1, 1.0] and run.curve[-1][0] == 501


def test_two_runs_may_come_to_the_same_version(run: TrainingRun, world: World) -> None:
    """A run repeated by its seed makes the same weights."""
    version = make_version(world.vertical, "detector", number=2, live=False)
    again = services.run_queue(snapshot=run.snapshot, kind="detector", config={"steps": 9})
    for each in (run, again):
        services.run_take(run_id=each.pk)
        assert services.run_finish(run_id=each.pk, attempt=1, version=version, report={}) is not None
    assert set(ModelVersion.objects.get(pk=version.pk).runs.all()) == {run, again}


def test_the_sweep_nudges_what_is_lost(run: TrainingRun, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    monkeypatch.setattr(tasks.execute_run, "delay_on_commit", sent.append)
    tasks.sweep_runs()
    services.run_take(run_id=run.pk)
    tasks.sweep_runs()
    assert sent == [run.pk]
    TrainingRun.objects.filter(pk=run.pk).update(beat_at=timezone.now() - timedelta(hours=1))
    tasks.sweep_runs()
    assert sent == [run.pk, run.pk]
