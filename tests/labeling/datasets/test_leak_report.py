"""A leak between splits is found, named and keeps the snapshot from being trained on; a clean snapshot is proven clean."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from labeling.catalog.models import Product
from labeling.datasets.models import LeakReport, Snapshot, SnapshotRow
from labeling.datasets.selectors import SnapshotLeaks, snapshots_unreported
from labeling.datasets.services import (
    Look,
    leaks_report,
    leaks_report_once,
    likeness_record,
    snapshot_freeze,
    snapshot_pack,
)
from labeling.datasets.tasks import report_leaks, sweep_reports
from tests.labeling.datasets.pairing import plain
from tests.world import World

Smuggle = Callable[[Snapshot], None]


@pytest.fixture
def frozen(world: World) -> Snapshot:
    """Forty pairs, each scene and product of its own, all looked at and none alike."""
    pairs = plain(world, 40)
    for kind, keys in (("scenes", [p.scene_id for p in pairs]), ("products", [p.product_id for p in pairs])):
        seen = [Look(key, hash_of(at), None) for at, key in enumerate(keys)]
        likeness_record(vertical=world.vertical, kind=kind, looks=seen, embedder="", dim=0)
    snapshot = snapshot_freeze(vertical=world.vertical)
    assert {"train", "test"} <= set(snapshot.splits) and snapshot.statistics["product_splits"].get("test")
    return snapshot


def hash_of(number: int) -> int:
    """Hashes that are far from one another."""
    return int.from_bytes(hashlib.sha256(str(number).encode()).digest()[:8], "big", signed=True)


def smuggled(statement: str, *values: object) -> None:
    """What only a fault of ours, or somebody with all rights, could do."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET LOCAL session_replication_role = origin")


def row_of(snapshot: Snapshot, **where: str) -> SnapshotRow:
    return SnapshotRow.objects.filter(snapshot=snapshot, **where).select_related("scene", "product").order_by("pk")[0]


def one_scene_twice(snapshot: Snapshot) -> None:
    train, test = row_of(snapshot, split="train"), row_of(snapshot, split="test")
    smuggled("UPDATE datasets_snapshotrow SET scene_id = %s WHERE id = %s", test.scene_id, train.pk)


def one_product_twice(snapshot: Snapshot) -> None:
    train, test = row_of(snapshot, product_split="train"), row_of(snapshot, product_split="test")
    smuggled("UPDATE datasets_snapshotrow SET product_id = %s WHERE id = %s", test.product_id, train.pk)


def look_alikes(snapshot: Snapshot) -> None:
    train, test = row_of(snapshot, split="train"), row_of(snapshot, split="test")
    smuggled(
        "UPDATE datasets_scenelikeness SET phash = (SELECT phash FROM datasets_scenelikeness WHERE scene_id = %s) # 7"
        " WHERE scene_id = %s",
        test.scene_id,
        train.scene_id,
    )


def product_twins(snapshot: Snapshot) -> None:
    rows = [row_of(snapshot, product_split=split) for split in ("train", "test")]
    keys = [row.product_id for row in rows]
    smuggled("UPDATE datasets_productlikeness SET phash = 1, vector = '\\x003c003c' WHERE product_id = ANY(%s)", keys)


def variants(snapshot: Snapshot) -> None:
    for split in ("train", "test"):
        Product.objects.filter(pk=row_of(snapshot, product_split=split).product_id).update(variant_group="malm")


def one_photo(snapshot: Snapshot) -> None:
    for split in ("train", "test"):
        Product.objects.filter(pk=row_of(snapshot, product_split=split).product_id).update(same_photo_group="p1")


LEAKS: dict[str, Smuggle] = {
    "scene in two splits": one_scene_twice,
    "product in two splits": one_product_twice,
    "scenes that look alike": look_alikes,
    "products that look alike": product_twins,
    "variants of a product": variants,
    "products of one photo": one_photo,
}


