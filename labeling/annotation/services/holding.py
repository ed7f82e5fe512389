"""What a person may do with a seat they hold: keep a draft, keep the lease alive, give the seat back."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from labeling.accounts.models import User
from labeling.annotation.models import Assignment
from labeling.common.errors import ConflictError, NotFoundError


class LeaseLostError(ConflictError):
    """The seat is lent to someone else by now, or the token is of another lease."""

    code = "lease_lost"


def assignment_held(*, annotator: User, assignment_id: int, token: uuid.UUID) -> Assignment:
    """The waiting seat this person holds by ``token``, locked; call it in a transaction.

    A lease that has run out still counts while nobody else took the seat, also after the sweep, and so does an earlier
    one of the same person. Raises :class:`NotFoundError` where the seat was never theirs, :class:`LeaseLostError` where
    it is no longer, :class:`ConflictError` where it is decided.
    """
    seat = Assignment.objects.select_for_update().filter(pk=assignment_id).first()
    if seat is None or not was_lent(seat, annotator):
        raise NotFoundError(f"There is no assignment {assignment_id} of yours.")
    if seat.state == Assignment.State.WAITING:
        _take_up(seat, annotator, token)
    if seat.annotator_id != annotator.pk or (token != seat.token and seat.former.get(str(token)) != annotator.pk):
        raise LeaseLostError("This scene was lent to someone else meanwhile. What you submit for it is still kept.")
    if seat.state != Assignment.State.WAITING:
        raise ConflictError("You have already decided on this scene.")
    return seat


def _take_up(seat: Assignment, annotator: User, token: uuid.UUID) -> None:
    """Make a free seat theirs again who held it by ``token``, unless they sit there already."""
    if seat.annotator_id is not None or seat.former.get(str(token)) != annotator.pk:
        return
    beside = Assignment.objects.filter(campaign=seat.campaign_id, scene=seat.scene_id, burst=seat.burst_id)
    if not beside.filter(annotator=annotator).exists():
        seat.annotator, seat.token = annotator, token
        seat.save(update_fields=["annotator", "token"])


def was_lent(seat: Assignment, annotator: User) -> bool:
    """Whether this person has or ever had the seat."""
    return seat.annotator_id == annotator.pk or annotator.pk in seat.former.values()


@transaction.atomic
def assignment_draft(
    *, annotator: User, assignment_id: int, token: uuid.UUID, revision: int, state: dict[str, object]
) -> int:
    """Keep a draft on top of ``revision`` and return the new revision.

    Raises :class:`ConflictError` with the kept ``revision`` and ``state`` where another tab was faster.
    """
    seat = assignment_held(annotator=annotator, assignment_id=assignment_id, token=token)
    if seat.revision != revision:
        raise ConflictError(
            "Another window of yours has saved this scene since.",
            extra={"revision": seat.revision, "state": seat.draft},
        )
    seat.draft = state
    seat.revision += 1
    seat.leased_until = _lease_end()
    seat.save(update_fields=["draft", "revision", "leased_until"])
    return seat.revision


@transaction.atomic
def assignment_heartbeat(*, annotator: User, assignment_id: int, token: uuid.UUID) -> datetime:
    """Renew the lease; returns until when."""
    seat = assignment_held(annotator=annotator, assignment_id=assignment_id, token=token)
    seat.leased_until = _lease_end()
    seat.save(update_fields=["leased_until"])
    return seat.leased_until


@transaction.atomic
def assignment_release(*, annotator: User, assignment_id: int, token: uuid.UUID) -> None:
    """Give the seat back for others to take. A draft is kept in the person's name until someone does.

    Only the newest lease can be given back: the last words of an older page end nobody's work. A reserved seat stays
    theirs: only the lease ends.
    """
    seat = assignment_held(annotator=annotator, assignment_id=assignment_id, token=token)
    if seat.token != token:
        return
    if seat.draft is None and seat.reserved_until is None:
        seat.former[str(token)] = annotator.pk
        seat.annotator = seat.token = seat.leased_until = None
    else:
        seat.leased_until = timezone.now()
    seat.save(update_fields=["former", "annotator", "token", "leased_until"])


def _lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
