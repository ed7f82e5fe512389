"""What the next models learn most from is lent first: unsure, torn, rare and unlike what was asked."""

from __future__ import annotations

import pytest

from labeling.annotation.models import Assignment, BurstItem, Campaign, Kind, PriorityRule
from labeling.annotation.selectors import campaigns_by_gain, lots_waiting, prospects_of
from labeling.annotation.services import (
    assignment_lend,
    campaign_create,
    campaign_fill,
    campaign_state_set,
    priorities_write,
)
from labeling.annotation.tasks import order_by_gain
from labeling.catalog.models import Category, Product, Scene
from labeling.inference.models import Candidate, Proposal, Scan
from tests.labeling.tagging import resolve
from tests.world import World, make_product, make_scene, make_version


def saw(
    world: World,
    name: str,
    *slates: list[tuple[Product, float]],
    category: Category | None = None,
    score: float = 0.9,
    versions: tuple[int, int] | None = None,
) -> list[Proposal]:
    """The objects of a new scene, each with its slate of products and cosines."""
    scene = Scene.objects.filter(external_id=name).first() or make_scene(world.vertical, name)
    detector, embedder = versions or (world.detector.pk, world.embedder.pk)
    scan = Scan.objects.create(scene=scene, detector_id=detector, embedder_id=embedder, state=Scan.State.DONE)
    return [_proposed(world, scan, n, slate, category, score) for n, slate in enumerate(slates)]


def _proposed(
    world: World, scan: Scan, number: int, slate: list[tuple[Product, float]], category: Category | None, score: float
) -> Proposal:
    left = number / 10
    proposal = Proposal.objects.create(
        scan=scan, scene=scan.scene, position=number, category=category or world.sofa, detector_class="sofa",
        score=score, left=left, top=0.2, right=left + 0.1, bottom=0.6,
    )  # fmt: skip
    for rank, (product, cosine) in enumerate(slate, start=1):
        Candidate.objects.create(proposal=proposal, product=product, rank=rank, score=cosine)
    return proposal


def learning(world: World, scenes: list[str], **changes: object) -> Campaign:
    """A campaign over these scenes that asks first for what teaches most."""
    campaign = campaign_create(
        vertical=world.vertical, name="Learning", priority_rule=PriorityRule.LEARN, **changes  # type: ignore[arg-type]
    )  # fmt: skip
    campaign_fill(campaign=campaign, scenes=[Scene.objects.get(external_id=name) for name in scenes])
    return campaign


def queue(campaign: Campaign) -> list[str]:
    """The scenes in the order they are lent."""
    seats = campaign.assignments.filter(state="waiting").order_by("-priority", "pk")
    return [seat.scene.external_id for seat in seats.select_related("scene") if seat.scene is not None]


def sofas(world: World, *, apart: float) -> list[tuple[Product, float]]:
    first, second, _ = world.sofas
    return [(first, 0.8), (second, 0.8 - apart)]


def test_the_unsure_come_first(world: World) -> None:
    saw(world, "sure", sofas(world, apart=0.5))
    saw(world, "unsure", sofas(world, apart=0.0))
    campaign = learning(world, ["sure", "unsure"])
    assert queue(campaign) == ["unsure", "sure"]
    assert priorities_write(campaign=campaign) == 0
    lent = assignment_lend(annotator=world.ann, campaign_id=campaign.pk, want=1)
    assert [seat.scene_id for seat in lent] == [Scene.objects.get(external_id="unsure").pk]


def test_what_looks_alike_is_not_asked_twice_in_a_row(world: World) -> None:
    lamps = [make_product(world.sofa, f"other-{n}") for n in range(2)]
    for name in ("one", "its twin"):
        saw(world, name, sofas(world, apart=0.02))
    saw(world, "another", [(lamps[0], 0.8), (lamps[1], 0.74)])
    assert queue(learning(world, ["one", "its twin", "another"])) == ["one", "another", "its twin"]


def test_a_rare_category_comes_before_what_was_asked_often(world: World) -> None:
    for number in range(5):
        resolve(world, scene=make_scene(world.vertical, f"settled-{number}"))
    saw(world, "sofa again", sofas(world, apart=0.1))
    saw(world, "a lamp", [(world.lamps[0], 0.8), (world.lamps[1], 0.7)], category=world.lamp)
    assert queue(learning(world, ["sofa again", "a lamp"])) == ["a lamp", "sofa again"]


