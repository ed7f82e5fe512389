"""A frozen snapshot cannot be changed by anybody who asks the database, and whoever gets round that is found out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction

from labeling.common.errors import ConflictError
from labeling.datasets.models import Pair, Snapshot, SnapshotRow
from labeling.datasets.selectors import SnapshotTampered, snapshot_verify
from labeling.datasets.services import snapshot_freeze, snapshot_pack
from tests.labeling.datasets.pairing import plain
from tests.world import World


@pytest.fixture
def frozen(world: World) -> Snapshot:
    plain(world, 3)
    return snapshot_freeze(vertical=world.vertical, actor=world.cora, note="first", licence="cc-by-4.0")


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def unguarded() -> Iterator[None]:
    """As somebody with all rights in the database might."""
    sql("SET LOCAL session_replication_role = replica")
    yield
    sql("SET LOCAL session_replication_role = origin")


ATTEMPTS = {
    "move a box": "UPDATE datasets_snapshotrow SET top = top + 0.01",
    "move a row to another split": "UPDATE datasets_snapshotrow SET split = 'train'",
    "change nothing at all": "UPDATE datasets_snapshotrow SET grade = grade",
    "drop rows": "DELETE FROM datasets_snapshotrow WHERE id = (SELECT min(id) FROM datasets_snapshotrow)",
    "drop all": "DELETE FROM datasets_snapshotrow",
    "say it is another": "UPDATE datasets_snapshot SET content_hash = repeat('0', 64)",
    "open it again": "UPDATE datasets_snapshot SET content_hash = ''",
    "renumber it": "UPDATE datasets_snapshot SET number = 7",
    "rewrite its card": "UPDATE datasets_snapshot SET card = 'All is well.'",
    "change its licence": "UPDATE datasets_snapshot SET licence = 'mit'",
    "drop it": "DELETE FROM datasets_snapshot",
    "add a row": 'INSERT INTO datasets_snapshotrow (snapshot_id, pair_id, scene_id, product_id, grade, split, product_split,'
    ' "left", top, "right", bottom) SELECT s.id, p.id, p.scene_id, p.product_id, p.grade, \'train\', \'train\','
    ' p."left", p.top, p."right", p.bottom FROM datasets_snapshot s, datasets_pair p ORDER BY p.id DESC LIMIT 1',
}  # fmt: skip


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_database_refuses(world: World, frozen: Snapshot, attempt: str) -> None:
    Pair.objects.create(
        vertical=world.vertical, scene=world.scene, product=world.sofas[0], grade="exact", source="annotators",
        left=0.1, top=0.1, right=0.2, bottom=0.2,
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="Freeze another"), transaction.atomic():
        sql(ATTEMPTS[attempt])
    snapshot_verify(snapshot=Snapshot.objects.get())


def test_it_works(world: World, frozen: Snapshot) -> None:
    snapshot_verify(snapshot=frozen)
    # Who froze it may go; what is frozen stays.
    world.cora.delete()
    frozen.refresh_from_db()
    assert frozen.frozen_by is None and frozen.note == "first"
    snapshot_verify(snapshot=frozen)


def test_the_orm_is_refused_too(frozen: Snapshot) -> None:
    frozen.note = "second"
    for attempt in (frozen.save, frozen.delete, frozen.vertical.delete, SnapshotRow.objects.all().delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()
    assert SnapshotRow.objects.count() == 3


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE datasets_snapshotrow SET top = top + 1e-9 WHERE id = (SELECT min(id) FROM datasets_snapshotrow)",
        "UPDATE datasets_snapshotrow SET split = CASE split WHEN 'val' THEN 'test' ELSE 'val' END",
        "DELETE FROM datasets_snapshotrow WHERE id = (SELECT max(id) FROM datasets_snapshotrow)",
        "UPDATE datasets_snapshot SET content_hash = repeat('0', 64)",
    ],
)
def test_who_gets_round_it_is_found_out(frozen: Snapshot, change: str) -> None:
    with unguarded():
        sql(change)
    with pytest.raises(SnapshotTampered, match=r"home snapshot 1 was changed .* restore it from a backup"):
        snapshot_pack(snapshot=Snapshot.objects.get())


def test_an_empty_one_is_not_kept(world: World) -> None:
    with pytest.raises(ConflictError, match="no admitted pairs"):
        snapshot_freeze(vertical=world.vertical)
    assert not Snapshot.objects.exists()


def test_one_that_was_never_closed_can_go(world: World, frozen: Snapshot) -> None:
    """The database minds frozen ones only."""
    draft = Snapshot.objects.create(vertical=world.vertical, number=9, content_hash="", pairs=0, scenes=0)
    draft.delete()
    assert Snapshot.objects.get() == frozen
