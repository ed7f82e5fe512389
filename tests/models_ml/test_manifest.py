import json
from pathlib import Path
from typing import Any

import pytest

from models_ml.manifest import Manifest, ManifestError, merge
from models_ml.types import Box

SOFA = {"id": "sofa-1", "image": "products/sofa-1.jpg", "category": "sofa", "variant_group": "sofa-a", "price": 10}
LAMP = {"id": "lamp-1", "image": "products/lamp-1.jpg", "category": "lamp", "split": "test"}
ROOM = {
    "id": "room-1",
    "image": "scenes/room-1.jpg",
    "split": "test",
    "objects": [{"box": [0.1, 0.2, 0.5, 0.9], "category": "sofa", "product": "sofa-1", "visible": 0.8}],
}
HALL = {"id": "hall-1", "image": "scenes/hall-1.jpg"}


def write_pack(root: Path, products: list[dict[str, Any]], scenes: list[dict[str, Any]]) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    (root / "products.jsonl").write_text("".join(json.dumps(p) + "\n" for p in products))
    (root / "scenes.jsonl").write_text("".join(json.dumps(s) + "\n" for s in scenes))
    return root


def test_it_works(tmp_path: Path) -> None:
    manifest = Manifest.read(write_pack(tmp_path, [SOFA, LAMP], [ROOM, HALL]))
    assert manifest.categories == ("lamp", "sofa")
    assert [p.id for p in manifest.products] == ["sofa-1", "lamp-1"]
    assert manifest.products[0].image == tmp_path / "products/sofa-1.jpg"
    assert manifest.products[0].variant_group == "sofa-a"
    [item] = manifest.scenes[0].objects
    assert (item.box, item.category, item.product, item.visible) == (Box(0.1, 0.2, 0.5, 0.9), "sofa", "sofa-1", 0.8)
    assert [s.split for s in manifest.scenes] == ["test", "train"]


def test_categories_of_the_taxonomy_count_even_if_unused(tmp_path: Path) -> None:
    write_pack(tmp_path, [SOFA], [])
    (tmp_path / "categories.json").write_text('[{"slug": "rug", "name": "Rug"}]')
    assert Manifest.read(tmp_path).categories == ("rug", "sofa")


def test_train_leaves_test_products_out_and_test_searches_them_all(tmp_path: Path) -> None:
    manifest = Manifest.read(write_pack(tmp_path, [SOFA, LAMP], [ROOM, HALL]))
    train, test = manifest.part("train"), manifest.part("test")
    assert ([p.id for p in train.products], [s.id for s in train.scenes]) == (["sofa-1"], ["hall-1"])
    assert ([p.id for p in test.products], [s.id for s in test.scenes]) == (["sofa-1", "lamp-1"], ["room-1"])
    assert train.categories == manifest.categories


def test_held_out_is_all_that_nothing_was_learned_from(tmp_path: Path) -> None:
    attic = {"id": "attic-1", "image": "scenes/attic-1.jpg", "split": "val"}
    manifest = Manifest.read(write_pack(tmp_path, [SOFA, LAMP], [attic, ROOM, HALL]))
    held = manifest.held_out()
    assert [(scene.id, scene.split) for scene in held.scenes] == [("room-1", "test"), ("attic-1", "test")]
    assert held.products == manifest.products
    assert held.part("test").scenes == held.scenes
    without = Manifest.read(write_pack(tmp_path / "less", [SOFA, LAMP], [ROOM, HALL])).held_out()
    assert len({held.hash, without.hash, manifest.hash}) == 3, (
        "what was found is kept by the scenes that were looked at"
    )


def test_the_hash_follows_the_content_and_not_the_place(tmp_path: Path) -> None:
    first = Manifest.read(write_pack(tmp_path / "a", [SOFA, LAMP], [ROOM]))
    same = Manifest.read(write_pack(tmp_path / "b", [SOFA, LAMP], [ROOM]))
    moved = {**ROOM, "objects": [{"box": [0.1, 0.2, 0.5, 0.8], "category": "sofa"}]}
    other = Manifest.read(write_pack(tmp_path / "c", [SOFA, LAMP], [moved]))
    assert first.hash == same.hash
    assert first.hash != other.hash
    assert first.hash != first.part("train").hash


def test_merge_keeps_a_shared_product_once_and_every_scene(tmp_path: Path) -> None:
    first = Manifest.read(write_pack(tmp_path / "a", [SOFA], [ROOM]))
    second = Manifest.read(write_pack(tmp_path / "b", [SOFA, LAMP], [ROOM, HALL]))
    both = merge(first, second, first)
    assert [p.id for p in both.products] == ["sofa-1", "lamp-1"]
    assert [s.image.parent.parent.name for s in both.scenes] == ["a", "b", "b"]
    assert both.categories == ("lamp", "sofa")


def test_merge_refuses_a_product_of_two_categories(tmp_path: Path) -> None:
    first = Manifest.read(write_pack(tmp_path / "a", [SOFA], []))
    second = Manifest.read(write_pack(tmp_path / "b", [{**SOFA, "category": "bed"}], []))
    with pytest.raises(ManifestError, match="sofa-1 is a sofa in one pack and a bed in another"):
        merge(first, second)


