"""Asking somebody else about one object: who gets it, what they see, and when it ends."""

from __future__ import annotations

from typing import Any

import pytest

from labeling.accounts.models import Role, User
from labeling.annotation.models import (
    Annotation,
    Assignment,
    BurstItem,
    Campaign,
    Dispute,
    Kind,
    PriorityRule,
    Resolution,
)
from labeling.annotation.services import Decision, objects_ask, objects_ask_again
from labeling.datasets.models import Pair
from labeling.tags.models import Tag
from tests.labeling.bursting import Say, campaign_of, lend_shown, said, work_through
from tests.labeling.tagging import propose
from tests.world import World

WAITING = Assignment.State.WAITING


def first(shown: dict[str, Any], thing: dict[str, Any]) -> Decision:
    """The first candidate it is."""
    return said(thing)


def none(shown: dict[str, Any], thing: dict[str, Any]) -> Decision:
    """Nothing in the catalogue matches."""
    return said(thing, product=None, grade="none")


def other(world: World) -> Say:
    """Some other sofa it is."""
    return lambda shown, thing: said(thing, product=world.sofas[2].pk)


def decided(world: World, say: Say = none, *, kind: Kind = Kind.MATCH_BURST, **changes: object) -> Campaign:
    """A campaign in which Ann has judged everything."""
    campaign = campaign_of(world, kind, **changes)
    work_through(world.ann, campaign, say)
    return campaign


def person(name: str) -> User:
    return User.objects.create(username=name, role=Role.ANNOTATOR)


def outcomes(campaign: Campaign) -> dict[int | None, tuple[int | None, str]]:
    found = Resolution.objects.filter(campaign=campaign).values_list("proposal", "product", "grade")
    return {proposal: (product, grade) for proposal, product, grade in found}


@pytest.mark.parametrize("kind", [Kind.MATCH_BURST, Kind.SCENE])
def test_two_further_people_overturn_one(world: World, kind: Kind) -> None:
    campaign, sofa = decided(world, kind=kind), world.proposals[0]
    assert objects_ask_again(campaign=campaign, proposals=[sofa]) == 1
    assert work_through(world.arif, campaign, first) == [Kind.MATCH_BURST]
    assert outcomes(campaign)[sofa.pk] == (None, "none"), "what stood holds until a third has answered"
    assert not Tag.objects.filter(proposal=sofa).exists() and not Pair.objects.exists()
    assert work_through(person("third"), campaign, first) == [Kind.MATCH_BURST]
    assert outcomes(campaign)[sofa.pk] == (world.sofas[0].pk, "exact")
    assert [tag.product for tag in Tag.objects.filter(scene=world.scene, state="live")] == [world.sofas[0]]
    assert [pair.product for pair in Pair.objects.filter(withdrawn_at=None)] == [world.sofas[0]]
    assert not Assignment.objects.filter(campaign=campaign, state=WAITING).exists()
    assert Annotation.objects.filter(proposal=sofa).count() == 3


def test_who_agrees_ends_it(world: World) -> None:
    campaign, sofa = decided(world), world.proposals[0]
    before = Resolution.objects.get(campaign=campaign, proposal=sofa)
    objects_ask_again(campaign=campaign, proposals=[sofa])
    work_through(world.arif, campaign, none)
    assert Resolution.objects.get(campaign=campaign, proposal=sofa) == before
    assert before.annotations.count() == 2
    assert not Assignment.objects.filter(campaign=campaign, state=WAITING).exists()


def test_nobody_is_asked_twice(world: World) -> None:
    campaign, sofa = decided(world), world.proposals[0]
    objects_ask_again(campaign=campaign, proposals=[sofa])
    assert lend_shown(world.ann, campaign) == []
    work_through(world.arif, campaign, first)
    assert lend_shown(world.ann, campaign) == lend_shown(world.arif, campaign) == []
    assert len(lend_shown(person("third"), campaign)) == 1


def test_what_was_said_in_another_campaign_bars_too(world: World) -> None:
    elsewhere = campaign_of(world, Kind.MATCH_BURST)
    work_through(world.arif, elsewhere, first)
    campaign = decided(world)
    objects_ask_again(campaign=campaign, proposals=[world.proposals[0]])
    assert lend_shown(world.arif, campaign) == []
    assert len(lend_shown(person("third"), campaign)) == 1


