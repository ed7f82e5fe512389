"""Taking a person's decisions about a scene: once, whole, and never lost."""

from __future__ import annotations

import uuid as uuids
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from labeling.accounts.models import User
from labeling.annotation.models import Annotation, Assignment, SkipReason
from labeling.annotation.services.checking import Decision, annotations_checked
from labeling.annotation.services.holding import LeaseLostError, was_lent
from labeling.common.errors import ConflictError, NotFoundError

__all__ = ["Decision", "Submission", "assignment_skip", "assignment_submit"]

SCENE_IS_BAD = {SkipReason.BAD_IMAGE, SkipReason.UNSAFE, SkipReason.DUPLICATE}


@dataclass(frozen=True, slots=True)
class Submission:
    """What came of a submit: the seat it was kept on, how many annotations, and whether this was a repeat."""

    assignment: Assignment
    annotations: int
    repeated: bool


@transaction.atomic
def assignment_submit(
    *,
    annotator: User,
    assignment_id: int,
    uuid: uuids.UUID,
    token: uuids.UUID,
    seconds: float,
    decisions: list[Decision],
) -> Submission:
    """Keep a person's decisions about all objects of a scene; the same ``uuid`` again is answered the same.

    Late work counts: a lease that ran out is taken up again, and where someone else took the seat meanwhile the
    decisions are kept on an extra one. Raises :class:`NotFoundError`, :class:`LeaseLostError` (a token never lent to
    this person), :class:`ConflictError` (this person has decided already), or an error naming each bad decision.
    """
    seat = _locked(annotator, assignment_id)
    if (earlier := _repeat(annotator, uuid)) is not None:
        return Submission(earlier, earlier.annotations.count(), repeated=True)
    seat = _seat_for(seat, annotator, token)
    annotations = annotations_checked(seat=seat, annotator=annotator, decisions=decisions)
    _finish(seat, annotator, uuid, Assignment.State.SUBMITTED, seconds=seconds)
    for annotation in annotations:
        annotation.assignment = seat
    Annotation.objects.bulk_create(annotations)
    return Submission(seat, len(annotations), repeated=False)


@transaction.atomic
def assignment_skip(
    *, annotator: User, assignment_id: int, uuid: uuids.UUID, token: uuids.UUID, reason: SkipReason
) -> Submission:
    """Pass a scene on; the same ``uuid`` again is answered the same.

    Unless the scene itself is bad, a fresh seat takes the place of this one, so that someone else sees the scene.
    """
    seat = _locked(annotator, assignment_id)
    if (earlier := _repeat(annotator, uuid)) is not None:
        return Submission(earlier, 0, repeated=True)
    seat = _seat_for(seat, annotator, token)
    late = seat.pk is None
    _finish(seat, annotator, uuid, Assignment.State.SKIPPED, reason=reason)
    if reason not in SCENE_IS_BAD and not late:
        extra_seat(seat).save()
    return Submission(seat, 0, repeated=False)


def extra_seat(seat: Assignment, *, priority: float | None = None) -> Assignment:
    """One more seat, not saved yet, at the scene of ``seat``. The scene's seats must be locked."""
    seats = Assignment.objects.filter(campaign=seat.campaign_id, scene=seat.scene_id)
    last = seats.aggregate(last=Max("slot"))["last"]
    return Assignment(
        campaign=seat.campaign,
        scene=seat.scene,
        scan=seat.scan,
        slot=last + 1,
        priority=seat.priority if priority is None else priority,
    )


def _locked(annotator: User, assignment_id: int) -> Assignment:
    """The seat, with its person and all seats of its scene locked: people who finish at once are resolved in turn."""
    User.objects.select_for_update(no_key=True).get(pk=annotator.pk)
    place = Assignment.objects.filter(pk=assignment_id).values_list("campaign", "scene").first()
    if place is None:
        raise NotFoundError(f"There is no assignment {assignment_id} of yours.")
    seats = (
        Assignment.objects.filter(campaign=place[0], scene=place[1]).select_related("campaign", "scene").order_by("pk")
    )
    seat = next(seat for seat in seats.select_for_update(of=("self",)) if seat.pk == assignment_id)
    if not was_lent(seat, annotator):
        raise NotFoundError(f"There is no assignment {assignment_id} of yours.")
    return seat


def _repeat(annotator: User, uuid: uuids.UUID) -> Assignment | None:
    """The seat this person already finished under ``uuid``."""
    earlier = Assignment.objects.filter(client_uuid=uuid).first()
    if earlier is not None and earlier.annotator_id != annotator.pk:
        raise ConflictError(
            "This submission's uuid was used before. Send it with a fresh one.", fields={"uuid": "used"}
        )
    return earlier


def _seat_for(seat: Assignment, annotator: User, token: uuids.UUID) -> Assignment:
    """Where work done under ``token`` is kept: the seat itself while it is this person's or free, else another."""
    waiting = Assignment.State.WAITING
    if seat.annotator_id == annotator.pk and seat.token == token:
        if seat.state != waiting:
            raise ConflictError("You have already decided on this scene.")
        return seat
    if seat.former.get(str(token)) != annotator.pk:
        raise LeaseLostError("This is not the token this scene was lent to you with. Reload the page.")
    # Each person sits once at a scene, so a seat they got since then takes what they did before.
    current = Assignment.objects.filter(campaign=seat.campaign_id, scene=seat.scene_id, annotator=annotator).first()
    if current is not None and current.state != waiting:
        raise ConflictError("You have already decided on this scene.")
    if current is not None:
        return current
    free = seat.state == waiting and seat.annotator_id is None
    return seat if free else extra_seat(seat)


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
    seat.leased_until = None
    seat.finished_at = timezone.now()
    seat.save()
