"""A freeze as a job: once and whole, or not at all, whoever cancels, fails or is lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from labeling.catalog.models import Scene
from labeling.common.errors import ConflictError
from labeling.common.jobs import SILENT_AFTER, job_cancel, job_take
from labeling.common.models import Job
from labeling.datasets.models import Pair, SceneLikeness, Snapshot, SnapshotRow
from labeling.datasets.services import freeze_queue, freeze_run, freezing, snapshot_freeze
from labeling.datasets.tasks import freeze_snapshot, sweep_jobs
from tests.labeling.datasets.pairing import plain
from tests.world import World, make_product, make_scene


@pytest.fixture(autouse=True)
def messages_sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What is enqueued, instead of a broker that other tests' workers listen to."""
    sent: list[tuple[object, ...]] = []
    monkeypatch.setattr(
        "celery.app.task.Task.apply_async", lambda self, args=(), *rest, **more: sent.append((self.name, *args))
    )
    return sent


def asked(world: World) -> Job:
    return freeze_queue(vertical=world.vertical, actor=world.cora, note="Spring", licence="cc0-1.0")


def elsewhere(act: Callable[[], object]) -> None:
    """Do it in a session of its own, as another process would; it has a minute, or it waits for the freeze."""

    def alone() -> None:
        try:
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(alone).result(timeout=60)


def nothing_stayed() -> bool:
    return not (Snapshot.objects.exists() or SnapshotRow.objects.exists() or SceneLikeness.objects.exists())


def test_it_works(world: World) -> None:
    plain(world, 4)
    job = asked(world)
    snapshot = freeze_run(job_id=job.pk)
    assert snapshot is not None
    assert (snapshot.note, snapshot.licence, snapshot.frozen_by) == ("Spring", "cc0-1.0", world.cora)
    job.refresh_from_db()
    assert job.state == Job.State.DONE and job.result == {"snapshot": snapshot.pk, "pairs": 4}
    assert job.done == job.total == freezing.STEPS
    assert freeze_run(job_id=job.pk) is None and Snapshot.objects.count() == 1
    # By a command it is done at once, and is the same.
    assert snapshot_freeze(vertical=world.vertical).content_hash == snapshot.content_hash


def test_a_worker_has_it_searched_for_leaks(
    world: World, messages_sent: list[object], django_capture_on_commit_callbacks: object
) -> None:
    plain(world, 1)
    job = asked(world)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        freeze_snapshot(job.pk)
        freeze_snapshot(job.pk)
    assert messages_sent == [("labeling.datasets.tasks.report_leaks", Snapshot.objects.get().pk)]


@pytest.mark.parametrize("at", range(1, freezing.STEPS + 1))
def test_cancelled_in_the_midst_it_leaves_nothing(
    world: World, transactional_db: None, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    plain(world, 2)
    job, check, steps = asked(world), freezing.job_check, []

    def cancelled(*, job: Job) -> None:
        steps.append(job.done)
        if len(steps) == at:
            # The page says so in a session of its own, and waits for nothing that the freeze holds.
            elsewhere(lambda: job_cancel(job=Job.objects.get(pk=job.pk), actor=world.cora))
        check(job=job)

    monkeypatch.setattr(freezing, "job_check", cancelled)
    assert freeze_run(job_id=job.pk) is None
    assert nothing_stayed() and steps == list(range(1, at + 1))
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED


def test_one_that_was_thought_lost_is_frozen_once(
    world: World, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain(world, 2)
    job, digest = asked(world), freezing.selectors.snapshot_digest

    def silent(*, snapshot: Snapshot) -> str:
        def taken_over() -> None:
            Job.objects.filter(pk=job.pk).update(updated_at=timezone.now() - 2 * SILENT_AFTER)
            assert job_take(job_id=job.pk) is not None

        elsewhere(taken_over)
        return digest(snapshot=snapshot)

    monkeypatch.setattr(freezing.selectors, "snapshot_digest", silent)
    assert freeze_run(job_id=job.pk) is None and nothing_stayed()


def test_a_page_sees_how_far_it_is_and_that_it_lives(
    world: World, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labeling.common.jobs.ALIVE_SECONDS", 0.01)
    plain(world, 1)
    job, digest, seen = asked(world), freezing.selectors.snapshot_digest, []

    def slow(*, snapshot: Snapshot) -> str:
        def watched() -> None:
            while Job.objects.get(pk=job.pk).done < 2:
                pass
            found = Job.objects.get(pk=job.pk)
            seen.append((found.done, found.total, job_take(job_id=job.pk)))

        elsewhere(watched)
        return digest(snapshot=snapshot)

    monkeypatch.setattr(freezing.selectors, "snapshot_digest", slow)
    assert freeze_run(job_id=job.pk) is not None
    assert seen == [(2, freezing.STEPS, None)]


def test_the_catalogue_grows_meanwhile(world: World, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    plain(world, 1)
    job, digest = asked(world), freezing.selectors.snapshot_digest

    def meanwhile(*, snapshot: Snapshot) -> str:
        def grow() -> None:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '5s'")
            make_product(world.sofa, "late")
            make_scene(world.vertical, "late")

        elsewhere(grow)
        return digest(snapshot=snapshot)

    monkeypatch.setattr(freezing.selectors, "snapshot_digest", meanwhile)
    snapshot = freeze_run(job_id=job.pk)
    assert snapshot is not None and snapshot.pairs == 1
    assert Scene.objects.filter(external_id="late").exists()


def test_what_fails_says_why_and_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = plain(world, 1)
    job = asked(world)
    Pair.objects.filter(pk=pairs[0].pk).update(withdrawn_at=timezone.now())
    assert freeze_run(job_id=job.pk) is None
    job.refresh_from_db()
    assert job.state == Job.State.FAILED and "no admitted pairs yet" in job.message
    Pair.objects.update(withdrawn_at=None)

    def broken(*, snapshot: Snapshot) -> str:
        raise OSError("no room")

    monkeypatch.setattr(freezing.selectors, "snapshot_digest", broken)
    again = asked(world)
    with pytest.raises(OSError, match="no room"):
        freeze_run(job_id=again.pk)
    again.refresh_from_db()
    assert (again.state, again.message) == (Job.State.FAILED, "OSError: no room") and nothing_stayed()


def test_nothing_to_freeze_and_twice_at_a_time_are_refused(world: World) -> None:
    with pytest.raises(ConflictError, match="no admitted pairs yet"):
        asked(world)
    plain(world, 1)
    job = asked(world)
    with pytest.raises(ConflictError, match="is being frozen already"):
        asked(world)
    job_cancel(job=job, actor=world.cora)
    assert asked(world).pk != job.pk


def test_what_waits_too_long_is_nudged(world: World, messages_sent: list[object]) -> None:
    plain(world, 1)
    job = asked(world)
    sweep_jobs()
    assert messages_sent == []
    Job.objects.update(updated_at=timezone.now() - SILENT_AFTER)
    sweep_jobs()
    assert messages_sent == [("labeling.datasets.tasks.freeze_snapshot", job.pk)]
