"""One message wakes a task that takes all there is, however many ask for it before it looks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache, caches
from django.db import transaction
from django.test import TestCase

from labeling.annotation.models import Assignment
from labeling.celery import NUDGE_SECONDS
from labeling.datasets import tasks
from labeling.datasets.tasks import settle_waiting
from tests.labeling.annotation.test_assignment_submit import submit
from tests.labeling.deciding import add_scenes, all_confirmed, lend_one
from tests.world import World


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """The messages sent; none waits before or after."""
    messages: list[bool] = []
    monkeypatch.setattr(
        type(settle_waiting._get_current_object()), "apply_async", lambda *_, **told: messages.append(True)
    )
    settle_waiting.taken_up()
    yield messages
    settle_waiting.taken_up()


def nudge() -> None:
    with TestCase.captureOnCommitCallbacks(execute=True):
        settle_waiting.nudge_on_commit()


def test_it_works(db: None, sent: list[bool]) -> None:
    for _ in range(3):
        nudge()
    assert len(sent) == 1
    settle_waiting()
    nudge()
    assert len(sent) == 2


def test_what_is_rolled_back_nudges_nobody(db: None, sent: list[bool]) -> None:
    with TestCase.captureOnCommitCallbacks(execute=True), transaction.atomic():
        settle_waiting.nudge_on_commit()
        transaction.set_rollback(True)
    assert not sent
    nudge()
    assert len(sent) == 1


def test_what_is_kept_while_the_task_looks_gets_a_message_of_its_own(
    db: None, sent: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    nudge()

    def looked(*, limit: int) -> list[int]:
        nudge()
        return []

    monkeypatch.setattr(tasks, "assignments_unsettled", looked)
    settle_waiting()
    assert len(sent) == 2


def test_a_message_that_is_lost_holds_up_others_for_a_moment_only(db: None) -> None:
    nudge()
    redis = caches["default"]._cache.get_client()  # type: ignore[attr-defined]
    left = redis.pttl(cache.make_key("nudged/labeling.datasets.tasks.settle_waiting"))
    assert 0 < left <= 1000 * NUDGE_SECONDS


def test_a_broker_that_is_down_fails_nobody(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object, **__: object) -> None:
        raise OSError("no broker")

    monkeypatch.setattr(type(settle_waiting._get_current_object()), "apply_async", down)
    nudge()


def test_one_scenes_trouble_is_not_that_of_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    add_scenes(world, 1)
    first = lend_one(world.ann, world)
    submit(first, world.ann, all_confirmed(world))
    second = lend_one(world.arif, world)
    submit(second, world.arif, [])
    settle = tasks.assignment_settle

    def settled(*, assignment_id: int) -> object:
        if assignment_id == first.pk:
            raise ValueError("a scene that nobody foresaw")
        return settle(assignment_id=assignment_id)

    monkeypatch.setattr(tasks, "assignment_settle", settled)
    settle_waiting()
    assert [Assignment.objects.get(pk=seat.pk).settled for seat in (first, second)] == [False, True]
    assert f"assignment {first.pk} could not be settled" in caplog.text
    monkeypatch.setattr(tasks, "assignment_settle", settle)
    settle_waiting()
    assert Assignment.objects.get(pk=first.pk).settled
