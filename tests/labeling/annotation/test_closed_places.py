"""Scenes of closed places are in no queue: not new ones, not those that wait already; an opened place is queued again."""

from __future__ import annotations

import pytest

from labeling.annotation.models import Assignment, Burst, BurstItem, Kind
from labeling.annotation.services import assignment_lend, bursts_compose, campaign_create, campaign_fill, seats_ready
from labeling.brands.models import Policy
from labeling.brands.services import claim_policy_set
from labeling.inference.models import Scan
from tests.labeling.tagging import hold_place, obey, propose
from tests.world import World, make_scene


def lendable(world: World) -> set[int | None]:
    """The scenes Ann is lent when she asks for everything."""
    ids = [seat.pk for seat in assignment_lend(annotator=world.ann, campaign_id=world.campaign.pk, want=10)]
    found = set(Assignment.objects.filter(pk__in=ids).values_list("scene", flat=True))
    Assignment.objects.update(annotator=None, token=None, leased_until=None)
    return found


@pytest.fixture
def two(world: World) -> World:
    """Both scenes wait to be judged."""
    Scan.objects.create(
        scene=world.other_scene, detector=world.detector, embedder=world.embedder, state=Scan.State.DONE
    )
    campaign_fill(campaign=world.campaign, scenes=[world.other_scene])
    assert lendable(world) == {world.scene.pk, world.other_scene.pk}
    return world


def test_it_works(two: World) -> None:
    claim = hold_place(two, Policy.CLOSED)
    assert obey(claim)["seats"] == 1
    assert lendable(two) == {two.scene.pk}
    seats_ready(campaign=two.campaign)
    assert lendable(two) == {two.scene.pk}
    obey(claim_policy_set(claim=claim, policy=Policy.REVIEW_FIRST, actor=two.bram))
    seats_ready(campaign=two.campaign)
    assert lendable(two) == {two.scene.pk, two.other_scene.pk}


@pytest.mark.parametrize("policy", [Policy.OPEN, Policy.REVIEW_FIRST])
def test_other_policies_leave_the_queue_alone(policy: Policy, two: World) -> None:
    assert obey(hold_place(two, policy))["seats"] == 0
    assert lendable(two) == {two.scene.pk, two.other_scene.pk}


def test_what_is_not_eligible_is_not_queued(world: World) -> None:
    hold_place(world, Policy.CLOSED)
    shop = make_scene(world.vertical, "shop", business_account="acme")
    advert = make_scene(world.vertical, "advert", organic=False)
    assert campaign_fill(campaign=world.campaign, scenes=[world.other_scene, shop, advert]) == 0


def test_scans_that_wait_leave_their_queue(world: World) -> None:
    waiting = Scan.objects.create(scene=world.other_scene, detector=world.detector, embedder=world.embedder)
    assert obey(hold_place(world, Policy.CLOSED))["scans"] == 1
    assert not Scan.objects.filter(pk=waiting.pk).exists() and Scan.objects.count() == 1


def burst_campaign(world: World) -> None:
    world.campaign = campaign_create(vertical=world.vertical, name="bursts", kinds=[Kind.MATCH_BURST], burst_floor=0.0)
    scenes = [propose(world, n, score=0.9, domain=d).scene for n, d in enumerate(["bram.example", "blog.example"])]
    campaign_fill(campaign=world.campaign, scenes=scenes)
    assert list(Burst.objects.values_list("items__scene__domain", flat=True).order_by("items__position")) == [
        "bram.example", "blog.example",
    ]  # fmt: skip


def test_a_burst_that_nobody_has_seen_is_taken_apart(world: World) -> None:
    burst_campaign(world)
    claim = hold_place(world, Policy.CLOSED)
    obey(claim)
    assert not Burst.objects.exists()
    assert bursts_compose(campaign=world.campaign) == 1
    assert [item.scene.domain for item in BurstItem.objects.exclude(burst=None)] == ["blog.example"]
    obey(claim_policy_set(claim=claim, policy=Policy.OPEN, actor=world.bram))
    assert bursts_compose(campaign=world.campaign) == 1
    assert not BurstItem.objects.filter(burst=None).exists()


def test_one_that_was_begun_is_lent_to_nobody_else(world: World) -> None:
    burst_campaign(world)
    (seat,) = assignment_lend(annotator=world.ann, campaign_id=world.campaign.pk)
    claim = hold_place(world, Policy.CLOSED)
    obey(claim)
    Assignment.objects.filter(pk=seat.pk).update(annotator=None, token=None, leased_until=None)
    assert assignment_lend(annotator=world.arif, campaign_id=world.campaign.pk) == []
    obey(claim_policy_set(claim=claim, policy=Policy.OPEN, actor=world.bram))
    assert [each.pk for each in assignment_lend(annotator=world.arif, campaign_id=world.campaign.pk)] == [seat.pk]
