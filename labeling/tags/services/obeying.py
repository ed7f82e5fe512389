"""What a change of a place's policy does to the tags that are there."""

from __future__ import annotations

from django.db import transaction

from labeling.accounts.models import User
from labeling.brands.models import DomainClaim, Policy
from labeling.brands.selectors import policy_for
from labeling.common.audit import audit_record
from labeling.tags import selectors
from labeling.tags.models import Tag, TagEvent
from labeling.tags.reasons import ASKS_AGAIN, HELD, OPENED, STOPPED, WITHDRAWN
from labeling.tags.services.telling import tags_tell


@transaction.atomic
def tags_obey_policy(*, claim: DomainClaim, actor: User | None = None) -> dict[str, int]:
    """Bring the tags of a claimed place in line with its policy: hide, hold or show again. Owners' rulings stay.

    Returns how many tags went to each state.
    """
    moved = {state.value: 0 for state in Tag.State}
    for tag in selectors.tags_at(claim=claim).filter(ruled=False).select_for_update(of=("self",)):
        if not selectors.in_place(tag=tag, claim=claim):
            continue
        if tag_moved(tag, policy_for(scene=tag.scene)):
            tag.save(update_fields=["state", "reason", "updated_at"])
            tags_tell(tags=[tag], cause=TagEvent.Cause.PLACE, actor=actor)
            moved[tag.state] += 1
    audit_record(
        actor=actor, verb="tags_obey_policy", subject=claim, place=claim.place, policy=claim.policy, moved=moved
    )
    return moved


STATES = {
    Policy.CLOSED: (Tag.State.HIDDEN, WITHDRAWN),
    Policy.REVIEW_FIRST: (Tag.State.HELD, HELD),
    Policy.OPEN: (Tag.State.LIVE, OPENED),
}


def tag_moved(tag: Tag, policy: Policy) -> bool:
    """Give a tag the state and reason that a policy asks for, unsaved; whether that changed it."""
    state, reason = STATES[policy]
    if tag.state == state or not _may_move(tag):
        return False
    tag.state, tag.reason = state, reason
    return True


def _may_move(tag: Tag) -> bool:
    """A tag that people or audits took down does not come back because a place opens."""
    if tag.reason.startswith(STOPPED) or tag.reason == ASKS_AGAIN:
        return False
    return tag.state != Tag.State.HIDDEN or tag.reason == WITHDRAWN
