"""Pairs that the models contradict, made by people at work, for tests."""

from __future__ import annotations

from labeling.annotation.models import Campaign
from labeling.annotation.services import campaign_create, campaign_fill
from labeling.datasets.models import Pair
from labeling.datasets.services import doubts_write
from labeling.datasets.tasks import settle_waiting
from labeling.inference.models import Proposal
from tests.labeling.trusting import proposed_scene, visit
from tests.world import World

USUAL = 24


def contradicted(world: World, *, usual: int = USUAL) -> tuple[Campaign, Pair, Pair]:
    """A campaign in which Ann agrees with the models ``usual`` times, then says lamp of a sure sofa, then takes the last
    sofa of a slate, and what a worker writes of that. Returns it with those two pairs."""
    campaign = campaign_create(vertical=world.vertical, name="Suspicious")
    said = [{}] * usual + [{"category": "lamp", "product": world.lamps[0].pk}, {"product": world.sofas[2].pk}]
    pairs = []
    for number, changes in enumerate(said):
        (proposal,) = proposed_scene(world, f"suspect-{number}")
        if "category" in changes:
            Proposal.objects.filter(pk=proposal.pk).update(score=0.95)
        campaign_fill(campaign=campaign, scenes=[proposal.scene])
        visit(world.ann, campaign, **changes)
        settle_waiting()
        pairs.append(Pair.objects.get(scene=proposal.scene))
    doubts_write(vertical=world.vertical)
    return campaign, pairs[-2], pairs[-1]
