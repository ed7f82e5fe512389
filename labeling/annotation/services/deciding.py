"""Taking a person's decisions: once, whole, and never lost. What is changed later is kept as a new version."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from labeling.accounts.models import User
from labeling.annotation.models import Annotation, Assignment, Purpose, SkipReason
from labeling.annotation.selectors import decisions_of
from labeling.annotation.services.asking import seat_take
from labeling.annotation.services.checking import Decision, annotations_checked
from labeling.annotation.services.holding import LeaseLostError, was_lent
from labeling.annotation.services.marking import marks_write
from labeling.annotation.services.seating import seat_beyond
from labeling.common.errors import ConflictError, NotFoundError
from labeling.common.rows import row_update, rows_insert

__all__ = ["Decision", "Submission", "assignment_skip", "assignment_submit"]

SCENE_IS_BAD = {SkipReason.BAD_IMAGE, SkipReason.UNSAFE, SkipReason.DUPLICATE}
MOST_SECONDS = 3600.0
KEPT = (
    "annotator", "token", "state", "client_uuid", "past_uuids", "version", "seconds", "skip_reason", "draft", "leased_until",
    "finished_at", "settled", "reserved_until", "returned_reason", "updated_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Submission:
    """What came of a submit: the seat it was kept on, how many annotations, and whether this was a repeat."""

    assignment: Assignment
    annotations: int
    repeated: bool


def assignment_submit(
    *,
    annotator: User,
    assignment_id: int,
    uuid: uuids.UUID,
    token: uuids.UUID,
    seconds: float,
    decisions: Sequence[Decision],
    amends: uuids.UUID | None = None,
) -> Submission:
    """Keep a person's decisions about all that a seat asks; the same ``uuid`` again is answered the same.

    ``amends`` is the uuid of the submission that these decisions replace; the older ones stay on record. Late work
    counts: a lease that ran out is taken up again, and where someone else took the seat meanwhile the decisions are kept
    on an extra one. Raises :class:`NotFoundError`, :class:`LeaseLostError` (a token never lent to this person),
    :class:`ConflictError` (this person has decided already, with what they said), or an error naming each bad decision.
    """
    with _once():
        return _submit(annotator, assignment_id, uuid, token, seconds, decisions, amends)


def assignment_skip(
    *,
    annotator: User,
    assignment_id: int,
    uuid: uuids.UUID,
    token: uuids.UUID,
    reason: SkipReason,
    amends: uuids.UUID | None = None,
) -> Submission:
    """Pass work on; the same ``uuid`` again is answered the same.

    Unless the scene itself is bad, a fresh seat takes the place of this one, so that someone else sees the work. A burst
    is never bad as a whole.
    """
    with _once():
        return _skip(annotator, assignment_id, uuid, token, reason, amends)


def _submit(
    annotator: User,
    assignment_id: int,
    uuid: uuids.UUID,
    token: uuids.UUID,
    seconds: float,
    decisions: Sequence[Decision],
    amends: uuids.UUID | None,
) -> Submission:
    taken = seat_take(assignment_id=assignment_id)
    if taken is None or not was_lent(taken.seat, annotator):
        raise NotFoundError(f"There is no assignment {assignment_id} of yours.")
    if (earlier := _repeat(taken.seat, annotator, uuid)) is not None:
        said = Annotation.objects.filter(assignment=earlier, version=earlier.version)
        return Submission(earlier, said.count(), repeated=True)
    seat = _seat_for(taken.seat, annotator, token, amends)
    annotations = annotations_checked(taken=taken, annotator=annotator, decisions=decisions)
    seat.token = token
    _finish(seat, annotator, uuid, Assignment.State.SUBMITTED, seconds=min(seconds, MOST_SECONDS))
    for annotation in annotations:
        annotation.assignment, annotation.version = seat, seat.version
    rows_insert(annotations)
    # In training a person is told at once; all other gold is marked by a worker.
    if seat.purpose == Purpose.TRAINING:
        marks_write(seat=seat)
    return Submission(seat, len(annotations), repeated=False)


def _skip(
    annotator: User,
    assignment_id: int,
    uuid: uuids.UUID,
    token: uuids.UUID,
    reason: SkipReason,
    amends: uuids.UUID | None,
) -> Submission:
    taken = seat_take(assignment_id=assignment_id)
    if taken is None or not was_lent(taken.seat, annotator):
        raise NotFoundError(f"There is no assignment {assignment_id} of yours.")
    if (earlier := _repeat(taken.seat, annotator, uuid)) is not None:
        return Submission(earlier, 0, repeated=True)
    seat = _seat_for(taken.seat, annotator, token, amends)
    late = seat.pk is None
    replaced = seat.state == Assignment.State.SKIPPED and not _ends_it(seat, seat.skip_reason)
    seat.token = token
    _finish(seat, annotator, uuid, Assignment.State.SKIPPED, reason=reason)
    if not _ends_it(seat, reason) and not late and not replaced and seat.purpose == Purpose.WORK:
        seat_beyond(seat).save()
    return Submission(seat, 0, repeated=False)


def _ends_it(seat: Assignment, reason: str) -> bool:
    """Whether nobody else need look: a scene may be bad as a whole, a burst of many scenes is not."""
    return reason in SCENE_IS_BAD and seat.burst_id is None


def _repeat(seat: Assignment, annotator: User, uuid: uuids.UUID) -> Assignment | None:
    """The seat this person already finished under ``uuid``: this one, or the extra one that took late work."""
    if seat.annotator_id == annotator.pk:
        return seat if uuid == seat.client_uuid or uuid in seat.past_uuids else None
    sent = Q(client_uuid=uuid) | Q(past_uuids__contains=[uuid])
    return Assignment.objects.filter(sent, annotator=annotator).first()


def _seat_for(seat: Assignment, annotator: User, token: uuids.UUID, amends: uuids.UUID | None) -> Assignment:
    """Where work done under ``token`` is kept: the seat itself while it is this person's or free, else another."""
    if seat.annotator_id == annotator.pk and seat.token == token:
        return _open_for(seat, amends)
    if seat.former.get(str(token)) != annotator.pk:
        raise LeaseLostError("This is not the token this scene was lent to you with. Reload the page.")
    # Each person sits once at a scene or burst, so a seat they got since then takes what they did before.
    beside = Assignment.objects.filter(
        campaign=seat.campaign_id, kind=seat.kind, scene=seat.scene_id, burst=seat.burst_id
    )
    current = beside.filter(annotator=annotator).first()
    if current is not None:
        return _open_for(current, amends)
    free = seat.state == Assignment.State.WAITING and seat.annotator_id is None
    return seat if free else seat_beyond(seat)


