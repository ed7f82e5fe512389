"""Learning from what people do with looks, and going one step back."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Sequence

from django.db import transaction

from labeling.accounts.models import User
from labeling.catalog.models import Vertical
from labeling.common.audit import audit_record
from labeling.common.errors import ConflictError
from labeling.serving import ranker, selectors
from labeling.serving.models import EngagementEvent, RankerState
from labeling.serving.offers import offers_named

BATCH = 1000
STATES_KEPT = 50


@transaction.atomic
def ranker_learn(*, vertical: Vertical) -> RankerState | None:
    """Learn from the events that came since the last time, and serve the new state at once; None where nothing is new.

    A tag of a look is one lesson: taken, or seen and passed over. Where the click comes after its impression was learned
    from, it is a second lesson.
    """
    Vertical.objects.select_for_update().get(pk=vertical.pk)
    live = selectors.ranker_live(vertical=vertical)
    if live is not None and live.frozen:
        return None
    after = live.learned_until if live is not None else 0
    events = list(selectors.events_since(vertical=vertical, after=after, limit=BATCH))
    if not events:
        return None
    rows = _lessons(events)
    state = ranker.learn(live.state if live is not None else {}, rows)
    return _go_live(vertical, live, state=state, learned_until=events[-1].pk, events=len(rows), reason="")


@transaction.atomic
def ranker_step_back(*, vertical: Vertical, actor: User, reason: str) -> RankerState:
    """Serve the state before the live one again, frozen so that it stays until somebody lets it learn on."""
    live = selectors.ranker_live(vertical=vertical)
    before = selectors.ranker_history(vertical=vertical).filter(number__lt=live.number).first() if live else None
    if live is None or before is None:
        raise ConflictError("There is no earlier ranking to go back to.")
    live.live = False
    live.save(update_fields=["live", "updated_at"])
    before.live, before.frozen, before.reason = True, True, reason
    before.save(update_fields=["live", "frozen", "reason", "updated_at"])
    audit_record(actor=actor, verb="ranker_step_back", subject=before, reason=reason, left=live.number)
    return before


def _lessons(events: Sequence[EngagementEvent]) -> list[tuple[list[float], bool, float]]:
    shown: dict[tuple[uuids.UUID, int], EngagementEvent] = {}
    taken: set[tuple[uuids.UUID, int]] = set()
    for event in events:
        if event.kind == EngagementEvent.Kind.HIDE:
            continue
        shown.setdefault((event.look, event.tag_id), event)
        if event.kind != EngagementEvent.Kind.IMPRESSION:
            taken.add((event.look, event.tag_id))
    offers = offers_named(tags={event.tag_id for event in shown.values()})
    return [(ranker.features_of(offers[event.tag_id]), key in taken, event.propensity) for key, event in shown.items()]


def _go_live(
    vertical: Vertical, live: RankerState | None, *, state: ranker.State, learned_until: int, events: int, reason: str
) -> RankerState:
    number = (selectors.ranker_history(vertical=vertical).values_list("number", flat=True).first() or 0) + 1
    if live is not None:
        live.live = False
        live.save(update_fields=["live", "updated_at"])
    total = events + (live.events if live is not None else 0)
    new = RankerState.objects.create(
        vertical=vertical,
        number=number,
        state=state,
        learned_until=learned_until,
        events=total,
        live=True,
        reason=reason,
    )
    RankerState.objects.filter(vertical=vertical, number__lte=number - STATES_KEPT, live=False).delete()
    return new
