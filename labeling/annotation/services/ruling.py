"""What a curator does with people's work: settle what they could not, and give back what is not good enough."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from labeling.accounts.models import User
from labeling.annotation.models import Assignment, Dispute, Grade, Purpose, Resolution
from labeling.catalog.models import Category, Product
from labeling.common.audit import audit_record
from labeling.common.errors import ApplicationError, ConflictError
from models_ml.types import Box

KEPT_FOR = timedelta(days=7)
"""So long returned work waits for its author alone."""
FIRST = 1e6


@transaction.atomic
def dispute_rule(
    *,
    dispute: Dispute,
    actor: User,
    accepted: bool,
    box: Box | None = None,
    category: Category | None = None,
    product: Product | None = None,
    grade: str = "",
) -> Dispute:
    """Keep an adjudicator's ruling, which then stands in the scene's consensus; a later ruling replaces it.

    Raises an error where the grade does not fit the product, or either is of another vertical.
    """
    dispute = Dispute.objects.select_for_update(of=("self",)).select_related("campaign").get(pk=dispute.pk)
    if accepted:
        _check(dispute, category, product, grade)
    else:
        category, product, grade = None, None, ""
    if box is not None:
        dispute.left, dispute.top, dispute.right, dispute.bottom = box
    dispute.accepted, dispute.category, dispute.product, dispute.grade = accepted, category, product, grade
    dispute.ruled_by, dispute.ruled_at = actor, timezone.now()
    dispute.save()
    audit_record(
        actor=actor,
        verb="dispute ruled",
        subject=dispute,
        accepted=accepted,
        category=category.pk if category else None,
        product=product.pk if product else None,
        grade=grade,
    )
    return dispute


@transaction.atomic
def dispute_ask(*, resolution: Resolution, actor: User, reason: str) -> bool:
    """Ask an adjudicator about a proposal that people have settled; until the ruling it holds what they came to.

    Returns whether it is asked anew: an object that is in dispute, or was, is left as it is. Raises an error for a box
    that no model proposed, or without a reason.
    """
    if not reason.strip():
        raise ApplicationError("Say what is doubtful: the adjudicator is shown it.", fields={"reason": "required"})
    if resolution.proposal_id is None:
        raise ApplicationError(f"Resolution {resolution.pk} is of no proposal. Only proposed boxes are asked again.")
    dispute, asked = Dispute.objects.get_or_create(
        campaign_id=resolution.campaign_id,
        proposal_id=resolution.proposal_id,
        defaults={**resolution.box._asdict(), "scene_id": resolution.scene_id, "reason": reason.strip()[:500]},
    )
    if asked:
        dispute.annotations.set(resolution.annotations.all())
        audit_record(actor=actor, verb="dispute asked", subject=dispute, reason=dispute.reason)
    return asked


@transaction.atomic
def assignment_return(*, assignment: Assignment, actor: User, reason: str) -> list[Resolution]:
    """Give submitted work back to its author, first in their queue, with the reason; it counts no more until sent again.

    Returns the resolutions that rested on nobody else's word, for whoever built on them; they are still there. Raises
    :class:`ConflictError` where the work is not submitted, or is gold.
    """
    if not reason.strip():
        raise ApplicationError("Say what is to be done better: the author is shown it.", fields={"reason": "required"})
    seat = Assignment.objects.select_for_update().get(pk=assignment.pk)
    if seat.state != Assignment.State.SUBMITTED or seat.purpose != Purpose.WORK:
        raise ConflictError("Only work that is submitted can be returned, and gold never.")
    front = Assignment.objects.filter(campaign=seat.campaign_id, state=Assignment.State.WAITING)
    top = front.aggregate(top=Max("priority"))["top"] or 0.0
    seat.past_uuids = [*seat.past_uuids, *([seat.client_uuid] if seat.client_uuid else [])]
    seat.version += 1
    seat.state, seat.client_uuid, seat.finished_at, seat.settled = Assignment.State.WAITING, None, None, False
    seat.draft, seat.leased_until = None, None
    seat.priority = max(FIRST, top)
    seat.reserved_until = timezone.now() + KEPT_FOR
    seat.returned_reason = reason.strip()[:500]
    seat.save()
    audit_record(actor=actor, verb="work returned", subject=seat, reason=seat.returned_reason)
    mine = Resolution.objects.filter(campaign=seat.campaign_id, annotations__assignment=seat).distinct()
    return [each for each in mine if not each.annotations.exclude(assignment=seat).exists() and not _is_ruled(each)]


def _is_ruled(resolution: Resolution) -> bool:
    if resolution.proposal_id is None:
        return False
    return Dispute.objects.filter(
        campaign=resolution.campaign_id, proposal=resolution.proposal_id, ruled_at__isnull=False
    ).exists()


def _check(dispute: Dispute, category: Category | None, product: Product | None, grade: str) -> None:
    vertical = dispute.campaign.vertical_id
    if category is None or category.vertical_id != vertical:
        raise ApplicationError("Choose a category of this vertical.", fields={"category": "required"})
    if grade not in Grade.values:
        raise ApplicationError("Say exact, similar or none.", fields={"grade": "choose"})
    if (grade == Grade.NONE) != (product is None):
        raise ApplicationError(
            "A grade of exact or similar needs a product, and none has none.", fields={"product": "does not fit"}
        )
    if product is not None and product.vertical_id != vertical:
        raise ApplicationError("This product is of another vertical. Choose one of this.", fields={"product": "other"})