def test_it_is_blind(world: World) -> None:
    campaign = campaign_of(world, Kind.MATCH_BURST)
    own = {"id", "token", "lease_until"}
    sofa = next(each for each in lend_shown(world.ann, campaign, want=9) if each["category"] == "sofa")
    work_through(world.ann, campaign, other(world))
    objects_ask_again(campaign=campaign, proposals=[world.proposals[0]])
    [again] = lend_shown(world.arif, campaign)
    assert {key: value for key, value in again.items() if key not in own} == {
        key: value for key, value in sofa.items() if key not in own
    }


def test_it_is_asked_once_at_a_time(world: World) -> None:
    campaign, sofa = decided(world), world.proposals[0]
    assert objects_ask_again(campaign=campaign, proposals=[sofa, sofa]) == 1
    assert objects_ask_again(campaign=campaign, proposals=[sofa]) == 0
    work_through(world.arif, campaign, none)
    assert objects_ask_again(campaign=campaign, proposals=[sofa]) == 1
    assert sorted(BurstItem.objects.filter(proposal=sofa).values_list("look", flat=True)) == [1, 2, 3]


def test_asked_anew_as_usual_it_stays_as_it_is(world: World) -> None:
    campaign, sofa = decided(world), world.proposals[0]
    objects_ask_again(campaign=campaign, proposals=[sofa])
    assert objects_ask(campaign=campaign, proposals=[sofa]) == 0


def test_where_all_differ_a_fourth_decides_and_then_an_adjudicator(world: World) -> None:
    campaign, sofa = decided(world), world.proposals[0]
    objects_ask_again(campaign=campaign, proposals=[sofa])
    work_through(world.arif, campaign, first)
    work_through(person("third"), campaign, other(world))
    assert not Dispute.objects.exists()
    assert work_through(person("fourth"), campaign, lambda _, thing: said(thing, product=world.sofas[1].pk)) == [
        Kind.MATCH_BURST
    ]
    assert [dispute.proposal for dispute in Dispute.objects.all()] == [sofa]
    assert outcomes(campaign)[sofa.pk] == (None, "none")
    assert not Assignment.objects.filter(campaign=campaign, state=WAITING).exists()


def test_one_person_takes_it_even_where_two_judge_everything(world: World) -> None:
    campaign = campaign_of(world, Kind.MATCH_BURST, overlap=2)
    work_through(world.ann, campaign, none)
    work_through(world.arif, campaign, none)
    objects_ask_again(campaign=campaign, proposals=[world.proposals[0]])
    seat = Assignment.objects.get(campaign=campaign, state=WAITING)
    assert seat.slot == campaign.overlap


def test_it_comes_before_other_work(world: World) -> None:
    campaign, sofa = decided(world, priority_rule=PriorityRule.WORTH), world.proposals[0]
    objects_ask(campaign=campaign, proposals=[propose(world, number, score=0.8) for number in range(3)])
    objects_ask_again(campaign=campaign, proposals=[sofa])
    [shown] = lend_shown(world.arif, campaign)
    assert [each["proposal"] for each in shown["objects"]] == [sofa.pk]


def test_objects_of_different_authors_do_not_share_a_burst(world: World) -> None:
    campaign = campaign_of(world, Kind.MATCH_BURST)
    mine, theirs = propose(world, 1, score=0.8), propose(world, 2, score=0.8)
    objects_ask(campaign=campaign, proposals=[mine])
    work_through(world.ann, campaign, none)
    objects_ask(campaign=campaign, proposals=[theirs])
    work_through(world.arif, campaign, none)
    objects_ask_again(campaign=campaign, proposals=[mine, theirs])
    # Each may still look at what the other judged.
    assert [each["proposal"] for shown in lend_shown(world.ann, campaign) for each in shown["objects"]] == [theirs.pk]
    assert [each["proposal"] for shown in lend_shown(world.arif, campaign) for each in shown["objects"]] == [mine.pk]
