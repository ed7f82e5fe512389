"""Drafts: kept on top of the revision they were made from, and only by whoever holds the seat."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.annotation.models import Assignment
from labeling.annotation.services import (
    LeaseLostError,
    assignment_draft,
    assignment_heartbeat,
    assignment_release,
    leases_sweep,
)
from labeling.common.errors import ConflictError, NotFoundError
from tests.labeling.deciding import lend_one
from tests.world import World


def keep(seat: Assignment, who: object, revision: int, state: dict[str, object], token: uuid.UUID | None = None) -> int:
    return assignment_draft(
        annotator=who, assignment_id=seat.pk, token=token or seat.token, revision=revision, state=state  # type: ignore[arg-type]
    )  # fmt: skip


def test_it_works(world: World) -> None:
    seat = lend_one(world.ann, world)
    assert keep(seat, world.ann, 0, {"a": 1}) == 1
    assert keep(seat, world.ann, 1, {"a": 2}) == 2
    assert lend_one(world.ann, world).draft == {"a": 2}


def test_a_stale_revision_is_told_what_is_kept(world: World) -> None:
    seat = lend_one(world.ann, world)
    keep(seat, world.ann, 0, {"tab": "one"})
    with pytest.raises(ConflictError) as caught:
        keep(seat, world.ann, 0, {"tab": "two"})
    assert caught.value.code == "conflict"
    assert caught.value.extra == {"revision": 1, "state": {"tab": "one"}}


def test_a_draft_on_a_lost_lease_is_refused(world: World) -> None:
    seat = lend_one(world.ann, world)
    Assignment.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    lend_one(world.arif, world)
    with pytest.raises(LeaseLostError):
        keep(seat, world.ann, 0, {})
    assert Assignment.objects.get().draft is None


def test_a_draft_renews_an_expired_lease_that_nobody_took(world: World) -> None:
    seat = lend_one(world.ann, world)
    Assignment.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    keep(seat, world.ann, 0, {})
    assert Assignment.objects.get().leased_until > timezone.now()


def test_a_lease_that_was_swept_is_taken_up_again(world: World) -> None:
    seat = lend_one(world.ann, world)
    Assignment.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert leases_sweep() == 1
    assert keep(seat, world.ann, 0, {"a": 1}) == 1
    back = Assignment.objects.get()
    assert (back.annotator, back.token, back.draft) == (world.ann, seat.token, {"a": 1})
    assert leases_sweep() == 0


def test_a_swept_lease_is_gone_once_another_sits_there(world: World) -> None:
    seat = lend_one(world.ann, world)
    Assignment.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    leases_sweep()
    theirs = lend_one(world.arif, world)
    with pytest.raises(LeaseLostError):
        keep(seat, world.ann, 0, {})
    assert Assignment.objects.get().token == theirs.token


def test_an_earlier_lease_of_the_same_person_holds(world: World) -> None:
    earlier = lend_one(world.ann, world)
    Assignment.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    leases_sweep()
    later = lend_one(world.ann, world)
    assert later.token != earlier.token
    assert keep(earlier, world.ann, 0, {"a": 1}) == 1
    # But its last words do not give back what the later one holds.
    assignment_release(annotator=world.ann, assignment_id=later.pk, token=earlier.token)
    assert Assignment.objects.get().token == later.token


def test_nobody_sits_at_a_scene_twice_by_an_old_lease(world: World) -> None:
    first = lend_one(world.ann, world)
    Assignment.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    leases_sweep()
    beside = Assignment.objects.create(campaign=world.campaign, scene=world.scene, slot=1, annotator=world.ann)
    with pytest.raises(LeaseLostError):
        keep(first, world.ann, 0, {})
    assert Assignment.objects.get(pk=beside.pk).annotator == world.ann


def test_a_made_up_token_takes_nothing_up(world: World) -> None:
    seat = lend_one(world.ann, world)
    Assignment.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    leases_sweep()
    with pytest.raises(LeaseLostError):
        keep(seat, world.ann, 0, {}, token=uuid.uuid4())
    assert Assignment.objects.get().annotator is None


def test_a_heartbeat_renews(world: World) -> None:
    seat = lend_one(world.ann, world)
    soon = timezone.now() + timedelta(seconds=1)
    Assignment.objects.update(leased_until=soon)
    assert assignment_heartbeat(annotator=world.ann, assignment_id=seat.pk, token=seat.token) > soon


def test_a_released_seat_goes_to_the_next(world: World) -> None:
    seat = lend_one(world.ann, world)
    assignment_release(annotator=world.ann, assignment_id=seat.pk, token=seat.token)
    assert lend_one(world.arif, world).pk == seat.pk


def test_mallory_finds_nothing(world: World) -> None:
    seat = lend_one(world.ann, world)
    with pytest.raises(NotFoundError):
        keep(seat, world.mallory, 0, {})
    with pytest.raises(NotFoundError):
        assignment_release(annotator=world.mallory, assignment_id=seat.pk, token=seat.token)
