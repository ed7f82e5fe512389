"""Brand owners' rulings, and what a change of their policy does to the tags that are there."""

from __future__ import annotations

from django.db import transaction

from labeling.accounts.models import User
from labeling.annotation.models import Grade
from labeling.brands.models import DomainClaim, Policy
from labeling.brands.selectors import policy_for
from labeling.catalog.models import Product
from labeling.common.audit import audit_record
from labeling.common.errors import ApplicationError
from labeling.tags import selectors
from labeling.tags.models import Tag, TagEvent, TagReview
from labeling.tags.reasons import HELD, OPENED, STOPPED, WITHDRAWN
from labeling.tags.services.telling import tags_tell


@transaction.atomic
def tag_review(
    *, tag: Tag, reviewer: User, ruling: TagReview.Ruling, product: Product | None = None, reason: str = ""
) -> TagReview:
    """Rule on a tag: approve it, hide it, or put the right product in its place. A ruling beats models and annotators."""
    tag = Tag.objects.select_for_update().select_related("scene").get(pk=tag.pk)
    if (ruling == TagReview.Ruling.CORRECT) != (product is not None):
        raise ApplicationError(
            "A correction names the right product; other rulings name none.", fields={"product": "required"}
        )
    if product is not None and product.vertical_id != tag.scene.vertical_id:
        raise ApplicationError(f"{product} belongs to another vertical.", fields={"product": "wrong vertical"})
    review = TagReview.objects.create(tag=tag, reviewer=reviewer, ruling=ruling, product=product, reason=reason)
    if ruling == TagReview.Ruling.HIDE:
        tag.state, tag.reason = Tag.State.HIDDEN, "Hidden by the owner of the place."
    else:
        tag.state, tag.source = Tag.State.LIVE, Tag.Source.BRAND
        tag.reason = "Approved by the owner of the place."
    if product is not None:
        tag.product, tag.grade, tag.reason = product, Grade.EXACT, "Corrected by the owner of the place."
    tag.save()
    tags_tell(tags=[tag], cause=TagEvent.Cause.OWNER, actor=reviewer, review=review)
    audit_record(
        actor=reviewer, verb=f"tag_{ruling}", subject=tag, reason=reason, product=product.pk if product else None
    )
    return review


@transaction.atomic
def tags_obey_policy(*, claim: DomainClaim, actor: User | None = None) -> dict[str, int]:
    """Bring the tags of a claimed place in line with its policy: hide, hold or show again. Owners' rulings stay.

    Returns how many tags went to each state.
    """
    moved = {state.value: 0 for state in Tag.State}
    for tag in selectors.tags_at(claim=claim).exclude(reviews__isnull=False).select_for_update(of=("self",)):
        if not selectors.in_place(tag=tag, claim=claim):
            continue
        state, reason = STATES[policy_for(scene=tag.scene)]
        if tag.state != state and _may_move(tag):
            tag.state, tag.reason = state, reason
            tag.save(update_fields=["state", "reason", "updated_at"])
            tags_tell(tags=[tag], cause=TagEvent.Cause.PLACE, actor=actor)
            moved[state.value] += 1
    audit_record(
        actor=actor, verb="tags_obey_policy", subject=claim, place=claim.place, policy=claim.policy, moved=moved
    )
    return moved


STATES = {
    Policy.CLOSED: (Tag.State.HIDDEN, WITHDRAWN),
    Policy.REVIEW_FIRST: (Tag.State.HELD, HELD),
    Policy.OPEN: (Tag.State.LIVE, OPENED),
}


def _may_move(tag: Tag) -> bool:
    """A tag that people or audits took down does not come back because a place opens."""
    if tag.reason.startswith(STOPPED):
        return False
    return tag.state != Tag.State.HIDDEN or tag.reason == WITHDRAWN
