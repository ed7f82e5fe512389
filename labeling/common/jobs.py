"""Long work as a row: queued, taken up by one worker at a time, cancelled or resumed by a person.

Whoever takes a job up signs it, so that a worker that was thought dead and comes back finds that the job is no longer its own.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

from django.db import DatabaseError, connection, models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from labeling.common.audit import audit_record
from labeling.common.errors import ApplicationError, ConflictError
from labeling.common.models import Job

logger = logging.getLogger(__name__)
T = TypeVar("T")
SILENT_AFTER = timedelta(seconds=60)
NUDGE_AGAIN = timedelta(seconds=20)
BEAT_SECONDS = 1.0
ALIVE_SECONDS = 2.0
OPEN = (Job.State.WAITING, Job.State.RUNNING)


class JobStopped(Exception):
    """A person cancelled the job, or another worker has it now: drop what is in hand."""


@transaction.atomic
def job_queue(*, kind: str, actor: models.Model | None, parameters: Mapping[str, Any]) -> Job:
    """Ask for long work; audited, since it is done in somebody's name."""
    owner = None if actor is None else actor.pk
    job = Job.objects.create(kind=kind, owner_id=owner, parameters=dict(parameters))
    audit_record(actor=actor, verb=f"{kind}_queue", subject=job, **parameters)
    return job


@transaction.atomic
def job_take(*, job_id: int) -> Job | None:
    """Begin a job that waits, or take over one whose worker fell silent; None where somebody has it or it has ended."""
    job = Job.objects.select_for_update(skip_locked=True).filter(_free(), pk=job_id).first()
    if job is None:
        return None
    job.state, job.started_at, job.message = Job.State.RUNNING, timezone.now(), ""
    job.parameters = {**job.parameters, "taken": uuid.uuid4().hex, "from": job.done}
    job.save()
    return job


def job_beat(*, job: Job, **changes: object) -> None:
    """Keep how far a job is, with ``changes`` of its fields. Raises :class:`JobStopped` where it is no longer ours."""
    mine = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, parameters__taken=job.parameters["taken"])
    if not mine.update(updated_at=timezone.now(), done=job.done, total=job.total, **changes):
        raise JobStopped


def job_check(*, job: Job) -> None:
    """Raises :class:`JobStopped` where a job is no longer ours; writes nothing, so that a long transaction may ask in between."""
    if not Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, parameters__taken=job.parameters["taken"]).exists():
        raise JobStopped


@contextmanager
def job_kept_alive(*, job: Job) -> Iterator[None]:
    """Say from beside the work that a job lives, and how far it is, for steps that cannot say so themselves, such as one long
    transaction.

    It ends with the block, and with the process; that the job is no longer ours is told by the next :func:`job_beat`. Work
    that hangs for ever is kept alive as well, until a person cancels it.
    """
    ended = threading.Event()
    beside = threading.Thread(target=_keep_alive, args=(job, job.parameters["taken"], ended), daemon=True)
    beside.start()
    try:
        yield
    finally:
        ended.set()
        beside.join()


def job_finish(*, job: Job, result: Mapping[str, Any]) -> None:
    """Keep what a job came to. Raises :class:`JobStopped` where it is no longer ours."""
    job.total = job.done
    job_beat(job=job, state=Job.State.DONE, result=dict(result), finished_at=timezone.now())


def job_fail(*, job: Job, error: str) -> None:
    """Note why a job came to nothing; one that is no longer ours is left alone."""
    mine = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, parameters__taken=job.parameters["taken"])
    mine.update(state=Job.State.FAILED, message=error, finished_at=timezone.now(), updated_at=timezone.now())