@pytest.mark.parametrize(
    ("scene", "complaint"),
    [
        ({"image": "x.jpg"}, "line 2: 'id' must be a text"),
        ({"id": "x", "image": "/etc/passwd"}, "must lie inside the pack's folder"),
        ({"id": "x", "image": "../x.jpg"}, "must lie inside the pack's folder"),
        (
            {"id": "x", "image": "x.jpg", "objects": [{"box": [0.5, 0, 0.2, 1], "category": "sofa"}]},
            "line 2, object 1: box",
        ),
        ({"id": "x", "image": "x.jpg", "objects": [{"box": [0, 0, 1], "category": "sofa"}]}, "four numbers"),
        ({"id": "x", "image": "x.jpg", "objects": [{"box": [0, 0, 1, 1]}]}, "'category' must be a text"),
        ({"id": "x", "image": "x.jpg", "objects": "sofa"}, "must be a list of JSON objects"),
        (
            {"id": "x", "image": "x.jpg", "objects": [{"box": [0, 0, 1, 1], "category": "sofa", "visible": 3}]},
            "'visible' must lie in",
        ),
        (
            {"id": "x", "image": "x.jpg", "objects": [{"box": [0, 0, 1, 1], "category": "sofa", "product": "ghost"}]},
            "names product 'ghost'",
        ),
        ({"id": "room-1", "image": "x.jpg"}, "id 'room-1' appears twice"),
        ({"id": "x", "image": "x.jpg", "incomplete": "yes"}, "'incomplete' must be true or false"),
        ({"id": "x", "image": "x.jpg", "checked": [[0, 0, 2, 1]]}, "checked area"),
        ({"id": "x", "image": "x.jpg", "checked": [3]}, "'checked' must be a list of boxes"),
        (
            {
                "id": "x",
                "image": "x.jpg",
                "objects": [{"box": [0, 0, 1, 1], "category": "sofa", "rejected": ["ghost"]}],
            },
            "names product 'ghost'",
        ),
    ],
)
def test_a_bad_scene_is_named(tmp_path: Path, scene: dict[str, Any], complaint: str) -> None:
    write_pack(tmp_path, [SOFA], [ROOM, scene])
    with pytest.raises(ManifestError, match=complaint) as caught:
        Manifest.read(tmp_path)
    assert "scenes.jsonl" in str(caught.value)


def test_a_line_that_is_no_json_is_named(tmp_path: Path) -> None:
    write_pack(tmp_path, [SOFA], [])
    (tmp_path / "scenes.jsonl").write_text('\n{"id": \n')
    with pytest.raises(ManifestError, match=r"scenes\.jsonl line 2: not JSON"):
        Manifest.read(tmp_path)


def test_a_folder_that_is_no_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="give the folder of a pack"):
        Manifest.read(tmp_path)


def test_what_is_not_known_of_a_scene_is_read_and_counts_in_its_hash(tmp_path: Path) -> None:
    item = {"box": [0, 0, 1, 1], "category": "sofa"}
    plain = {"id": "x", "image": "x.jpg", "objects": [item]}
    marked = {**plain, "incomplete": True, "checked": [[0, 0, 0.5, 1]]}
    marked["objects"] = [{**item, "rejected": [SOFA["id"]]}, {**item, "crowd": True}, {**item, "ignore": True}]
    manifests = []
    for record in (plain, {**plain, "incomplete": False, "checked": []}, marked):
        write_pack(tmp_path, [SOFA], [record])
        manifests.append(Manifest.read(tmp_path))
    [scene] = manifests[2].scenes
    assert (scene.incomplete, scene.checked) == (True, (Box(0, 0, 0.5, 1),))
    assert [o.ignore for o in scene.objects] == [False, True, True]
    assert [o.rejected for o in scene.objects] == [(SOFA["id"],), (), ()]
    assert manifests[0].hash == manifests[1].hash != manifests[2].hash


def test_products_without_a_place_are_listed(tmp_path: Path) -> None:
    pack = write_pack(tmp_path / "one", [SOFA, LAMP], [HALL | {"product_ids": ["lamp-1", "sofa-1"]}])
    assert Manifest.read(pack).scenes[0].listed == ("lamp-1", "sofa-1")
    silent = Manifest.read(write_pack(tmp_path / "two", [SOFA, LAMP], [HALL]))
    assert silent.scenes[0].listed == ()
    assert silent.hash == Manifest.read(write_pack(tmp_path / "six", [SOFA, LAMP], [HALL | {"product_ids": []}])).hash
    assert silent.hash != Manifest.read(pack).hash


def test_a_listed_product_must_be_in_the_catalogue(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"scene 'hall-1' names product 'desk-1', not in products\.jsonl"):
        Manifest.read(write_pack(tmp_path, [SOFA], [HALL | {"product_ids": ["desk-1"]}]))
