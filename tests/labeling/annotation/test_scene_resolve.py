"""Resolving: one person settles alone, two settle together, a tie asks for another pair of eyes."""

from __future__ import annotations

import uuid

from labeling.accounts.models import Role, User
from labeling.annotation.models import Assignment, Resolution
from labeling.annotation.services import Decision, SceneResolved, assignment_submit, scene_resolve
from models_ml.types import Box
from tests.labeling.deciding import add, all_confirmed, decide, lend_one, reject
from tests.world import World

CORNER = Box(0.0, 0.0, 0.2, 0.2)


def say(world: World, who: User, decisions: list[Decision]) -> SceneResolved:
    """One person's whole visit to the scene."""
    seat = lend_one(who, world)
    assignment_submit(
        annotator=who, assignment_id=seat.pk, uuid=uuid.uuid4(), token=seat.token, seconds=1.0, decisions=decisions
    )
    return scene_resolve(campaign=world.campaign, scene=world.scene)


def two_seats(world: World) -> None:
    world.campaign.overlap = 2
    world.campaign.save()
    Assignment.objects.create(campaign=world.campaign, scene=world.scene, slot=1)


def test_it_works(world: World) -> None:
    resolved = say(world, world.ann, all_confirmed(world))
    assert [(each.proposal, each.accepted, each.product) for each in resolved.created] == [
        (world.proposals[0], True, world.sofas[0]),
        (world.proposals[1], True, world.lamps[0]),
    ]
    assert not resolved.overruled and not resolved.reopened
    assert all(resolution.annotations.count() == 1 for resolution in Resolution.objects.all())


def test_again_it_changes_nothing(world: World) -> None:
    say(world, world.ann, all_confirmed(world))
    assert scene_resolve(campaign=world.campaign, scene=world.scene) == SceneResolved()
    assert Resolution.objects.count() == 2


def test_nothing_is_resolved_while_a_seat_waits(world: World) -> None:
    two_seats(world)
    assert say(world, world.ann, all_confirmed(world)) == SceneResolved()
    assert len(say(world, world.arif, all_confirmed(world)).created) == 2


def test_a_tie_settles_the_rest_and_asks_for_a_third(world: World) -> None:
    two_seats(world)
    sofa, lamp = world.proposals
    say(world, world.ann, all_confirmed(world))
    resolved = say(world, world.arif, [reject(sofa), decide(lamp, product=world.lamps[0].pk)])
    assert [each.proposal for each in resolved.created] == [lamp]
    assert resolved.reopened
    third = User.objects.create(username="third", role=Role.ANNOTATOR)
    resolved = say(world, third, all_confirmed(world))
    assert [(each.proposal, each.accepted) for each in resolved.created] == [(sofa, True)]
    assert not resolved.reopened
    assert Resolution.objects.get(proposal=lamp).annotations.count() == 3


def test_eyes_are_not_asked_for_without_end(world: World) -> None:
    sofa, lamp = world.proposals
    for number in range(4):
        decisions = [reject(sofa) if number % 2 else decide(sofa, product=world.sofas[0].pk), reject(lamp)]
        person = User.objects.create(username=f"eyes-{number}", role=Role.ANNOTATOR)
        if number and not Assignment.objects.filter(state="waiting").exists():
            Assignment.objects.create(campaign=world.campaign, scene=world.scene, slot=number)
        resolved = say(world, person, decisions)
    assert not resolved.reopened
    assert not Assignment.objects.filter(state="waiting").exists()


def test_boxes_that_two_people_added_are_one_object(world: World) -> None:
    two_seats(world)
    product = world.lamps[2]
    say(world, world.ann, [*all_confirmed(world), add(CORNER, category="lamp", product=product.pk)])
    near = Box(0.02, 0.0, 0.22, 0.2)
    resolved = say(world, world.arif, [*all_confirmed(world), add(near, category="lamp", product=product.pk)])
    added = [each for each in resolved.created if each.proposal is None]
    assert len(added) == 1
    assert (added[0].box.left, added[0].product, added[0].agreement) == (0.01, product, 1.0)


def test_a_box_that_one_of_two_added_needs_a_third(world: World) -> None:
    two_seats(world)
    say(world, world.ann, [*all_confirmed(world), add(CORNER, category="lamp", product=world.lamps[2].pk)])
    resolved = say(world, world.arif, all_confirmed(world))
    assert resolved.reopened and all(each.proposal is not None for each in resolved.created)


def test_late_work_can_overrule_and_a_tie_leaves_what_stood(world: World) -> None:
    sofa, lamp = world.proposals
    say(world, world.ann, all_confirmed(world))
    standing = Resolution.objects.get(proposal=sofa)
    Assignment.objects.create(campaign=world.campaign, scene=world.scene, slot=1)
    other = [decide(sofa, product=world.sofas[1].pk), decide(lamp, product=world.lamps[0].pk)]
    tied = say(world, world.arif, other)
    assert tied.reopened and not tied.overruled
    third = User.objects.create(username="third", role=Role.ANNOTATOR)
    settled = say(world, third, [decide(sofa, product=world.sofas[1].pk), decide(lamp, product=world.lamps[0].pk)])
    assert settled.overruled == [standing]
    assert [each.product for each in settled.created] == [world.sofas[1]]
