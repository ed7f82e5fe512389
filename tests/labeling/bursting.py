"""Deciding a whole campaign in tests, whatever kinds of work it lends."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from labeling.accounts.models import User
from labeling.annotation.models import Annotation, Assignment, Campaign, Kind, Resolution
from labeling.annotation.selectors import assignments_shown
from labeling.annotation.services import Decision, assignment_lend, assignment_submit, campaign_create, campaign_fill
from labeling.annotation.tasks import tend_campaigns
from labeling.catalog.models import Scene
from labeling.datasets.models import Pair
from labeling.datasets.tasks import settle_waiting
from labeling.inference.models import Retrieval
from labeling.inference.services import retrieval_record
from labeling.tags.models import Tag
from models_ml.types import Box, Match
from tests.world import World

Say = Callable[[dict[str, Any], dict[str, Any]], Decision | None]
"""What is said of a shown object on a shown assignment; None leaves it out."""


def campaign_of(world: World, *kinds: Kind, scenes: list[Scene] | None = None, **changes: object) -> Campaign:
    """A campaign of these kinds of work, filled with the first scene unless told otherwise."""
    name = " and ".join(kinds) + f" {Campaign.objects.count()}"
    campaign = campaign_create(vertical=world.vertical, name=name, kinds=kinds, **changes)  # type: ignore[arg-type]
    campaign_fill(campaign=campaign, scenes=scenes or [world.scene])
    return campaign


def lend_shown(annotator: User, campaign: Campaign, *, want: int = 1) -> list[dict[str, Any]]:
    """What this person's page is lent, as it is shown."""
    seats = assignment_lend(annotator=annotator, campaign_id=campaign.pk, want=want)
    return [json.loads(shown) for shown in assignments_shown(seats=seats)]


def send(annotator: User, shown: dict[str, Any], decisions: list[Decision], **changes: Any) -> Assignment:
    """Submit a shown assignment."""
    values = {"uuid": uuid.uuid4(), "token": uuid.UUID(shown["token"]), "seconds": 1.0} | changes
    return assignment_submit(
        annotator=annotator, assignment_id=shown["id"], decisions=decisions, **values
    ).assignment  # fmt: skip


def said(shown: dict[str, Any], **changes: Any) -> Decision:
    """The box confirmed as it is shown, with its first candidate where there is one."""
    first = shown["candidates"][0]["product"] if shown["candidates"] else None
    values = {
        "uuid": uuid.uuid4(),
        "proposal": shown["proposal"],
        "verdict": "confirmed",
        "box": Box(*shown["box"]),
        "category": shown["category"],
        "product": first,
        "grade": "exact" if first else "",
    }
    return Decision(**(values | changes))


def work_through(
    annotator: User, campaign: Campaign, say: Say, *, draw: Callable[[], list[Decision]] = list
) -> list[str]:
    """Do everything the campaign lends this person, with a worker that does at once what it is nudged to do.

    ``draw`` gives what is added wherever a whole scene is seen. Returns the kinds of work in the order they came.
    """
    kinds = []
    while shown := next(iter(lend_shown(annotator, campaign)), None):
        kinds.append(shown["kind"])
        about = [] if shown["kind"] == Kind.COVERAGE else shown["objects"]
        decisions = [decision for each in about if (decision := say(shown, each)) is not None]
        send(annotator, shown, [*decisions, *(draw() if shown["scene"] else ())])
        settle_waiting()
        answer_retrievals()
        tend_campaigns()
    return kinds


def answer_retrievals() -> None:
    """Every product of the category asked for, as a worker would find them."""
    for retrieval in Retrieval.objects.filter(state=Retrieval.State.WAITING):
        products = retrieval.category.products.order_by("pk") if retrieval.category else []
        matches = [Match(product.pk, 0.8 - rank / 10, rank) for rank, product in enumerate(products, start=1)]
        retrieval_record(retrieval_id=retrieval.pk, matches=matches)


def left_behind(campaign: Campaign) -> dict[str, list[Any]]:
    """All that a campaign left behind, but for ids and times."""
    newest: dict[Any, Annotation] = {}
    for each in Annotation.objects.filter(campaign=campaign).order_by("pk"):
        newest[each.scene_id, each.proposal_id or each.box, each.annotator_id] = each
    resolutions = Resolution.objects.filter(campaign=campaign)
    tags = Tag.objects.filter(resolution__campaign=campaign)
    pairs = Pair.objects.filter(resolution__campaign=campaign)
    common = ("scene", "category", "product", "grade", "left", "top", "right", "bottom")
    return {
        "annotations": sorted(
            (each.scene_id, each.proposal_id or 0, each.annotator_id, each.verdict, each.category_id or 0,
             each.product_id or 0, each.grade, *each.box)
            for each in newest.values()
        ),
        "resolutions": sorted(map(repr, resolutions.values_list("proposal", "accepted", "agreement", *common))),
        "tags": sorted(map(repr, tags.values_list("source", "state", "reason", "confidence", "proposal", *common))),
        "pairs": sorted(map(repr, pairs.values_list("source", "withdrawn_at", *common))),
    }  # fmt: skip
