"""Finding a person's own seats."""

from __future__ import annotations

from uuid import UUID

from labeling.accounts.models import User
from labeling.annotation.models import Assignment, Purpose
from labeling.catalog.models import Scene
from labeling.common.errors import NotFoundError


def assignment_of(*, annotator: User, assignment_id: int, token: UUID) -> Assignment:
    """The seat that stands in this person's name under ``token``, with its scene. Raises :class:`NotFoundError`."""
    seat = Assignment.objects.select_related("scene").filter(pk=assignment_id, annotator=annotator, token=token).first()
    if seat is None:
        raise NotFoundError(f"There is no assignment {assignment_id} of yours.")
    return seat


def assignment_decided(*, annotator: User, assignment_id: int) -> Assignment:
    """A seat this person has finished, to be looked at again. Raises :class:`NotFoundError`."""
    seats = Assignment.objects.filter(pk=assignment_id, annotator=annotator).exclude(state=Assignment.State.WAITING)
    seat = seats.first()
    if seat is None:
        raise NotFoundError(f"There is no assignment {assignment_id} that you have finished.")
    return seat


def scene_of_item(*, seat: Assignment, proposal_id: int | None) -> Scene:
    """The scene an object of a seat stands in: the seat's own, or that of a burst's ``proposal_id``."""
    if seat.scene is not None:
        return seat.scene
    scene = Scene.objects.filter(burst_items__burst=seat.burst_id, burst_items__proposal=proposal_id).first()
    if scene is None:
        raise NotFoundError(f"Proposal {proposal_id} is not of this burst. Send the proposal the box belongs to.")
    return scene


def scenes_of(*, seat: Assignment) -> list[Scene]:
    """The scenes of which a seat decides something, in the order in which they are to be locked; gold decides nothing."""
    if seat.purpose != Purpose.WORK:
        return []
    if seat.scene is not None:
        return [seat.scene]
    return list(
        Scene.objects.filter(burst_items__burst=seat.burst_id, burst_items__plant=None).distinct().order_by("pk")
    )


def assignments_unsettled(*, limit: int) -> list[int]:
    """Finished work of which nothing has been drawn yet, oldest first."""
    finished = Assignment.objects.filter(settled=False).exclude(state=Assignment.State.WAITING)
    return list(finished.order_by("pk").values_list("pk", flat=True)[:limit])
