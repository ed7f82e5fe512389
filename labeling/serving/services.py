"""Serving looks, taking in what people do with them, and learning from it."""

from __future__ import annotations

import hashlib
import uuid as uuids
from collections.abc import Sequence
from dataclasses import dataclass

from django.core import signing
from django.db import transaction

from labeling.accounts.models import User
from labeling.catalog.models import Scene, Vertical
from labeling.common.audit import audit_record
from labeling.common.errors import ApplicationError, ConflictError
from labeling.serving import ranker, selectors
from labeling.serving.dots import dot_positions
from labeling.serving.models import EngagementEvent, RankerState
from labeling.tags.models import Tag

SALT = "looktag.look"
TOKEN_SECONDS = 24 * 3600
BATCH = 1000
STATES_KEPT = 50


@dataclass(frozen=True, slots=True)
class PlacedTag:
    """A tag at its position (from 1) in a look, with its dot."""

    tag: Tag
    position: int
    dot: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Look:
    """What is served for a scene. ``token`` is signed: events come back with it, so that none can be made up."""

    scene: Scene
    tags: list[PlacedTag]
    token: str
    ranker: int | None
    arm: str


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing a shopper did: a client UUID, a kind, and the tag it was done to."""

    uuid: uuids.UUID
    kind: EngagementEvent.Kind
    tag: int


def look_serve(*, scene: Scene, visitor: str) -> Look:
    """The live tags of a scene in the order of the live re-ranker; a control group gets them by confidence."""
    tags = selectors.tags_to_rank(scene=scene)
    state, experiment = (
        selectors.ranker_live(vertical=scene.vertical),
        selectors.experiment_running(vertical=scene.vertical),
    )
    arm = "" if experiment is None else _arm(experiment.name, visitor, experiment.share)
    if state is not None and arm != "control":
        tags = ranker.rank(tags, state.state)
    dots = dot_positions([tag.box for tag in tags])
    placed = [
        PlacedTag(tag, position, dot) for position, (tag, dot) in enumerate(zip(tags, dots, strict=True), start=1)
    ]
    number = state.pk if state is not None else None
    claims = {
        "look": str(uuids.uuid4()),
        "scene": scene.pk,
        "tags": {str(p.tag.pk): p.position for p in placed},
        "ranker": number,
        "arm": arm,
        "visitor": visitor,
    }
    return Look(scene, placed, signing.dumps(claims, salt=SALT, compress=True), number, arm)


@transaction.atomic
def events_record(*, token: str, happenings: Sequence[Happening]) -> int:
    """Append what a shopper did with a look; a repeat adds nothing. Returns how many are new.

    Raises ApplicationError where the token is forged or old, or a tag was not in that look.
    """
    try:
        claims = signing.loads(token, salt=SALT, max_age=TOKEN_SECONDS)
    except signing.BadSignature as error:
        raise ApplicationError("This look has expired or was not served by us. Load the look again.") from error
    products = dict(Tag.objects.filter(pk__in=[h.tag for h in happenings]).values_list("pk", "product"))
    rows = []
    for happening in happenings:
        position = claims["tags"].get(str(happening.tag))
        if position is None or happening.tag not in products:
            raise ApplicationError(f"Tag {happening.tag} was not in this look. Send only tags that it showed.")
        rows.append(
            EngagementEvent(
                client_uuid=happening.uuid,
                kind=happening.kind,
                look=claims["look"],
                scene_id=claims["scene"],
                tag_id=happening.tag,
                product_id=products[happening.tag],
                position=position,
                propensity=ranker.examination(position),
                ranker_id=claims["ranker"],
                arm=claims["arm"],
                visitor=claims["visitor"],
            )
        )
    before = EngagementEvent.objects.filter(look=claims["look"]).count()
    EngagementEvent.objects.bulk_create(rows, ignore_conflicts=True)
    return EngagementEvent.objects.filter(look=claims["look"]).count() - before


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


def _arm(experiment: str, visitor: str, share: float) -> str:
    """The arm of a visitor: always the same one, as a hash of both names says."""
    point = int.from_bytes(hashlib.sha256(f"{experiment}/{visitor}".encode()).digest()[:8], "big") / 2**64
    return "treatment" if point < share else "control"


def _lessons(events: Sequence[EngagementEvent]) -> list[tuple[list[float], bool, float]]:
    shown: dict[tuple[uuids.UUID, int], EngagementEvent] = {}
    taken: set[tuple[uuids.UUID, int]] = set()
    for event in events:
        if event.kind == EngagementEvent.Kind.HIDE:
            continue
        shown.setdefault((event.look, event.tag_id), event)
        if event.kind != EngagementEvent.Kind.IMPRESSION:
            taken.add((event.look, event.tag_id))
    return [(ranker.features_of(event.tag), key in taken, event.propensity) for key, event in shown.items()]


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
