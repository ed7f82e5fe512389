"""Putting before shoppers what people confirmed, and taking it back."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q

from labeling.annotation.models import Grade, Resolution
from labeling.brands.models import Policy
from labeling.brands.selectors import policy_for
from labeling.catalog.models import Scene
from labeling.tags.models import Tag, TagEvent
from labeling.tags.reasons import ASKS_AGAIN, OVERRULED
from labeling.tags.rulings import Leave, leave_of
from labeling.tags.services.obeying import tags_obey
from labeling.tags.services.telling import tags_move, tags_tell

PEOPLE = TagEvent.Cause.PEOPLE
GONE = Q(state=Tag.State.HIDDEN, was_state="")
"""Hidden for good; what only the policy of its place hides may come back."""


@transaction.atomic
def tag_confirm(*, resolution: Resolution) -> Tag | None:
    """Publish what people came to, as far as the owner of the place lets it; called again it changes nothing.

    None where there is nothing to show (a rejected box, no match), the scene is not eligible, or its place's owner has
    ruled on the object. A tag that automation made for the same proposal gives way, whatever people said, unless it is ruled.
    """
    scene = Scene.objects.select_for_update(no_key=True).get(pk=resolution.scene_id)
    _automation_gives_way(resolution)
    if not resolution.accepted or resolution.product is None or resolution.grade == Grade.NONE:
        return None
    # It was eligible when it was queued, and need not be so any more.
    if not scene.organic or scene.business_account or policy_for(scene=scene) == Policy.CLOSED:
        return None
    leave = leave_of(scene=resolution.scene, box=resolution.box, product=resolution.product)
    if leave == Leave.NONE:
        return Tag.objects.filter(resolution=resolution).first()
    tag, created = Tag.objects.get_or_create(
        resolution=resolution,
        source=Tag.Source.HUMAN,
        defaults={
            **resolution.box._asdict(),
            "scene": resolution.scene,
            "category": resolution.category,
            "product": resolution.product,
            "grade": resolution.grade,
            "proposal": resolution.proposal,
            "confidence": resolution.agreement,
            "state": Tag.State.LIVE if leave == Leave.FREE else Tag.State.HELD,
            "reason": "Confirmed by people." if leave == Leave.FREE else ASKS_AGAIN,
        },
    )
    if created:
        tags_tell(tags=[tag], cause=PEOPLE, resolution=resolution)
        tags_obey(scenes=[resolution.scene])
        tag.refresh_from_db()
    return tag


@transaction.atomic
def tags_withdraw_for_resolution(*, resolutions: Iterable[Resolution]) -> int:
    """Hide the tags of resolutions that people have gone back on; returns how many were hidden."""
    tags = Tag.objects.filter(resolution__in=list(resolutions), source=Tag.Source.HUMAN, ruled=False)
    return tags_move(tags=tags.exclude(GONE), state=Tag.State.HIDDEN, reason=OVERRULED, cause=PEOPLE)


def _automation_gives_way(resolution: Resolution) -> None:
    if resolution.proposal_id is None:
        return
    automatic = Tag.objects.filter(proposal_id=resolution.proposal_id, source=Tag.Source.MODEL, ruled=False)
    tags_move(
        tags=automatic.exclude(GONE),
        state=Tag.State.HIDDEN,
        reason="Replaced by what people decided.",
        cause=PEOPLE,
        resolution=resolution,
    )
