"""Making decisions in tests: what a careful client sends for a scene."""

from __future__ import annotations

import uuid

from labeling.accounts.models import User
from labeling.annotation.models import Assignment, Verdict
from labeling.annotation.services import Decision, assignment_lend
from labeling.inference.models import Proposal, Scan
from models_ml.types import Box
from tests.world import World, make_scene


def lent_ids(annotator: User, world: World, *, want: int = 3) -> list[int]:
    """The seats that this person is lent, in the order they are shown."""
    return [seat.pk for seat in assignment_lend(annotator=annotator, campaign_id=world.campaign.pk, want=want)]


def lend_one(annotator: User, world: World) -> Assignment:
    """The first seat that this person gets."""
    return Assignment.objects.get(pk=lent_ids(annotator, world, want=1)[0])


def decide(proposal: Proposal, *, product: int | None, **changes: object) -> Decision:
    """A confirmed exact match of a proposal, with changes."""
    values: dict[str, object] = {
        "uuid": uuid.uuid4(),
        "proposal": proposal.pk,
        "verdict": Verdict.CONFIRMED,
        "box": proposal.box,
        "category": proposal.category.slug if proposal.category else None,
        "product": product,
        "grade": "exact",
    }
    return Decision(**(values | changes))  # type: ignore[arg-type]


def reject(proposal: Proposal) -> Decision:
    """Not an object."""
    return decide(proposal, product=None, verdict=Verdict.REJECTED, grade="")


def add(box: Box, *, category: str, product: int, **changes: object) -> Decision:
    """A box that no model proposed."""
    values = {"uuid": uuid.uuid4(), "proposal": None, "verdict": Verdict.ADDED, "box": box, "grade": "exact"}
    return Decision(**(values | {"category": category, "product": product} | changes))  # type: ignore[arg-type]


def all_confirmed(world: World) -> list[Decision]:
    """The first product of each proposal of the first scene."""
    return [
        decide(world.proposals[0], product=world.sofas[0].pk),
        decide(world.proposals[1], product=world.lamps[0].pk),
    ]


def as_json(decision: Decision) -> dict[str, object]:
    """A decision as the page sends it."""
    return {
        "uuid": str(decision.uuid),
        "proposal": decision.proposal,
        "verdict": str(decision.verdict),
        "box": list(decision.box),
        "category": decision.category,
        "product": decision.product,
        "grade": decision.grade or None,
    }


def add_scenes(world: World, count: int) -> None:
    """More scenes in the campaign, each scanned without a finding."""
    for number in range(count):
        scene = make_scene(world.vertical, f"more-{number}")
        Scan.objects.create(scene=scene, detector=world.detector, embedder=world.embedder, state=Scan.State.DONE)
        for slot in range(world.campaign.overlap):
            Assignment.objects.create(campaign=world.campaign, scene=scene, slot=slot)
