"""Bursts: what they hold, how they are lent, and that a scene judged in bursts comes to what it comes to as a whole."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from labeling.accounts.models import Role, User
from labeling.annotation.models import Annotation, Assignment, BurstItem, Kind, Resolution
from labeling.annotation.selectors import scenes_of
from labeling.annotation.services import Decision, campaign_fill
from labeling.annotation.tasks import tend_campaigns
from labeling.common.errors import ApplicationError
from labeling.datasets.models import Pair
from labeling.datasets.tasks import settle_waiting
from labeling.inference.models import Candidate, Scan
from labeling.tags.models import Tag
from models_ml.types import Box
from tests.labeling.bursting import campaign_of, left_behind, lend_shown, said, send, work_through
from tests.labeling.tagging import propose
from tests.world import World, make_scene

CORNER = Box(0.0, 0.0, 0.2, 0.2)
BOXES_THEN_MATCHES = (Kind.BOX_BURST, Kind.MATCH_BURST)


def first_choice(shown: dict[str, Any], thing: dict[str, Any]) -> Decision:
    """The box is right, and so is the first candidate."""
    return said(thing)


@pytest.mark.parametrize("overlap", [1, 2])
@pytest.mark.parametrize("kinds", [(Kind.MATCH_BURST,), BOXES_THEN_MATCHES])
def test_a_scene_judged_in_bursts_comes_to_the_same(world: World, kinds: tuple[Kind, ...], overlap: int) -> None:
    sofa, lamp = world.proposals
    again = propose(world, 2, score=0.6, scan=sofa.scan)
    elsewhere = propose(world, 3, score=0.6)
    Candidate.objects.create(proposal=again, product=world.sofas[1], rank=2, score=0.5)

    def say(shown: dict[str, Any], thing: dict[str, Any]) -> Decision:
        """A second-best match, something that is a lamp, nothing at all, and a sofa that nobody sells."""
        asked_for_box = shown["kind"] == Kind.BOX_BURST
        match = {"product": None, "grade": ""} if asked_for_box else {}
        if thing["proposal"] == lamp.pk:
            return said(thing, verdict="rejected", product=None, grade="")
        if thing["proposal"] == elsewhere.pk:
            return said(thing, **(match or {"product": None, "grade": "none"}))
        if thing["proposal"] == again.pk:
            right = {"product": world.lamps[2].pk, "grade": "similar"}
            return said(thing, verdict="adjusted", category="lamp", **(match or right))
        return said(thing, **match)

    outcomes = []
    for chosen in ((Kind.SCENE,), (*kinds, Kind.COVERAGE)):
        campaign = campaign_of(world, *chosen, scenes=[world.scene, elsewhere.scene], overlap=overlap)
        for annotator in (world.ann, world.arif)[:overlap]:
            lent = work_through(annotator, campaign, say, draw=lambda: [lamp_in_the_corner(world)])
            assert set(lent) <= set(chosen)
        # Only now are the boxes of everybody known, so the first may have matches left to judge.
        lent = work_through(world.ann, campaign, say, draw=lambda: [lamp_in_the_corner(world)])
        if overlap == 2 and Kind.BOX_BURST in chosen:
            assert set(lent) == {Kind.MATCH_BURST}
            work_through(world.arif, campaign, say)
        assert not Assignment.objects.filter(campaign=campaign, state="waiting").exists()
        outcomes.append(left_behind(campaign))
    whole, burst = outcomes
    assert burst == whole
    assert len(whole["annotations"]) == overlap * 6 and len(whole["resolutions"]) == 6
    assert len(whole["tags"]) == len(whole["pairs"]) == 4


def lamp_in_the_corner(world: World) -> Decision:
    """What no model saw."""
    return Decision(uuid.uuid4(), None, "added", CORNER, "lamp", world.lamps[1].pk, "exact")  # type: ignore[arg-type]


def test_a_burst_is_of_one_category_and_no_larger_than_asked(world: World) -> None:
    scenes = [propose(world, number, score=0.7).scene for number in range(4)]
    campaign = campaign_of(world, Kind.MATCH_BURST, scenes=[world.scene, *scenes], burst_size=2)
    shown = lend_shown(world.ann, campaign, want=9)
    assert sorted((each["category"], len(each["objects"])) for each in shown) == [
        ("lamp", 1), ("sofa", 1), ("sofa", 2), ("sofa", 2)
    ]  # fmt: skip
    first = next(each for each in shown if each["category"] == "lamp")
    assert first["scene"] is None and first["kind"] == "match_burst"
    (thing,) = first["objects"]
    assert (thing["proposal"], thing["scene"]["id"]) == (world.proposals[1].pk, world.scene.pk)
    assert [card["product"] for card in thing["candidates"]] == [lamp.pk for lamp in world.lamps]


def test_overlap_people_judge_a_burst_and_nobody_twice(world: World) -> None:
    campaign = campaign_of(world, Kind.MATCH_BURST, overlap=2)
    third = User.objects.create(username="third", role=Role.ANNOTATOR)
    assert len(lend_shown(world.ann, campaign, want=9)) == 2
    assert len(lend_shown(world.ann, campaign, want=9)) == 2
    assert len(lend_shown(world.arif, campaign, want=9)) == 2
    assert lend_shown(third, campaign, want=9) == []


def test_nothing_is_resolved_until_every_object_of_the_scene_is_decided(world: World) -> None:
    campaign = campaign_of(world, Kind.MATCH_BURST)
    first, second = lend_shown(world.ann, campaign, want=2)
    send(world.ann, first, [said(thing) for thing in first["objects"]])
    settle_waiting()
    assert not Resolution.objects.exists()
    send(world.ann, second, [said(thing) for thing in second["objects"]])
    settle_waiting()
    assert Resolution.objects.count() == 2


def test_a_tie_is_broken_by_someone_else_who_sees_the_whole_scene(world: World) -> None:
    campaign = campaign_of(world, Kind.MATCH_BURST, overlap=2)
    work_through(world.ann, campaign, first_choice)
    refuse = lambda shown, thing: said(thing, verdict="rejected", product=None, grade="")  # noqa: E731
    work_through(world.arif, campaign, refuse)
    assert lend_shown(world.ann, campaign) == lend_shown(world.arif, campaign) == []
    third = User.objects.create(username="third", role=Role.ANNOTATOR)
    assert work_through(third, campaign, first_choice) == [Kind.SCENE]
    assert [each.accepted for each in Resolution.objects.all()] == [True, True]


def test_an_undecided_object_is_named_and_nothing_can_be_added(world: World) -> None:
    campaign = campaign_of(world, Kind.MATCH_BURST)
    (shown,) = lend_shown(world.ann, campaign)
    with pytest.raises(ApplicationError, match=str(shown["objects"][0]["proposal"])):
        send(world.ann, shown, [])
    with pytest.raises(ApplicationError, match="added"):
        send(world.ann, shown, [*[said(thing) for thing in shown["objects"]], lamp_in_the_corner(world)])
    assert not Annotation.objects.exists()


def test_a_match_burst_asks_for_the_grade_and_a_box_burst_does_not(world: World) -> None:
    unasked = {"product": None, "grade": ""}
    (match,) = lend_shown(world.ann, campaign_of(world, Kind.MATCH_BURST))
    with pytest.raises(ApplicationError, match="exact, similar or none"):
        send(world.ann, match, [said(thing, **unasked) for thing in match["objects"]])
    boxes = campaign_of(world, Kind.BOX_BURST)
    assert set(work_through(world.ann, boxes, first_choice)) == {Kind.BOX_BURST}
    resolved = Resolution.objects.filter(campaign=boxes).values_list("accepted", "category", "product", "grade")
    assert sorted(resolved) == [(True, world.sofa.pk, None, ""), (True, world.lamp.pk, None, "")]
    assert not Tag.objects.exists() and not Pair.objects.exists()


def test_a_scene_without_proposals_cannot_go_into_bursts(world: World) -> None:
    with pytest.raises(ApplicationError, match="room-2"):
        campaign_of(world, Kind.MATCH_BURST, scenes=[world.scene, world.other_scene])
    assert not BurstItem.objects.exists()


def test_of_both_kinds_the_unsure_scene_is_judged_as_a_whole(world: World) -> None:
    sure, unsure = propose(world, 1, score=0.9), propose(world, 2, score=0.9)
    unsure.candidates.update(score=0.3)
    campaign = campaign_of(world, Kind.SCENE, Kind.MATCH_BURST, scenes=[sure.scene, unsure.scene])
    lent = lend_shown(world.ann, campaign, want=9)
    assert sorted((each["kind"], each["objects"][0]["proposal"]) for each in lent) == [
        ("match_burst", sure.pk), ("scene", unsure.pk)
    ]  # fmt: skip


@pytest.mark.parametrize("kind", [Kind.SCENE, Kind.MATCH_BURST])
def test_a_campaign_asks_about_its_categories_alone(world: World, kind: Kind) -> None:
    without = propose(world, 1, score=0.9).scene
    campaign = campaign_of(world, kind, scenes=[world.scene, without], categories=[world.lamp])
    (shown,) = lend_shown(world.ann, campaign, want=9)
    assert [thing["proposal"] for thing in shown["objects"]] == [world.proposals[1].pk]
    send(world.ann, shown, [said(thing) for thing in shown["objects"]])


def test_a_coverage_check_shows_every_known_box_and_takes_what_was_missing(world: World) -> None:
    whole = campaign_of(world, Kind.SCENE)
    work_through(world.arif, whole, first_choice, draw=lambda: [lamp_in_the_corner(world)])
    campaign = campaign_of(world, Kind.COVERAGE)
    (shown,) = lend_shown(world.ann, campaign)
    assert [(thing["proposal"], thing["candidates"]) for thing in shown["objects"]] == [
        (proposal.pk, []) for proposal in world.proposals
    ]
    assert shown["known"] == [{"box": list(CORNER), "category": "lamp"}]
    send(world.ann, shown, [])
    settle_waiting()
    assert not Resolution.objects.filter(campaign=campaign).exists()


def test_filled_again_nothing_is_doubled(world: World) -> None:
    campaign = campaign_of(world, *BOXES_THEN_MATCHES, Kind.COVERAGE)
    assert campaign_fill(campaign=campaign, scenes=[world.scene]) == 0
    work_through(world.ann, campaign, first_choice)
    assert campaign_fill(campaign=campaign, scenes=[world.scene]) == 0


def test_an_expired_burst_goes_to_the_next_and_late_work_is_kept(world: World) -> None:
    campaign = campaign_of(world, Kind.MATCH_BURST, categories=[world.lamp])
    (mine,) = lend_shown(world.ann, campaign)
    Assignment.objects.filter(pk=mine["id"]).update(leased_until="2020-01-01T00:00:00Z")
    (theirs,) = lend_shown(world.arif, campaign)
    assert theirs["id"] == mine["id"]
    late = send(world.ann, mine, [said(thing) for thing in mine["objects"]])
    assert (late.slot, late.burst_id) == (1, Assignment.objects.get(pk=mine["id"]).burst_id)
    assert scenes_of(seat=late) == [world.scene]
    assert send(world.arif, theirs, [said(thing) for thing in theirs["objects"]]).pk == theirs["id"]
    settle_waiting()
    assert Resolution.objects.get().agreement == 1.0


def test_scenes_that_are_scanned_later_join_the_queue(world: World) -> None:
    campaign = campaign_of(world, Kind.SCENE, scenes=[world.other_scene])
    seat = campaign.assignments.get()
    assert not seat.ready and lend_shown(world.ann, campaign) == []
    scene = make_scene(world.vertical, "never-scanned")
    campaign_fill(campaign=campaign, scenes=[scene])
    Scan.objects.create(
        scene=world.other_scene, detector=world.detector, embedder=world.embedder, state=Scan.State.DONE
    )
    tend_campaigns()
    assert [each["id"] for each in lend_shown(world.ann, campaign, want=3)] == [seat.pk]
