"""A snapshot is frozen: its rows, its hash and its splits."""

from __future__ import annotations

import hashlib
import json

import pytest
from django.db import connection

from labeling.common.errors import ConflictError
from labeling.datasets.models import Pair
from labeling.datasets.selectors import snapshot_rows
from labeling.datasets.services import pairs_admit, pairs_curate, snapshot_freeze, snapshot_pack
from labeling.datasets.splits import split_of
from tests.labeling.tagging import resolve
from tests.world import World, make_scene


def admit(world: World, scenes: int = 6) -> list[Pair]:
    """Two pairs in each of some scenes."""
    for number in range(scenes):
        scene = make_scene(world.vertical, f"scene-{number}")
        found = [resolve(world, scene=scene, product=product) for product in world.sofas[:2]]
        pairs_admit(resolutions=found)
        pairs_admit(resolutions=found)
    return list(Pair.objects.order_by("scene", "id"))


def naive_split(group: str) -> str:
    """Counts in whole numbers what ``split_of`` does in fractions."""
    point = int(hashlib.sha256(group.encode()).hexdigest()[:16], 16)
    return "test" if point * 10 < 2**64 else "val" if point * 10 < 2 * 2**64 else "train"


def naive_hash(pairs: list[Pair]) -> str:
    text = ""
    for pair in pairs:
        box = [pair.left, pair.top, pair.right, pair.bottom]
        slug = pair.category.slug if pair.category else None
        held_out = naive_split(pair.product.variant_group or pair.product.external_id) == "test"
        splits = [naive_split(pair.scene.sha256), "test" if held_out else "train"]
        values = [pair.scene.sha256, pair.product.external_id, slug, pair.grade, *box, *splits]
        text += json.dumps(values)
    return hashlib.sha256(text.encode()).hexdigest()


def test_it_works(world: World) -> None:
    pairs = admit(world)
    snapshot = snapshot_freeze(vertical=world.vertical, actor=world.cora, note="first")
    assert (snapshot.number, snapshot.pairs, snapshot.scenes) == (1, 12, 6)
    assert snapshot.content_hash == naive_hash(pairs)
    assert [row.split for row in snapshot_rows(snapshot=snapshot)] == [naive_split(pair.scene.sha256) for pair in pairs]
    assert sum(snapshot.splits.values()) == 12


def test_the_database_splits_alike(db: None) -> None:
    """At the edges too: a tenth and a fifth of 2**64 are no whole numbers."""
    groups = [f"group-{number}" for number in range(2000)] + ["", "é", "a'b"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT datasets_split(g) FROM unnest(%s) WITH ORDINALITY AS s (g, at) ORDER BY at", [groups])
        assert [row[0] for row in cursor.fetchall()] == [split_of(group) for group in groups]
    edges = {int(f"{x:016x}", 16): x * 10 < 2**64 for x in (2**64 // 10, 2**64 // 10 + 1)}
    assert edges == {x: f"{x:016x}" < "199999999999999a" for x in edges}
    fifths = (2**65 // 10, 2**65 // 10 + 1)
    assert [x * 10 < 2**65 for x in fifths] == [f"{x:016x}" < "3333333333333334" for x in fifths] == [True, False]


def test_splits_agree_with_whole_numbers_and_their_shares() -> None:
    groups = [f"group-{number}" for number in range(3000)]
    splits = [split_of(group) for group in groups]
    assert splits == [naive_split(group) for group in groups]
    assert 240 < splits.count("test") < 360
    assert 240 < splits.count("val") < 360


def test_a_scene_is_never_torn_apart(world: World) -> None:
    admit(world, 12)
    seen: dict[int, set[str]] = {}
    for row in snapshot_rows(snapshot=snapshot_freeze(vertical=world.vertical)):
        seen.setdefault(row.scene_id, set()).add(row.split)
    assert all(len(splits) == 1 for splits in seen.values())


def test_later_changes_leave_it_alone(world: World) -> None:
    pairs = admit(world)
    first = snapshot_freeze(vertical=world.vertical)
    pairs_curate(pairs=[pairs[0].pk], verb="withdraw", actor=world.cora)
    assert snapshot_rows(snapshot=first).count() == 12
    second = snapshot_freeze(vertical=world.vertical)
    assert (second.number, second.pairs) == (2, 11)
    assert second.content_hash != first.content_hash
    pairs_curate(pairs=[pairs[0].pk], verb="admit", actor=world.cora)
    assert snapshot_freeze(vertical=world.vertical).content_hash == first.content_hash


def test_nothing_to_freeze(world: World) -> None:
    with pytest.raises(ConflictError, match="no admitted pairs"):
        snapshot_freeze(vertical=world.vertical)
    assert not world.vertical.snapshots.exists()


def test_laid_out_once_as_a_pack(world: World) -> None:
    admit(world)
    snapshot = snapshot_freeze(vertical=world.vertical)
    folder = snapshot_pack(snapshot=snapshot)
    assert snapshot_pack(snapshot=snapshot) == folder
    scenes = [json.loads(line) for line in (folder / "scenes.jsonl").read_text().splitlines()]
    products = [json.loads(line) for line in (folder / "products.jsonl").read_text().splitlines()]
    assert [len(scene["objects"]) for scene in scenes] == [2] * 6
    assert {product["id"] for product in products} == {p.external_id for p in world.sofas + world.lamps}
    assert all((folder / record["image"]).is_file() for record in [*scenes, *products])
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
