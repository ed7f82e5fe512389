"""Gold, training and several annotators in tests."""

from __future__ import annotations

import uuid
from typing import Any

from labeling.accounts.models import Role, User
from labeling.annotation.models import Assignment, Campaign, Gold
from labeling.annotation.services import Decision, campaign_create, campaign_quality_set, gold_make
from labeling.annotation.services.filling import campaign_fill
from labeling.inference.models import Candidate, Proposal, Scan
from models_ml.types import Box
from tests.labeling.bursting import lend_shown, said, send
from tests.labeling.tagging import resolve
from tests.world import World, make_scene

GOLD_BOX = (0.2, 0.3, 0.5, 0.7)


def annotator(name: str) -> User:
    """One more person."""
    return User.objects.create(username=name, role=Role.ANNOTATOR)


def proposed_scene(world: World, name: str, *, objects: int = 1) -> list[Proposal]:
    """A scene with sofas proposed side by side, each with the three sofas as candidates, the first on top."""
    scene = make_scene(world.vertical, name)
    scan = Scan.objects.create(scene=scene, detector=world.detector, embedder=world.embedder, state=Scan.State.DONE)
    proposals = []
    for position in range(objects):
        left = 0.02 + position * 0.24
        proposal = Proposal.objects.create(
            scan=scan, scene=scene, position=position, category=world.sofa, detector_class="sofa", score=0.8,
            left=left, top=0.3, right=left + 0.2, bottom=0.7,
        )  # fmt: skip
        for rank, product in enumerate(world.sofas, start=1):
            Candidate.objects.create(proposal=proposal, product=product, rank=rank, score=0.9 - rank / 10)
        proposals.append(proposal)
    return proposals


def gold_scene(world: World, name: str, *, objects: int = 1, **known: Any) -> list[Gold]:
    """Gold in a scene of its own: each object is the sofa on top of its slate unless told otherwise."""
    golds = []
    for proposal in proposed_scene(world, name, objects=objects):
        golds.append(gold_make(resolution=resolve(world, proposal=proposal, box=tuple(proposal.box), **known)))  # type: ignore[arg-type]
    return golds


def measured(world: World, *, scenes: int = 6, kinds: tuple[str, ...] = ("scene",), **quality: Any) -> Campaign:
    """A campaign over scenes of one sofa each, with gold among the work."""
    campaign = campaign_create(vertical=world.vertical, name=f"Measured {Campaign.objects.count()}", kinds=kinds)
    values = {
        "sure_at": 0.7, "more_eyes": 3, "gold_share": 0.2, "trick_share": 0.0, "pass_score": None, "entry_test": 0,
    } | quality  # fmt: skip
    campaign = campaign_quality_set(campaign=campaign, actor=world.cora, **values)
    number = Campaign.objects.count()
    work = [proposed_scene(world, f"work-{number}-{n}")[0].scene for n in range(scenes)]
    campaign_fill(campaign=campaign, scenes=work)
    return campaign


def visit(who: User, campaign: Campaign, *, accept: bool = True, **changes: Any) -> Assignment | None:
    """One seat, all of it confirmed as shown (or rejected); None where nothing is lent."""
    shown = next(iter(lend_shown(who, campaign)), None)
    if shown is None:
        return None
    return send(who, shown, [answer(each, accept=accept, **changes) for each in shown["objects"]])


def answer(shown: dict[str, Any], *, accept: bool = True, **changes: Any) -> Decision:
    """A shown object confirmed as it is, or rejected."""
    if accept:
        return said(shown, **changes)
    return Decision(uuid.uuid4(), shown["proposal"], "rejected", Box(*shown["box"]), shown["category"], None, "")  # type: ignore[arg-type]