def _open_for(seat: Assignment, amends: uuids.UUID | None) -> Assignment:
    """The person's own seat, where it waits or is finished with just the submission that is to be amended."""
    if seat.state != Assignment.State.WAITING:
        if amends is None or amends != seat.client_uuid:
            raise ConflictError(
                "You have already decided on this scene.",
                extra={"submission": str(seat.client_uuid), "decisions": decisions_of(seat=seat)},
            )
        seat.past_uuids = [*seat.past_uuids, amends]
        seat.version += 1
    return seat


def _finish(
    seat: Assignment,
    annotator: User,
    uuid: uuids.UUID,
    state: Assignment.State,
    *,
    seconds: float | None = None,
    reason: str = "",
) -> None:
    seat.annotator = annotator
    seat.state = state
    seat.client_uuid = uuid
    seat.seconds = seconds
    seat.skip_reason = reason
    seat.draft = None
    seat.leased_until = seat.reserved_until = None
    seat.returned_reason = ""
    seat.finished_at = timezone.now()
    seat.settled = False
    if seat._state.adding:
        seat.save()
    else:
        row_update(seat, KEPT)


@contextmanager
def _once() -> Iterator[None]:
    """A transaction in which a uuid that was used before is told to the person; any other fault is passed on as it is."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "client_uuid" not in str(error):
            raise
        raise ConflictError(
            "The uuid of this submission, or of one of its decisions, was used before. Send it with fresh ones.",
            fields={"uuid": "used"},
        ) from error
