"""Lending: who gets which seat, and that nobody gets one that is not ready."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from labeling.annotation.models import Assignment, Campaign
from labeling.annotation.services import leases_sweep
from labeling.inference.models import Scan
from tests.labeling.deciding import add_scenes, lend_one, lent_ids
from tests.world import World


def test_it_works(world: World) -> None:
    assert lent_ids(world.ann, world) == [world.assignment.pk]
    seat = Assignment.objects.get()
    assert (seat.annotator, seat.state, seat.scan) == (world.ann, "waiting", Scan.objects.get())
    assert seat.token and seat.leased_until and seat.leased_until > timezone.now()


def test_a_held_seat_comes_first_and_keeps_its_token(world: World) -> None:
    mine = lend_one(world.ann, world)
    add_scenes(world, 3)
    Assignment.objects.exclude(pk=mine.pk).update(priority=9)
    again = lent_ids(world.ann, world, want=3)
    assert again[0] == mine.pk
    assert len(again) == 3
    assert Assignment.objects.get(pk=mine.pk).token == mine.token


def test_the_most_urgent_first_then_the_oldest(world: World) -> None:
    add_scenes(world, 3)
    seats = list(Assignment.objects.order_by("pk"))
    Assignment.objects.filter(pk=seats[2].pk).update(priority=5)
    assert lent_ids(world.ann, world, want=3) == [
        seats[2].pk,
        seats[0].pk,
        seats[1].pk,
    ]


def test_nobody_else_gets_a_held_seat(world: World) -> None:
    lend_one(world.ann, world)
    assert lent_ids(world.arif, world) == []


def test_an_expired_lease_frees_the_seat(world: World) -> None:
    mine = lend_one(world.ann, world)
    Assignment.objects.update(leased_until=timezone.now() - timedelta(seconds=1), draft={"half": "done"}, revision=4)
    theirs = lend_one(world.arif, world)
    assert theirs.pk == mine.pk and theirs.token != mine.token
    assert theirs.former == {str(mine.token): world.ann.pk}
    assert (theirs.draft, theirs.revision) == (None, 0)


def test_one_seat_a_scene_for_each_person(world: World) -> None:
    Assignment.objects.create(campaign=world.campaign, scene=world.scene, slot=1)
    assert len(lent_ids(world.ann, world)) == 1
    assert len(lent_ids(world.ann, world)) == 1
    assert len(lent_ids(world.arif, world)) == 1


def test_a_scene_that_is_not_scanned_is_not_lent(world: World) -> None:
    Assignment.objects.create(campaign=world.campaign, scene=world.other_scene, priority=9)
    assert lent_ids(world.ann, world) == [world.assignment.pk]


def test_without_live_models_a_scene_is_lent_as_it_is(world: World) -> None:
    Scan.objects.all().delete()
    world.detector.live = False
    world.detector.save()
    assert lend_one(world.ann, world).scan is None


def test_a_paused_campaign_lends_nothing_new(world: World) -> None:
    Campaign.objects.update(state=Campaign.State.PAUSED)
    assert lent_ids(world.ann, world) == []


def test_the_second_person_sees_the_scan_the_first_saw(world: World) -> None:
    Assignment.objects.create(campaign=world.campaign, scene=world.scene, slot=1)
    first = lend_one(world.ann, world)
    for version in (world.detector, world.embedder):
        version.live = False
        version.save()
    assert lend_one(world.arif, world).scan == first.scan


def test_the_sweep_frees_seats_but_keeps_drafts(world: World) -> None:
    add_scenes(world, 1)
    first, second = lent_ids(world.ann, world)
    Assignment.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    Assignment.objects.filter(pk=second).update(draft={"half": "done"})
    assert leases_sweep() == 1
    assert leases_sweep() == 0
    assert Assignment.objects.get(pk=first).annotator is None
    assert lent_ids(world.ann, world, want=3) == [second, first]
    assert Assignment.objects.get(pk=second).draft == {"half": "done"}
