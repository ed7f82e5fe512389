"""Pictures are put into groups of look-alikes once and for ever, in whatever portions workers come to them."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.catalog.models import Product, Scene, Vertical
from labeling.datasets.alike import SCENE_RULE, Pictures, signed
from labeling.datasets.models import Pair, ProductLikeness, SceneLikeness, SnapshotRow
from labeling.datasets.selectors import likeness_unseen, pictures_unseen, scenes_alike
from labeling.datasets.services import Look, likeness_record, packed, snapshot_freeze
from labeling.datasets.splits import split_of
from labeling.datasets.tasks import look_for_alikes
from labeling.inference.services import version_go_live
from tests.e2e.rooms import go_live
from tests.labeling.datasets.pairing import plain
from tests.world import World, make_product, make_scene

BASE = 0x0F1E2D3C4B5A6978
FAR = BASE ^ 0xFFFFFFFF00000000


def looks(scenes: list[Scene], hashes: list[int]) -> list[Look]:
    return [Look(scene.pk, signed(value), None) for scene, value in zip(scenes, hashes, strict=True)]


def see(world: World, *seen: Look, kind: str = "scenes") -> int:
    return likeness_record(vertical=world.vertical, kind=kind, looks=seen, embedder="", dim=0)


def flipped(value: int, bits: int) -> int:
    return value ^ (2**bits - 1)


def scenes_of_splits(world: World, *splits: str) -> list[Scene]:
    """New scenes, each of which would found a group of this split."""
    found, number = [], 0
    for split in splits:
        while True:
            scene = make_scene(world.vertical, f"{split}-{number}")
            number += 1
            if split_of(scene.sha256) == split:
                found.append(scene)
                break
            scene.delete()
    return found


def test_it_works(world: World) -> None:
    one, two, other = (make_scene(world.vertical, name) for name in ("one", "two", "other"))
    assert see(world, *looks([one, two, other], [BASE, flipped(BASE, SCENE_RULE.same_bits), FAR])) == 3
    assert scenes_alike(scene=two) == [one.pk, two.pk] and scenes_alike(scene=other) == [other.pk]
    assert SceneLikeness.objects.get(scene=two).key == one.sha256
    # Looked at again, nothing is new.
    assert see(world, *looks([one, two], [FAR, FAR])) == 0 and scenes_alike(scene=two) == [one.pk, two.pk]


def test_portions_make_no_difference(world: World) -> None:
    draw = random.Random(3)
    scenes = [make_scene(world.vertical, f"s{number}") for number in range(24)]
    hashes = [draw.choice([BASE, FAR]) ^ (1 << draw.randrange(64)) for _ in scenes]
    expected = {}
    for at, (scene, value) in enumerate(zip(scenes, hashes, strict=True)):
        near = [expected[scenes[k].pk] for k in range(at) if (value ^ hashes[k]).bit_count() <= SCENE_RULE.same_bits]
        expected[scene.pk] = min(near, default=scene.pk)
    for portion in (24, 5, 1):
        SceneLikeness.objects.all().delete()
        for start in range(0, 24, portion):
            see(world, *reversed(looks(scenes[start : start + portion], hashes[start : start + portion])))
        assert dict(SceneLikeness.objects.values_list("scene", "root")) == expected, portion


def test_a_picture_between_two_splits_is_torn_and_stays_out(world: World) -> None:
    train, test, between = [*scenes_of_splits(world, "train", "test"), make_scene(world.vertical, "between")]
    see(world, *looks([train, test], [BASE, flipped(BASE, 12)]))
    see(world, *looks([between], [flipped(BASE, 6)]))
    torn = SceneLikeness.objects.filter(torn=True)
    assert [each.scene for each in torn] == [between]
    for scene in (train, test, between):
        Pair.objects.create(
            vertical=world.vertical, scene=scene, category=world.sofa, product=world.sofas[0], grade="exact",
            source="annotators", left=0.1, top=0.1, right=0.2, bottom=0.2,
        )  # fmt: skip
    snapshot = snapshot_freeze(vertical=world.vertical)
    assert (snapshot.pairs, snapshot.left_out, snapshot.scenes) == (2, 1, 2)
    assert not SnapshotRow.objects.filter(scene=between).exists()
    assert "1 confirmed pairs were left out" in snapshot.card


def test_between_two_groups_of_one_split_is_no_harm(world: World) -> None:
    one, two, between = [*scenes_of_splits(world, "train", "train"), make_scene(world.vertical, "between")]
    see(world, *looks([one, two, between], [BASE, flipped(BASE, 12), flipped(BASE, 6)]))
    assert not SceneLikeness.objects.filter(torn=True).exists()
    assert scenes_alike(scene=between) == [one.pk, between.pk]


def test_what_was_frozen_before_anybody_looked_keeps_its_split(world: World) -> None:
    train, test = scenes_of_splits(world, "train", "test")
    for scene in (train, test):
        Pair.objects.create(
            vertical=world.vertical, scene=scene, product=world.sofas[0], grade="exact", source="annotators",
            left=0.1, top=0.1, right=0.2, bottom=0.2,
        )  # fmt: skip
    first = snapshot_freeze(vertical=world.vertical)
    assert likeness_unseen(snapshot=first) == {"scenes": 2, "products": 1} and "2 scenes" in first.card
    before = dict(SnapshotRow.objects.filter(snapshot=first).values_list("scene", "split"))
    see(world, *looks([train, test], [BASE, BASE]))
    # The second turns out to be the first over again, on the other side: it may not move, so it goes.
    second = snapshot_freeze(vertical=world.vertical)
    after = dict(SnapshotRow.objects.filter(snapshot=second).values_list("scene", "split"))
    assert after == {train.pk: before[train.pk]} and second.left_out == 1


def test_splits_stand_whatever_is_added(world: World) -> None:
    draw, stood = random.Random(11), dict[int, str]()
    for number in range(3):
        pairs = plain(world, 6, name=f"more-{number}")
        if number % 2 == 0:
            see(world, *[Look(pair.scene_id, signed(BASE ^ draw.getrandbits(8)), None) for pair in pairs])
        snapshot = snapshot_freeze(vertical=world.vertical)
        splits = dict(SnapshotRow.objects.filter(snapshot=snapshot).values_list("scene", "split"))
        assert {scene: splits[scene] for scene in stood if scene in splits} == {
            k: v for k, v in stood.items() if k in splits
        }
        stood |= splits


def test_variants_and_one_photo_make_a_group_of_products(world: World) -> None:
    red = make_product(world.sofa, "red", variant_group="malm")
    blue = make_product(world.sofa, "blue", variant_group="malm", same_photo_group="p1")
    cover = make_product(world.sofa, "cover", same_photo_group="p1")
    lone = make_product(world.sofa, "lone")
    see(world, *[Look(each.pk, None, None) for each in (red, blue, cover, lone)], kind="products")
    roots = dict(ProductLikeness.objects.values_list("product", "root"))
    assert roots == {red.pk: red.pk, blue.pk: red.pk, cover.pk: red.pk, lone.pk: lone.pk}
    keys = dict(ProductLikeness.objects.values_list("product__external_id", "key"))
    assert keys == {"red": "malm", "blue": "malm", "cover": "malm", "lone": "lone"}


def test_products_need_hash_and_vector(world: World) -> None:
    same = packed(np.array([1.0, 0.0, 0.0, 0.0], np.float32))
    other = packed(np.array([0.0, 1.0, 0.0, 0.0], np.float32))
    first, twin, shape = (make_product(world.sofa, name) for name in ("first", "twin", "shape"))
    seen = [Look(first.pk, 5, same), Look(twin.pk, 5, same), Look(shape.pk, 5, other)]
    likeness_record(vertical=world.vertical, kind="products", looks=seen, embedder="e", dim=4)
    roots = dict(ProductLikeness.objects.values_list("product", "root"))
    assert roots == {first.pk: first.pk, twin.pk: first.pk, shape.pk: shape.pk}


def test_verticals_are_never_compared(world: World) -> None:
    other = Vertical.objects.create(slug="fashion", name="Fashion")
    here, there = make_scene(world.vertical, "here"), make_scene(other, "there")
    see(world, *looks([here], [BASE]))
    likeness_record(vertical=other, kind="scenes", looks=looks([there], [BASE]), embedder="", dim=0)
    assert scenes_alike(scene=here) == [here.pk]


def test_a_worker_looks_at_all_there_is(world: World, tmp_path: Path) -> None:
    go_live(world, tmp_path)
    version_go_live(version=world.detector)
    lost = make_scene(world.vertical, "lost")
    Scene.objects.filter(pk=lost.pk).update(image="images/none.jpg")
    count = Scene.objects.count() + Product.objects.count()
    assert look_for_alikes(world.vertical.pk) == count and look_for_alikes(world.vertical.pk) == 0
    assert not SceneLikeness.objects.filter(looked_at=None).exists()
    assert SceneLikeness.objects.get(scene=lost).vector is None
    assert {len(each.vector or b"") for each in ProductLikeness.objects.all()} == {32}
    # Another embedder's vectors say something else, so they are renewed; groups stay.
    SceneLikeness.objects.update(embedder="old", vector=None)
    assert len(pictures_unseen(vertical=world.vertical, kind="scenes", embedder=world.embedder, limit=99)) == 3
    before = dict(SceneLikeness.objects.values_list("scene", "root"))
    look_for_alikes(world.vertical.pk)
    assert SceneLikeness.objects.exclude(scene=lost).exclude(vector=None).count() == 2
    assert dict(SceneLikeness.objects.values_list("scene", "root")) == before


def test_a_product_without_a_picture_is_not_waited_for(world: World) -> None:
    pairs = plain(world, 2)
    pairs[0].product.images.all().delete()
    snapshot = snapshot_freeze(vertical=world.vertical)
    assert likeness_unseen(snapshot=snapshot) == {"scenes": 2, "products": 1}
    see(world, Look(pairs[1].product_id, 1, None), kind="products")
    assert likeness_unseen(snapshot=snapshot)["products"] == 0


def test_vectors_are_read_of_what_resembles_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    draw, read = np.random.default_rng(7), []
    drawn = draw.normal(size=(40, 4)).astype(np.float32)
    vectors = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    vectors[20:] = vectors[:20]
    hashes = [int(value) for value in draw.integers(-(2**63), 2**63, 20)] * 2
    hashes[20:30] = [value ^ 0b111 for value in hashes[20:30]]
    hashes[30:] = [~value for value in hashes[30:]]
    products = [make_product(world.sofa, f"p{number}") for number in range(40)]
    seen = [Look(p.pk, h, packed(v)) for p, h, v in zip(products, hashes, vectors, strict=True)]

    def record(looks: list[Look]) -> int:
        return likeness_record(vertical=world.vertical, kind="products", looks=looks, embedder="e", dim=4)

    assert record(seen[:20]) == 20
    of = Pictures.of
    monkeypatch.setattr(Pictures, "of", staticmethod(lambda rows, dim: read.append(len(rows)) or of(rows, dim)))
    with CaptureQueriesContext(connection) as one:
        assert record(seen[20:21]) == 1
    with CaptureQueriesContext(connection) as many:
        assert record(seen[21:]) == 19
    assert read == [1, 1, 19, 9] and len(one) == len(many)
    roots = dict(ProductLikeness.objects.values_list("product", "root"))
    assert [roots[p.pk] for p in products[20:]] == [p.pk for p in [*products[:10], *products[30:]]]
    # Renewing the vectors of many costs no more statements than those of one.
    counts = []
    for looks in (seen[:1], seen):
        with CaptureQueriesContext(connection) as queries:
            assert record([Look(look.key, None, None) for look in looks]) == 0
        counts.append(len(queries))
    assert counts[0] == counts[1] and not ProductLikeness.objects.exclude(vector=None).exists()


@pytest.mark.parametrize("kind", ["scenes", "products"])
def test_nothing_to_look_at(world: World, kind: str) -> None:
    assert see(world, kind=kind) == 0
