"""Reading what is to be labeled, and what is lent."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet

from labeling.accounts.models import User
from labeling.annotation.models import Assignment, Campaign
from labeling.catalog.models import ProductImage
from labeling.common.errors import NotFoundError
from labeling.inference.models import Candidate, Proposal


@dataclass(frozen=True, slots=True)
class LentAssignment:
    """A seat with all that its page shows: the proposals of its scan, each with its whole slate."""

    assignment: Assignment
    proposals: list[Proposal]


def campaigns_open() -> QuerySet[Campaign]:
    """Campaigns that lend work, newest first, with ``seats``, ``waiting`` and ``submitted`` counted."""
    state = Assignment.State
    return (
        Campaign.objects.filter(state=Campaign.State.OPEN)
        .select_related("vertical")
        .annotate(
            seats=Count("assignments"),
            waiting=Count("assignments", filter=Q(assignments__state=state.WAITING)),
            submitted=Count("assignments", filter=Q(assignments__state=state.SUBMITTED)),
        )
        .order_by("-id")
    )


def campaign_get(*, campaign_id: int) -> Campaign:
    """A campaign with its vertical. Raises :class:`NotFoundError`."""
    campaign = Campaign.objects.select_related("vertical").filter(pk=campaign_id).first()
    if campaign is None:
        raise NotFoundError(f"There is no campaign {campaign_id}.")
    return campaign


def assignments_held(*, annotator: User, campaign: Campaign) -> QuerySet[Assignment]:
    """The seats that stand in this person's name and wait for a decision, in the order they are to be shown."""
    return Assignment.objects.filter(campaign=campaign, annotator=annotator, state=Assignment.State.WAITING).order_by(
        "-priority", "id"
    )


def assignments_shown(*, ids: list[int]) -> list[LentAssignment]:
    """Seats with their scene, proposals, candidates and product cards, in the order of ``ids``.

    A constant number of queries, whatever the number of seats, proposals and candidates.
    """
    seats = {seat.pk: seat for seat in Assignment.objects.filter(pk__in=ids).select_related("scene")}
    candidates = Candidate.objects.select_related("product__brand", "product__category").prefetch_related(
        Prefetch("product__images", queryset=ProductImage.objects.order_by("position"))
    )
    proposals: dict[int, list[Proposal]] = {}
    shown = Proposal.objects.filter(scan__in=[seat.scan_id for seat in seats.values() if seat.scan_id])
    for proposal in (
        shown.select_related("category")
        .prefetch_related(Prefetch("candidates", queryset=candidates))
        .order_by("scan", "position")
    ):
        proposals.setdefault(proposal.scan_id, []).append(proposal)
    return [LentAssignment(seats[pk], proposals.get(seats[pk].scan_id or 0, [])) for pk in ids if pk in seats]


def assignment_of(*, annotator: User, assignment_id: int, token: UUID) -> Assignment:
    """The seat that stands in this person's name under ``token``, with its scene. Raises :class:`NotFoundError`."""
    seat = Assignment.objects.select_related("scene").filter(pk=assignment_id, annotator=annotator, token=token).first()
    if seat is None:
        raise NotFoundError(f"There is no assignment {assignment_id} of yours.")
    return seat
