"""Bursts: which objects are judged together, and what becomes of them once their box is settled."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby

from django.db import transaction
from django.db.models import Max, Q

from labeling.accounts.models import User
from labeling.annotation.consensus import outcome
from labeling.annotation.models import Annotation, Assignment, Burst, BurstItem, Campaign, Kind, PriorityRule
from labeling.annotation.selectors import abilities_of, annotations_counting, vote_of
from labeling.annotation.services.ordering import items_by_gain
from labeling.annotation.services.planting import plants_for_burst
from labeling.brands.selectors import scenes_open
from labeling.catalog.models import Category, Scene
from labeling.inference.models import Proposal, Retrieval
from labeling.inference.services import retrieval_queue
from models_ml.types import Box

COMPOSED_AT_ONCE = 20_000
LOOKS_AGAIN = 1e3
"""The priority of a further look: before all work that is ordered by its worth, after what was returned to its author."""


def items_add(*, campaign: Campaign, proposals: Iterable[Proposal]) -> None:
    """Ask about these objects in bursts: first for the box where the campaign has box bursts, else for the match."""
    kind = Kind.BOX_BURST if Kind.BOX_BURST in campaign.kinds else Kind.MATCH_BURST
    items = [
        BurstItem(
            campaign=campaign,
            kind=kind,
            scene_id=proposal.scene_id,
            proposal_id=proposal.pk,
            category_id=proposal.category_id,
        )
        for proposal in proposals
    ]
    BurstItem.objects.bulk_create(items, ignore_conflicts=True, batch_size=5000)


@transaction.atomic
def objects_ask(*, campaign: Campaign, proposals: Iterable[Proposal]) -> int:
    """Ask about single objects in bursts, composed at once; what this campaign asks about already is left alone.

    Returns how many objects are new to it.
    """
    asked = campaign.burst_items.filter(plant=None)
    before = asked.count()
    items_add(campaign=campaign, proposals=proposals)
    while bursts_compose(campaign=campaign):
        pass
    return asked.count() - before


@transaction.atomic
def objects_ask_again(*, campaign: Campaign, proposals: Iterable[Proposal]) -> int:
    """Ask one more person about single objects, blind, in bursts composed at once; what was settled holds until they answer.

    It is somebody who has said nothing of the object so far, in any campaign. An object whose last look is still to come is
    left alone. Returns how many are asked about anew.
    """
    wanted = list(proposals)
    # In the order in which whoever settles them locks them.
    scenes = Scene.objects.filter(pk__in={proposal.scene_id for proposal in wanted}).order_by("pk")
    list(scenes.select_for_update(no_key=True).values_list("pk", flat=True))
    added = looks_add(campaign=campaign, proposals=wanted)
    while bursts_compose(campaign=campaign):
        pass
    return added


def looks_add(*, campaign: Campaign, proposals: Iterable[Proposal]) -> int:
    """The same for scenes that the caller has locked, but for the bursts: whoever composes next puts the objects into them."""
    wanted = {proposal.pk: proposal for proposal in proposals}
    asked = BurstItem.objects.filter(campaign=campaign, kind=Kind.MATCH_BURST, plant=None, proposal__in=wanted)
    to_come = Q(burst=None) | Q(burst__assignments__state=Assignment.State.WAITING)
    waiting = set(asked.filter(to_come).values_list("proposal", flat=True))
    looks = dict(asked.order_by().values_list("proposal").annotate(last=Max("look")))
    items = [
        BurstItem(
            campaign=campaign,
            kind=Kind.MATCH_BURST,
            scene_id=proposal.scene_id,
            proposal=proposal,
            category_id=proposal.category_id,
            # The first look was the decision itself, be it in a burst or in a scene as a whole.
            look=looks.get(pk, 1) + 1,
        )
        for pk, proposal in sorted(wanted.items())
        if pk not in waiting
    ]
    BurstItem.objects.bulk_create(items, batch_size=5000)
    return len(items)


@transaction.atomic
def bursts_compose(*, campaign: Campaign) -> int:
    """Put the objects that wait into bursts of one category, with their seats and, mixed in, gold; returns how many are new.

    An object whose category people changed waits until its new candidates are there, or were given up; one of a closed place
    waits until that opens. Where a campaign asks first for what the next models learn most from, such objects come together.
    """
    ready = Q(retrieval=None) | ~Q(retrieval__state=Retrieval.State.WAITING)
    loose = BurstItem.objects.filter(ready, campaign=campaign, burst=None).order_by("kind", "category", "look", "pk")
    loose = loose.filter(scene__in=scenes_open(Scene.objects.filter(vertical=campaign.vertical_id)).values("pk"))
    items = list(loose.select_for_update(of=("self",), skip_locked=True)[:COMPOSED_AT_ONCE])
    if campaign.priority_rule == PriorityRule.LEARN:
        items = items_by_gain(campaign=campaign, items=items)
    again = [item for item in items if item.look > 1]
    portions = [
        portion
        for alike in (*_of_one_category([item for item in items if item.look == 1]), *_by_who_has_spoken(again))
        for portion in _portions(alike, campaign.burst_size)
    ]
    bursts = Burst.objects.bulk_create(
        [Burst(campaign=campaign, kind=portion[0].kind, category_id=portion[0].category_id) for portion in portions]
    )
    planted: list[BurstItem] = []
    so_far = campaign.bursts.count() - len(bursts)
    for number, (burst, portion) in enumerate(zip(bursts, portions, strict=True), start=so_far):
        golds = plants_for_burst(campaign=campaign, portion=portion, number=number)
        for position, item in enumerate(_mixed(portion, golds, number)):
            item.burst, item.position = burst, position
        planted += golds
    BurstItem.objects.bulk_update(items, ["burst", "position"], batch_size=1000)
    BurstItem.objects.bulk_create(planted, batch_size=1000)
    Assignment.objects.bulk_create(
        [
            seat
            for burst, portion in zip(bursts, portions, strict=True)
            for seat in _seats(campaign, burst, again=portion[0].look > 1)
        ],
        batch_size=5000,
    )
    return len(bursts)


@transaction.atomic
def burst_promote(*, burst: Burst) -> list[Retrieval]:
    """Once nobody looks at a box burst any more, ask for the match of what people agree is an object.

    Returns the retrievals to enqueue: those of objects whose box or category people changed. Objects on which they are
    tied are left to the tie of their scene. Again it changes nothing.
    """
    burst = Burst.objects.select_for_update(no_key=True).get(pk=burst.pk)
    campaign = burst.campaign
    waiting = burst.assignments.filter(state=Assignment.State.WAITING).exists()
    if burst.kind != Kind.BOX_BURST or Kind.MATCH_BURST not in campaign.kinds or waiting:
        return []
    known = BurstItem.objects.filter(
        campaign=campaign, kind=Kind.MATCH_BURST, plant=None, proposal__burst_items__burst=burst
    )
    done = set(known.values_list("proposal", flat=True))
    people = burst.assignments.exclude(annotator=None).values_list("annotator_id", flat=True)
    abilities = abilities_of(vertical_id=campaign.vertical_id, annotators=people)
    asked = []
    for item in burst.items.filter(plant=None).select_related("proposal", "scene").order_by("position"):
        said = _said(burst, item)
        came_to = None
        if said and item.proposal_id not in done:
            came_to = outcome([vote_of(each) for each in said], abilities=abilities, sure_at=campaign.sure_at)
        # Somebody who re-categorised may have picked the product as well: then nothing is left to ask.
        if came_to is None or not came_to.accepted or came_to.grade:
            continue
        retrieval = None
        if came_to.category != item.proposal.category_id or _moved(came_to.box, item.proposal.box):
            retrieval = _ask(item, came_to.box, came_to.category, said[0].annotator)
            asked.append(retrieval)
        BurstItem.objects.create(
            campaign=campaign,
            kind=Kind.MATCH_BURST,
            scene=item.scene,
            proposal=item.proposal,
            category_id=came_to.category,
            retrieval=retrieval,
        )
    return asked


def _seats(campaign: Campaign, burst: Burst, *, again: bool) -> list[Assignment]:
    """One for each that is to judge; a further look takes one beyond the overlap, which keeps its place in the queue."""
    if again:
        return [
            Assignment(campaign=campaign, kind=burst.kind, burst=burst, slot=campaign.overlap, priority=LOOKS_AGAIN)
        ]
    return [Assignment(campaign=campaign, kind=burst.kind, burst=burst, slot=slot) for slot in range(campaign.overlap)]


def _of_one_category(items: Iterable[BurstItem]) -> list[list[BurstItem]]:
    return [list(alike) for _, alike in groupby(items, key=lambda item: (item.kind, item.category_id))]


def _by_who_has_spoken(items: Sequence[BurstItem]) -> list[list[BurstItem]]:
    """What is asked again, of one category and with the same people barred, so that a burst bars nobody needlessly."""
    spoken: dict[int, set[int]] = defaultdict(set)
    said = Annotation.objects.filter(proposal__in=[item.proposal_id for item in items])
    for proposal, annotator in said.values_list("proposal", "annotator"):
        spoken[proposal or 0].add(annotator)
    alike: dict[tuple[int | None, frozenset[int]], list[BurstItem]] = defaultdict(list)
    for item in items:
        alike[item.category_id, frozenset(spoken[item.proposal_id])].append(item)
    return list(alike.values())


def _mixed(portion: list[BurstItem], golds: list[BurstItem], seed: int) -> list[BurstItem]:
    """The objects in their order, with gold in places that tell nothing."""
    chance, mixed = random.Random(seed), list(portion)
    for gold in golds:
        mixed.insert(chance.randint(0, len(mixed)), gold)
    return mixed


def _portions(items: list[BurstItem], size: int) -> list[list[BurstItem]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _said(burst: Burst, item: BurstItem) -> list[Annotation]:
    """What counts of what was said of an object in its box burst."""
    said = annotations_counting().filter(assignment__burst=burst, proposal=item.proposal_id)
    return list(said.select_related("annotator"))


def _ask(item: BurstItem, box: Box, category: int | None, annotator: User) -> Retrieval:
    named = None if category is None else Category.objects.get(pk=category)
    return retrieval_queue(scene=item.scene, box=box, category=named, asked_by=annotator)


def _moved(a: Box, b: Box) -> bool:
    return max(abs(x - y) for x, y in zip(a, b, strict=True)) > 1e-6