def job_whole(*, job_id: int, make: Callable[[Job], T], result: Callable[[T], Mapping[str, Any]]) -> T | None:
    """Make what a job asks for, in one transaction; ``result`` is what the job keeps of it.

    None where somebody else has the job, it was cancelled, or it failed with its reason: a rule's own words, or the error's
    name, which is raised again.
    """
    job = job_take(job_id=job_id)
    if job is None:
        return None
    try:
        # What was made and the end of its job are one transaction: what is cancelled or lost leaves nothing, and what is done
        # is not made again. It is over before the job is let go, whose row it holds in the end.
        with job_kept_alive(job=job), transaction.atomic():
            made = make(job)
            job_finish(job=job, result=result(made))
    except JobStopped:
        return None
    except ApplicationError as error:
        job_fail(job=job, error=error.message)
        return None
    except Exception as error:
        job_fail(job=job, error=f"{type(error).__name__}: {error}")
        raise
    return made


@transaction.atomic
def job_cancel(*, job: Job, actor: models.Model) -> Job:
    """Stop a job at its next step, or before its first."""
    job = Job.objects.select_for_update().get(pk=job.pk)
    if job.state not in OPEN:
        raise ConflictError(f"This job has ended ({job.get_state_display()}) and cannot be cancelled.")
    job.state, job.finished_at, job.message = Job.State.CANCELLED, timezone.now(), ""
    job.save()
    audit_record(actor=actor, verb=f"{job.kind}_cancel", subject=job)
    return job


@transaction.atomic
def job_resume(*, job: Job, actor: models.Model) -> Job:
    """Have a job that has ended taken up again, from where it was as far as its kind can."""
    job = Job.objects.select_for_update().get(pk=job.pk)
    if job.state in OPEN:
        raise ConflictError("This job has not ended yet. Wait for it, or cancel it first.")
    job.state, job.finished_at, job.message = Job.State.WAITING, None, ""
    job.save()
    audit_record(actor=actor, verb=f"{job.kind}_resume", subject=job)
    return job


def jobs_recent(*, kinds: Sequence[str]) -> QuerySet[Job]:
    """Jobs of these kinds, newest first."""
    return Job.objects.filter(kind__in=kinds).select_related("owner").order_by("-pk")


def jobs_to_nudge(*, kinds: Sequence[str]) -> list[int]:
    """Jobs that nobody works on and that have waited long enough to doubt their message."""
    old = Q(updated_at__lt=timezone.now() - NUDGE_AGAIN)
    return list(Job.objects.filter(_free(), old, kind__in=kinds).order_by("pk").values_list("pk", flat=True))


def seconds_left(job: Job) -> float | None:
    """What is left at the pace so far, in seconds; None where that cannot be told yet."""
    if job.state != Job.State.RUNNING or job.started_at is None or not job.total:
        return None
    did = job.done - int(job.parameters.get("from", 0))
    spent = (job.updated_at - job.started_at).total_seconds()
    return max(job.total - job.done, 0) * spent / did if did > 0 and spent > 0 else None


class Pace:
    """Tells a job's row how far it is, no more than once a second."""

    def __init__(self, job: Job) -> None:
        self.job, self.last = job, time.monotonic()

    def done(self, number: int) -> None:
        """So many more are done. Raises :class:`JobStopped` where the job is no longer ours."""
        self.job.done += number
        if time.monotonic() - self.last >= BEAT_SECONDS:
            self.last = time.monotonic()
            job_beat(job=self.job)


def _keep_alive(job: Job, taken: str, ended: threading.Event) -> None:
    while not ended.wait(ALIVE_SECONDS):
        try:
            mine = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, parameters__taken=taken)
            mine.update(updated_at=timezone.now(), done=job.done, total=job.total)
        except DatabaseError:
            # The database is away for a moment or for good: the work itself finds out.
            logger.warning("job %s could not say that it lives", job.pk, exc_info=True)
        finally:
            connection.close()


def _free() -> Q:
    silent = Q(state=Job.State.RUNNING, updated_at__lt=timezone.now() - SILENT_AFTER)
    return Q(state=Job.State.WAITING) | silent