def test_a_rejected_box_taught_nothing_of_its_category(world: World) -> None:
    resolve(world, accepted=False)
    campaign = learning(world, ["room-1"])
    proposals = [each.pk for each in world.proposals]
    assert {each.torn for each in prospects_of(campaign=campaign, proposals=proposals).values()} == {0.0}
    [(_, asked)] = lots_waiting(campaign=campaign).items()
    assert [(each.category, each.score) for each in asked] == [("sofa", 0.9), ("lamp", 0.8)]
    before = campaign.assignments.get().priority
    resolve(world)
    assert priorities_write(campaign=campaign) == 1
    assert campaign.assignments.get().priority < before


def test_where_versions_disagree_comes_first(world: World) -> None:
    earlier = (make_version(world.vertical, "detector", number=9, live=False).pk, world.embedder.pk)
    for name, then in (("agreed", 0), ("torn", 2)):
        saw(world, name, [(world.sofas[then], 0.8)], versions=earlier)
        saw(world, name, sofas(world, apart=0.1))
    assert queue(learning(world, ["agreed", "torn"])) == ["torn", "agreed"]


def test_new_versions_order_anew(world: World) -> None:
    """A promotion changes what is unsure; the beat brings what waits into the order of the new look."""
    saw(world, "was unsure", sofas(world, apart=0.0))
    saw(world, "was sure", sofas(world, apart=0.5))
    campaign = learning(world, ["was unsure", "was sure"])
    assert queue(campaign) == ["was unsure", "was sure"]
    world.embedder.live = False
    world.embedder.save()
    now = (world.detector.pk, make_version(world.vertical, "embedder", number=2).pk)
    saw(world, "was unsure", sofas(world, apart=0.5), versions=now)
    saw(world, "was sure", sofas(world, apart=0.0), versions=now)
    order_by_gain()
    assert queue(campaign) == ["was sure", "was unsure"]


def test_all_seats_at_a_scene_go_together_and_ties_and_leases_stay(world: World) -> None:
    saw(world, "sure", sofas(world, apart=0.5))
    saw(world, "unsure", sofas(world, apart=0.0))
    campaign = learning(world, ["sure", "unsure"], overlap=2)
    assert queue(campaign) == ["unsure", "unsure", "sure", "sure"]
    held = assignment_lend(annotator=world.ann, campaign_id=campaign.pk, want=1)[0]
    tie = Assignment.objects.create(campaign=campaign, scene=held.scene, slot=2, priority=5.0)
    Assignment.objects.filter(pk=held.pk).update(priority=7.0)
    resolve(world, scene=make_scene(world.vertical, "settled"))
    assert priorities_write(campaign=campaign) == 3
    assert Assignment.objects.get(pk=held.pk).priority == 7.0
    assert Assignment.objects.get(pk=tie.pk).priority == 5.0


def test_only_the_categories_of_the_campaign_count(world: World) -> None:
    campaign = learning(world, ["room-1"], categories=[world.sofa])
    [asked] = lots_waiting(campaign=campaign).values()
    assert [each.category for each in asked] == ["sofa"]


def test_objects_that_teach_most_come_together_in_bursts(world: World) -> None:
    for number in range(6):
        two = [make_product(world.sofa, f"p{number}-{n}") for n in range(2)]
        saw(world, f"scene-{number}", [(two[0], 0.8), (two[1], 0.8 - (number % 2) / 2)])
    campaign = learning(world, [f"scene-{n}" for n in range(6)], kinds=[Kind.MATCH_BURST], burst_size=3)
    first = campaign.assignments.order_by("-priority", "pk")[0].burst
    names = BurstItem.objects.filter(burst=first).values_list("scene__external_id", flat=True)
    assert set(names) == {"scene-0", "scene-2", "scene-4"}


def test_objects_that_people_asked_of_nothing_are_left_alone(world: World) -> None:
    saw(world, "empty")
    campaign = learning(world, ["empty", "room-1"])
    assert queue(campaign) == ["room-1", "empty"]


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_the_beat_orders_open_campaigns_of_this_rule_alone(world: World, state: str) -> None:
    campaign = learning(world, ["room-1"])
    assert list(campaigns_by_gain()) == [campaign]
    campaign_state_set(campaign=campaign, state=Campaign.State(state), actor=world.cora)
    assert list(campaigns_by_gain()) == []
