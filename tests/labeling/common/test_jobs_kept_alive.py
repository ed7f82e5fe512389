"""A job whose work cannot say that it lives is kept from other workers, for as long as it is at work and no longer."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import transaction
from django.utils import timezone

from labeling.common import jobs
from labeling.common.jobs import SILENT_AFTER, job_kept_alive, job_queue, job_take
from labeling.common.models import Job
from tests.world import World

PATIENCE_SECONDS = 120


@pytest.fixture
def job(world: World, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Job:
    """One that a worker has taken up."""
    monkeypatch.setattr(jobs, "ALIVE_SECONDS", 0.01)
    taken = job_take(job_id=job_queue(kind="import", actor=world.cora, parameters={}).pk)
    assert taken is not None
    return taken


def silenced(job: Job, **changes: object) -> None:
    """As if nothing had been heard of it for long."""
    Job.objects.filter(pk=job.pk).update(updated_at=timezone.now() - 2 * SILENT_AFTER, **changes)


def is_heard(job: Job) -> bool:
    """Whether a sign of life comes, waited for as long as a loaded machine may need."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if timezone.now() - Job.objects.get(pk=job.pk).updated_at < SILENT_AFTER:
            return True
        time.sleep(0.01)
    return False


def test_it_works(job: Job) -> None:
    with job_kept_alive(job=job):
        silenced(job)
        assert is_heard(job) and job_take(job_id=job.pk) is None
    silenced(job)
    assert job_take(job_id=job.pk) is not None


def test_in_the_midst_of_a_transaction(job: Job) -> None:
    silenced(job)
    with transaction.atomic(), job_kept_alive(job=job):
        Job.objects.create(kind="other", parameters={})
        assert is_heard(job)


class Once(threading.Event):
    """Time for one sign of life, and then the end."""

    def wait(self, timeout: float | None = None) -> bool:
        before = self.is_set()
        self.set()
        return before


@pytest.mark.parametrize(
    "changes", [{"parameters": {"taken": "by another"}}, {"state": Job.State.CANCELLED}, {"state": Job.State.WAITING}]
)
def test_what_is_no_longer_ours_is_left_alone(job: Job, changes: dict[str, object]) -> None:
    taken = job.parameters["taken"]
    silenced(job)
    jobs._keep_alive(job, taken, Once())
    assert is_heard(job)
    silenced(job, **changes)
    jobs._keep_alive(job, taken, Once())
    assert timezone.now() - Job.objects.get(pk=job.pk).updated_at > SILENT_AFTER


def test_it_ends_with_its_work_even_where_that_fails(job: Job) -> None:
    before = threading.active_count()
    with pytest.raises(RuntimeError, match="broken"), job_kept_alive(job=job):
        raise RuntimeError("broken")
    assert threading.active_count() == before
