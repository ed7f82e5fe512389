"""Making gold, and planting it among the work; a worker plants, never the click that lends."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from labeling.accounts.models import User
from labeling.annotation.golds import shifted
from labeling.annotation.models import (
    Assignment,
    BurstItem,
    Campaign,
    Gold,
    Kind,
    Plant,
    Purpose,
    Resolution,
    Standing,
)  # fmt: skip
from labeling.annotation.selectors.golds import (
    category_slates,
    golds_for_burst,
    golds_for_scenes,
    planted_due,
    slate_of,
    wrong_product,
)
from labeling.common.audit import audit_record
from labeling.common.errors import ApplicationError, ConflictError

RESERVED = timedelta(days=30)
TRICKS = ("box", "category", "product")


@transaction.atomic
def gold_make(*, resolution: Resolution, actor: User | None = None) -> Gold:
    """Make gold of a resolved object, or bring it up to date where it is gold already.

    Raises an error for a box that people drew: nothing is proposed there that could be shown to others.
    """
    if resolution.proposal is None:
        raise ApplicationError(
            "This box was drawn by people, so there is no proposal to show to others. Choose a proposed object."
        )
    gold, _ = Gold.objects.update_or_create(
        proposal=resolution.proposal,
        defaults={
            **resolution.box._asdict(),
            "vertical_id": resolution.scene.vertical_id,
            "scene_id": resolution.scene_id,
            "accepted": resolution.accepted,
            "category_id": resolution.category_id if resolution.accepted else None,
            "product_id": resolution.product_id,
            "grade": resolution.grade,
            "resolution": resolution,
            "authors": sorted(set(resolution.annotations.values_list("annotator", flat=True))),
            "retired": False,
            "made_by": actor,
        },
    )
    audit_record(actor=actor, verb="gold made", subject=gold, resolution=resolution.pk)
    return gold


@transaction.atomic
def gold_retire(*, gold: Gold, actor: User) -> Gold:
    """Plant this object no more; what people said of it stays."""
    gold.retired = True
    gold.save(update_fields=["retired"])
    audit_record(actor=actor, verb="gold retired", subject=gold)
    return gold


@transaction.atomic
def golds_plant(*, campaign: Campaign, annotator: User) -> list[Assignment]:
    """Reserve for a person the gold scenes that are due to them by the campaign's share; one at a time.

    Only scenes of which this person has said nothing anywhere are taken, those least planted first.
    """
    if not campaign.gold_share or Kind.SCENE not in campaign.kinds or campaign.state != Campaign.State.OPEN:
        return []
    if not planted_due(campaign=campaign, annotator=annotator):
        return []
    return _reserve(campaign, annotator, Purpose.GOLD, scenes=1)


@transaction.atomic
def training_start(*, campaign: Campaign, annotator: User) -> Standing:
    """Put the campaign's test before a person who wants to enter it; called again it goes on with the same test.

    Raises an error where the campaign asks for none, or holds too little gold that this person has not seen.
    """
    if not campaign.entry_test:
        raise ApplicationError(f"“{campaign.name}” asks for no test. Its work is open to you.")
    standing, created = Standing.objects.select_for_update().get_or_create(
        campaign=campaign, annotator=annotator, defaults={"state": Standing.State.TRAINING}
    )
    if standing.state != Standing.State.TRAINING:
        return standing
    seats = Assignment.objects.filter(campaign=campaign, annotator=annotator, purpose=Purpose.TRAINING)
    if created or not seats.filter(state=Assignment.State.WAITING).exists():
        reserved = _reserve(campaign, annotator, Purpose.TRAINING, objects=campaign.entry_test)
        if not reserved:
            raise ConflictError(
                "There is no gold left for a test that you have not seen. Ask the curator to make more."
            )
    return standing


def plants_for_burst(*, campaign: Campaign, portion: Sequence[BurstItem], number: int) -> list[BurstItem]:
    """Unsaved items of gold to be mixed into the ``number``-th burst, by the campaign's share; call it while composing."""
    if not campaign.gold_share or not portion:
        return []
    first = portion[0]
    chance = random.Random(f"{campaign.name} {number}")
    wanted = len(portion) * campaign.gold_share / (1 - campaign.gold_share)
    count = int(wanted) + (chance.random() < wanted % 1)
    others = {item.proposal_id for item in portion}
    golds = golds_for_burst(campaign=campaign, category_id=first.category_id, without=others, size=4 * count + 8)
    chance.shuffle(golds)
    # An object of another category comes in as it is, which shows the wrong one; a box burst asks for no product.
    tricks = ("box",) if first.kind == Kind.BOX_BURST else ("box", "product")
    items: list[BurstItem] = []
    for gold in golds:
        if len(items) == count:
            break
        plant = _plant(gold, chance, tricks=tricks, share=campaign.trick_share, shown_as=first.category_id)
        if plant is not None:
            plant.save()
            items.append(
                BurstItem(
                    campaign=campaign,
                    kind=first.kind,
                    scene_id=gold.scene_id,
                    proposal_id=gold.proposal_id,
                    category_id=plant.category_id,
                    plant=plant,
                )
            )
    return items


