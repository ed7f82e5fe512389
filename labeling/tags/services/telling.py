"""The history of tags: every change of what a shopper may see is told, with its cause."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from labeling.tags.models import Tag, TagEvent

BATCH = 1000


def tags_tell(*, tags: Iterable[Tag], cause: TagEvent.Cause, **by: Any) -> None:
    """Append how these tags stand now; ``by`` are the other fields of :class:`TagEvent` that name whose doing it is."""
    events = [
        TagEvent(
            tag=tag,
            cause=cause,
            state=tag.state,
            product_id=tag.product_id,
            reason=tag.reason,
            confidence=tag.confidence,
            **by,
        )
        for tag in tags
    ]
    TagEvent.objects.bulk_create(events, batch_size=BATCH)


@transaction.atomic
def tags_move(*, tags: QuerySet[Tag], state: Tag.State, reason: str, cause: TagEvent.Cause, **by: Any) -> int:
    """Put tags into a state with a reason, and tell it; those that stand so already are left alone. Returns how many moved.

    Whatever the policy of a place had kept of them for later is forgotten.
    """
    moved = [
        tag for tag in tags.select_for_update(of=("self",)).order_by("pk") if (tag.state, tag.reason) != (state, reason)
    ]
    now = timezone.now()
    for tag in moved:
        tag.state, tag.reason, tag.updated_at = state, reason[:300], now
        tag.was_state = tag.was_reason = ""
    Tag.objects.bulk_update(moved, ["state", "reason", "was_state", "was_reason", "updated_at"], batch_size=BATCH)
    tags_tell(tags=moved, cause=cause, **by)
    return len(moved)