def test_it_works(frozen: Snapshot) -> None:
    assert snapshots_unreported(limit=5) == [frozen.pk]
    report_leaks(frozen.pk)
    report = frozen.leak_reports.get()
    assert report.is_clean and report.leaks == [] and report.unseen == {"scenes": 0, "products": 0}
    assert snapshots_unreported(limit=5) == []
    out = io.StringIO()
    call_command("leak_report", "home", stdout=out)
    assert "home snapshot 1: no leak" in out.getvalue()
    assert (snapshot_pack(snapshot=frozen) / "README.md").read_text() == frozen.card


def test_a_message_that_comes_twice_reports_once(frozen: Snapshot) -> None:
    report_leaks(frozen.pk)
    report_leaks(frozen.pk)
    first = frozen.leak_reports.get()
    # A person who asks again gets a new one.
    report_leaks(frozen.pk, again=True)
    assert frozen.leak_reports.order_by("-pk")[0] != first and frozen.leak_reports.count() == 2


def test_what_another_worker_searches_is_left_to_it(world: World, transactional_db: None) -> None:
    plain(world, 1)
    snapshot = snapshot_freeze(vertical=world.vertical)
    with ThreadPoolExecutor(1) as other, transaction.atomic():
        Snapshot.objects.select_for_update().get(pk=snapshot.pk)
        assert other.submit(in_a_thread, snapshot).result() is None
    assert not snapshot.leak_reports.exists() and leaks_report_once(snapshot=snapshot) is not None


def in_a_thread(snapshot: Snapshot) -> LeakReport | None:
    try:
        return leaks_report_once(snapshot=snapshot)
    finally:
        connection.close()


def test_a_nudge_that_waits_too_long_is_dropped(frozen: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[object, object]] = []
    monkeypatch.setattr(
        "celery.app.task.Task.apply_async", lambda self, args, *rest, **more: sent.append((args, more["expires"]))
    )
    sweep_reports()
    every = settings.CELERY_BEAT_SCHEDULE["sweep-reports"]["schedule"]
    assert [args for args, _ in sent] == [(frozen.pk,)] and 0 < sent[0][1] < every  # type: ignore[operator]


@pytest.mark.parametrize("kind", LEAKS)
def test_a_leak_is_found_and_named(frozen: Snapshot, kind: str) -> None:
    LEAKS[kind](frozen)
    report = leaks_report(snapshot=frozen)
    assert report.counts.get(kind) == 1, report.counts
    (leak,) = [each for each in report.leaks if each["kind"] == kind]
    assert leak["left"] and leak["right"]


def test_nobody_trains_on_a_leak(frozen: Snapshot) -> None:
    look_alikes(frozen)
    names = {row_of(frozen, split=split).scene.external_id for split in ("train", "test")}
    out = io.StringIO()
    with pytest.raises(CommandError, match=r"home snapshot 1 leaks\. Withdraw"):
        call_command("leak_report", "home", "1", stdout=out)
    assert all(name in out.getvalue() for name in names)
    with pytest.raises(SnapshotLeaks, match=r"splits of home snapshot 1 leak \(1 scenes that look alike\)"):
        snapshot_pack(snapshot=frozen)


def test_a_leak_that_is_found_late_stops_training_too(frozen: Snapshot) -> None:
    assert snapshot_pack(snapshot=frozen).is_dir()
    look_alikes(frozen)
    leaks_report(snapshot=frozen)
    with pytest.raises(SnapshotLeaks, match="1 scenes that look alike"):
        snapshot_pack(snapshot=frozen)


def test_a_tampered_one_is_not_even_searched(frozen: Snapshot) -> None:
    one_scene_twice(frozen)
    with pytest.raises(CommandError, match="was changed after it was frozen"):
        call_command("leak_report", "home")


def test_what_was_never_looked_at_is_told(world: World) -> None:
    plain(world, 3)
    report = leaks_report(snapshot=snapshot_freeze(vertical=world.vertical))
    assert report.unseen == {"scenes": 3, "products": 3}


@pytest.mark.parametrize(
    ("words", "said"), [(("garden",), "Known: home"), (("home", "7"), "home has no snapshot 7. Known: 1")]
)
def test_the_command_names_what_it_does_not_know(frozen: Snapshot, words: tuple[str, ...], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("leak_report", *words)
