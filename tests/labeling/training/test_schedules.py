"""Retraining by itself: when enough new pairs are in, once, and not while a run is under way."""

from __future__ import annotations

from typing import Any

import pytest

from labeling.annotation.models import Grade
from labeling.common.errors import ApplicationError
from labeling.datasets.models import Pair, Snapshot
from labeling.training import services, tasks
from labeling.training.models import Promotion, Schedule, TrainingRun
from tests.world import World, make_scene, make_version


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The runs that a worker was told of."""
    told: list[int] = []
    monkeypatch.setattr(tasks.execute_run, "delay_on_commit", told.append)
    return told


def pairs(world: World, count: int) -> list[Pair]:
    start = Pair.objects.count()
    return [
        Pair.objects.create(
            vertical=world.vertical, scene=make_scene(world.vertical, f"new-{start + n}"), category=world.sofa,
            product=world.sofas[0], grade=Grade.EXACT, source=Pair.Source.ANNOTATORS, left=0.1, top=0.1, right=0.5, bottom=0.5,
        )
        for n in range(count)
    ]  # fmt: skip


def schedule(world: World, **more: Any) -> Schedule:
    given = {"every_pairs": 5, "config": {"minutes": 3.0}, "actor": world.cora, **more}
    return services.schedule_set(vertical=world.vertical, kind="detector", **given)


def test_it_works(world: World, sent: list[int]) -> None:
    pairs(world, 7)
    schedule(world, promotes=True)
    tasks.follow_schedules()
    assert not TrainingRun.objects.exists(), "what was there before is not new"
    pairs(world, 4)
    tasks.follow_schedules()
    assert not TrainingRun.objects.exists()
    pairs(world, 1)
    tasks.follow_schedules()
    run = TrainingRun.objects.get()
    assert (run.kind, run.config, run.promotes) == ("detector", {"minutes": 3.0}, True)
    assert (run.snapshot.pairs, run.snapshot.note, sent) == (12, "5 new pairs", [run.pk])


def test_one_at_a_time_and_what_comes_meanwhile_counts(world: World, sent: list[int]) -> None:
    schedule(world)
    pairs(world, 5)
    tasks.follow_schedules()
    pairs(world, 6)
    tasks.follow_schedules()
    assert TrainingRun.objects.count() == 1
    TrainingRun.objects.update(state=TrainingRun.State.DONE)
    tasks.follow_schedules()
    assert TrainingRun.objects.count() == 2
    assert Snapshot.objects.order_by("-number")[0].note == "6 new pairs"


def test_withdrawn_pairs_are_not_new(world: World) -> None:
    schedule(world)
    [first, *_] = pairs(world, 5)
    Pair.objects.filter(pk=first.pk).update(withdrawn_at="2026-01-01T00:00Z")
    tasks.follow_schedules()
    assert not TrainingRun.objects.exists()
    pairs(world, 1)
    tasks.follow_schedules()
    assert TrainingRun.objects.count() == 1


def test_switched_off_it_waits_and_switched_on_it_counts_anew(world: World) -> None:
    schedule(world, enabled=False)
    pairs(world, 9)
    tasks.follow_schedules()
    schedule(world)
    tasks.follow_schedules()
    assert not TrainingRun.objects.exists()


def test_nonsense_is_refused(world: World) -> None:
    with pytest.raises(ApplicationError, match="after one new pair or more"):
        schedule(world, every_pairs=0)


def test_what_it_came_to_stands_at_the_gate(world: World) -> None:
    snapshot = Snapshot.objects.create(vertical=world.vertical, number=1, content_hash="a", pairs=1, scenes=1)
    version = make_version(world.vertical, "detector", number=2, live=False)
    silent, asks, asks_too = (
        services.run_queue(snapshot=snapshot, kind="detector", config={"steps": steps}, promotes=promotes)
        for steps, promotes in ((1, False), (2, True), (3, True))
    )

    def finished(run: TrainingRun) -> Promotion | None:
        services.run_take(run_id=run.pk)
        done = services.run_finish(run_id=run.pk, attempt=1, version=version, report={})
        assert done is not None and done.run.state == TrainingRun.State.DONE
        return done.promotion

    assert finished(silent) is None
    promotion = finished(asks)
    assert promotion is not None and (promotion.version, promotion.snapshot) == (version, snapshot)
    assert finished(asks_too) is None
    assert Promotion.objects.get() == promotion


def test_what_came_to_the_live_version_asks_for_nothing(world: World) -> None:
    snapshot = Snapshot.objects.create(vertical=world.vertical, number=1, content_hash="a", pairs=1, scenes=1)
    run = services.run_queue(snapshot=snapshot, kind="detector", config={}, promotes=True)
    services.run_take(run_id=run.pk)
    done = services.run_finish(run_id=run.pk, attempt=1, version=world.detector, report={})
    assert done is not None and done.promotion is None
    assert not Promotion.objects.exists()