def _reserve(
    campaign: Campaign, annotator: User, purpose: Purpose, *, scenes: int = 1000, objects: int = 0
) -> list[Assignment]:
    """Seats at gold scenes in this person's name, until ``scenes`` or ``objects`` are enough."""
    so_far = Assignment.objects.filter(campaign=campaign, annotator=annotator).count()
    chance = random.Random(f"{campaign.name} {annotator.username} {purpose} {so_far}")
    seats: list[Assignment] = []
    held = Assignment.objects.filter(campaign=campaign, annotator=annotator, state=Assignment.State.WAITING)
    priority = held.aggregate(least=Max("priority"))["least"] or 0.0
    shown = 0
    for scan_id, golds in golds_for_scenes(campaign=campaign, annotator=annotator, size=scenes * 2):
        if len(seats) == scenes or (objects and shown >= objects):
            break
        beside = Assignment.objects.filter(campaign=campaign, scene=golds[0].scene_id, kind=Kind.SCENE)
        last = beside.aggregate(last=Max("slot"))["last"]
        seat = Assignment.objects.create(
            campaign=campaign,
            kind=Kind.SCENE,
            purpose=purpose,
            scene_id=golds[0].scene_id,
            scan_id=scan_id,
            slot=0 if last is None else last + 1,
            priority=priority,
            annotator=annotator,
            reserved_until=timezone.now() + RESERVED,
        )
        plants = [_plant(gold, chance, tricks=TRICKS, share=campaign.trick_share) for gold in golds]
        for plant in plants:
            if plant is not None:
                plant.assignment = seat
                plant.save()
        seats.append(seat)
        shown += len(golds)
    return seats


def _plant(
    gold: Gold, chance: random.Random, *, tricks: Sequence[str], share: float, shown_as: int | None = None
) -> Plant | None:
    """How a gold object is shown this time: as it is, or with one thing wrong; None where it does not fit ``shown_as``."""
    box = gold.box if gold.accepted else gold.proposal.box
    category, slate = gold.category_id or gold.proposal.category_id, slate_of(gold=gold)
    foreign = shown_as is not None and shown_as != category
    if foreign and not gold.accepted:
        return None
    trick = chance.choice(tricks) if gold.accepted and chance.random() < share else ""
    trick = "category" if foreign else trick
    if trick == "box":
        box = shifted(box, chance)
    elif trick == "category":
        others = category_slates(
            vertical_id=gold.vertical_id, only=shown_as if foreign else None, without=gold.category_id
        )
        if others:
            category, slate = chance.choice(others)
        elif foreign:
            return None
    elif trick == "product":
        slate = wrong_product(gold=gold, slate=slate)
    return Plant(**box._asdict(), gold=gold, category_id=category, slate=slate)


def golds_drop() -> int:
    """Take away reserved gold seats that their annotator never came for; returns how many."""
    gone = Assignment.objects.filter(
        ~Q(purpose=Purpose.WORK), state=Assignment.State.WAITING, reserved_until__lt=timezone.now(), draft__isnull=True
    )
    return gone.delete()[0]
