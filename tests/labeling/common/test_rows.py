"""Rows written by planned statements are the rows that Django would have written."""

from __future__ import annotations

import copy
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.utils import timezone

from labeling.annotation.models import Annotation, Assignment, Verdict
from labeling.annotation.services.deciding import KEPT
from labeling.common.rows import row_update, rows_insert
from tests.labeling.deciding import lend_one
from tests.world import World


def annotations(world: World, seat: Assignment) -> list[Annotation]:
    """One with every column filled in, with signs that could be taken for something else, and one with none that need not be."""
    always = {"assignment": seat, "campaign": world.campaign, "annotator": world.ann, "scene": world.scene}
    return [
        Annotation(
            **always, left=0.1, top=1 / 3, right=0.7000000000000001, bottom=0.9, proposal=world.proposals[0],
            verdict=Verdict.ADJUSTED, category=world.sofa, product=world.sofas[1], grade="similar", planted=True, version=3,
            seconds=1.25, comment="50 % \"off\" 'now' \\ {a} %(rows)s\n\u2713", flagged=True, client_uuid=uuid.uuid4(),
        ),
        Annotation(**always, left=0, top=0, right=1, bottom=1, verdict=Verdict.ADDED, client_uuid=uuid.uuid4()),
    ]  # fmt: skip


def columns(row: models.Model, *, without: set[str]) -> dict[str, object]:
    return {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name not in without
    }


def test_it_works(world: World) -> None:
    seat = lend_one(world.ann, world)
    ours, theirs = annotations(world, seat), annotations(world, seat)
    before = timezone.now()
    rows_insert(ours)
    Annotation.objects.bulk_create(theirs)
    kept = {each.client_uuid: each for each in Annotation.objects.all()}
    for own, other in zip(ours, theirs, strict=True):
        own_row, other_row = kept[own.client_uuid], kept[other.client_uuid]
        without = {"id", "client_uuid", "created_at"}
        assert columns(own_row, without=without) == columns(other_row, without=without)
        assert before <= own_row.created_at <= timezone.now()
    assert [kept[each.client_uuid].pk for each in ours] == sorted(kept[each.client_uuid].pk for each in ours)


def test_nothing_is_written_for_nothing(world: World) -> None:
    rows_insert([])
    assert not Annotation.objects.exists()


def test_what_the_database_refuses_is_refused_whole(world: World) -> None:
    seat = lend_one(world.ann, world)
    good, bad = annotations(world, seat)
    bad.client_uuid = good.client_uuid
    with pytest.raises(IntegrityError, match="client_uuid"), transaction.atomic():
        rows_insert([good, bad])
    assert not Annotation.objects.exists()


def test_a_column_that_json_cannot_carry_is_named(world: World) -> None:
    with pytest.raises(TypeError, match="Write this row with save"):
        rows_insert([Assignment(campaign=world.campaign, scene=world.scene, slot=7, former={"a": 1})])


def test_an_update_writes_what_save_would(world: World) -> None:
    seat = lend_one(world.ann, world)
    changed = {
        "state": Assignment.State.SUBMITTED, "seconds": 2.5, "client_uuid": uuid.uuid4(), "version": 1, "draft": None,
        "past_uuids": [uuid.uuid4(), uuid.uuid4()], "finished_at": timezone.now(), "leased_until": None, "token": uuid.uuid4(),
    }  # fmt: skip
    for name, value in changed.items():
        setattr(seat, name, value)
    other = copy.copy(seat)
    row_update(seat, KEPT)
    ours = columns(Assignment.objects.get(pk=seat.pk), without={"updated_at"})
    with transaction.atomic():
        other.save(update_fields=KEPT)
        assert columns(Assignment.objects.get(pk=seat.pk), without={"updated_at"}) == ours
    assert {name: ours[name] for name in changed} == changed


def test_an_update_tells_when_it_was(world: World) -> None:
    seat = lend_one(world.ann, world)
    before = seat.updated_at
    row_update(seat, ["seconds", "updated_at"])
    assert Assignment.objects.get(pk=seat.pk).updated_at > before


def test_an_update_writes_no_other_column(world: World) -> None:
    seat = lend_one(world.ann, world)
    seat.seconds, seat.revision = 9.0, 9
    row_update(seat, ["seconds"])
    seat.refresh_from_db()
    assert (seat.seconds, seat.revision) == (9.0, 0)


def test_an_update_of_no_row_is_an_error(world: World) -> None:
    seat = lend_one(world.ann, world)
    gone = copy.copy(seat)
    gone.pk = 0
    with pytest.raises(DatabaseError, match="no assignment 0"):
        row_update(gone, ["seconds"])


def test_behind_a_proxy_that_forgets_plans_they_write_the_same(world: World, settings: Any) -> None:
    settings.PREPARED_STATEMENTS = False
    seat = lend_one(world.ann, world)
    said = annotations(world, seat)
    rows_insert(said)
    seat.seconds, seat.past_uuids = 2.5, [uuid.uuid4()]
    row_update(seat, KEPT)
    assert [each.comment for each in Annotation.objects.order_by("pk")] == [each.comment for each in said]
    kept = Assignment.objects.get(pk=seat.pk)
    assert (kept.seconds, kept.past_uuids) == (2.5, seat.past_uuids)


def test_they_are_planned_once(world: World) -> None:
    seat = lend_one(world.ann, world)
    for row in annotations(world, seat):
        rows_insert([row])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements"
            " WHERE statement LIKE '%INTO \"annotation_annotation\"%json_to_recordset%'"
        )
        ((generic, custom),) = cursor.fetchall()
    assert generic >= 2 and custom == 0
