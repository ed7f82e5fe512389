"""Events lie in the month in which their look was served; months are made ahead, filled from the rest, and dropped whole."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime

import pytest
from django.core import signing
from django.db import connection

from labeling.serving.models import EngagementEvent
from labeling.serving.services import (
    SALT,
    Happening,
    events_record,
    look_serve,
    partitions_drop,
    partitions_kept,
    partitions_make,
)
from labeling.serving.tasks import keep_months
from tests.labeling.tagging import tagged
from tests.world import World

LATER = date(2071, 11, 3)


def seen(world: World, day: date) -> uuid.UUID:
    """One impression of a look that was served on a day."""
    look = look_serve(scene=world.scene.pk, visitor="v")
    claims = signing.loads(look.token, salt=SALT)
    claims["at"] = datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()
    claims["look"] = uuid.uuid4().hex
    happening = Happening(uuid.uuid4(), EngagementEvent.Kind.IMPRESSION, look.tags[0].offer.tag)
    assert events_record(token=signing.dumps(claims, salt=SALT), happenings=[happening]) == 1
    return happening.uuid


def partition_of(event: uuid.UUID) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM serving_engagementevent WHERE client_uuid = %s", [event])
        ((name,),) = cursor.fetchall()
    return str(name)


def test_it_works(world: World) -> None:
    tagged(world)
    today = datetime.now(UTC).date()
    assert partition_of(seen(world, today)) == f"serving_engagementevent_{today:%Y_%m}"
    assert partitions_make(today=today) == []


def test_what_came_before_its_month_was_made_moves_there(world: World) -> None:
    tagged(world)
    early, later = seen(world, LATER), seen(world, date(2071, 12, 31))
    assert {partition_of(each) for each in (early, later)} == {"serving_engagementevent_rest"}
    assert partitions_make(today=LATER) == [date(2071, 11, 1), date(2071, 12, 1), date(2072, 1, 1)]
    assert [partition_of(each) for each in (early, later)] == [
        "serving_engagementevent_2071_11", "serving_engagementevent_2071_12",
    ]  # fmt: skip
    assert partition_of(seen(world, date(2072, 1, 1))) == "serving_engagementevent_2072_01"
    assert EngagementEvent.objects.count() == 3
    assert partitions_make(today=LATER) == []


def test_a_repeat_is_one_in_any_month(world: World) -> None:
    tagged(world)
    token = look_serve(scene=world.scene.pk, visitor="v").token
    happening = Happening(uuid.uuid4(), EngagementEvent.Kind.CLICK, signing_tag(token))
    partitions_make(today=LATER)
    assert [events_record(token=token, happenings=[happening]) for _ in range(2)] == [1, 0]


def signing_tag(token: str) -> int:
    return int(next(iter(signing.loads(token, salt=SALT)["tags"])))


@pytest.mark.parametrize(("months", "kept"), [(0, 3), (6, 3), (2, 2), (1, 1)])
def test_old_months_go_whole(world: World, months: int, kept: int) -> None:
    tagged(world)
    partitions_make(today=LATER)
    for day in (LATER, date(2071, 12, 5), date(2072, 1, 20)):
        seen(world, day)
    # A table is dropped only once nothing of the transaction waits to be checked in it.
    connection.check_constraints()
    before = partitions_kept()
    gone = partitions_drop(today=date(2072, 2, 10), months=months)
    assert EngagementEvent.objects.count() == kept
    assert partitions_kept() == [month for month in before if month not in gone]
    assert [month for month in gone if month.year > 2070] == [date(2071, 11, 1), date(2071, 12, 1)][: 3 - kept]


def test_the_beat_keeps_the_months(world: World) -> None:
    today = datetime.now(UTC).date()
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE serving_engagementevent_{today:%Y_%m}")
    keep_months()
    assert partitions_kept()[0] == today.replace(day=1)
