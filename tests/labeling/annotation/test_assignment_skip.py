"""Skipping: the scene goes to someone else, unless it is the scene that is bad."""

from __future__ import annotations

import uuid

from labeling.annotation.models import Assignment, Kind, SkipReason
from labeling.annotation.services import assignment_skip
from tests.labeling.bursting import campaign_of, lend_shown
from tests.labeling.deciding import lend_one, lent_ids
from tests.world import World


def test_it_works(world: World) -> None:
    seat, key = lend_one(world.ann, world), uuid.uuid4()
    skip = {
        "annotator": world.ann,
        "assignment_id": seat.pk,
        "uuid": key,
        "token": seat.token,
        "reason": SkipReason.UNSURE,
    }
    assert not assignment_skip(**skip).repeated
    assert assignment_skip(**skip).repeated
    seat.refresh_from_db()
    assert (seat.state, seat.skip_reason, seat.annotator) == ("skipped", "unsure", world.ann)


def test_someone_else_sees_the_scene(world: World) -> None:
    seat = lend_one(world.ann, world)
    assignment_skip(
        annotator=world.ann,
        assignment_id=seat.pk,
        uuid=uuid.uuid4(),
        token=seat.token,
        reason=SkipReason.NOT_MY_CATEGORY,
    )
    assert lent_ids(world.ann, world) == []
    theirs = lend_one(world.arif, world)
    assert (theirs.scene, theirs.slot) == (world.scene, 1)


def test_a_bad_scene_is_not_shown_again(world: World) -> None:
    seat = lend_one(world.ann, world)
    assignment_skip(
        annotator=world.ann, assignment_id=seat.pk, uuid=uuid.uuid4(), token=seat.token, reason=SkipReason.BAD_IMAGE
    )
    assert lent_ids(world.arif, world) == []
    assert Assignment.objects.count() == 1


def test_a_burst_is_never_bad_as_a_whole(world: World) -> None:
    campaign = campaign_of(world, Kind.MATCH_BURST, categories=[world.lamp])
    (mine,) = lend_shown(world.ann, campaign)
    token = uuid.UUID(mine["token"])
    skip = {"annotator": world.ann, "assignment_id": mine["id"], "token": token, "reason": SkipReason.BAD_IMAGE}
    assignment_skip(uuid=token, **skip)
    assert lend_shown(world.ann, campaign) == []
    (theirs,) = lend_shown(world.arif, campaign)
    assert [thing["proposal"] for thing in theirs["objects"]] == [thing["proposal"] for thing in mine["objects"]]
    # Said again with another reason it takes no second seat.
    assignment_skip(uuid=uuid.uuid4(), amends=token, **skip)
    assert Assignment.objects.filter(campaign=campaign).count() == 2
