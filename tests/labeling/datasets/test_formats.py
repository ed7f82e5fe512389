"""Each format writes what others read, and reads back what it wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from labeling.datasets.formats import coco, stl
from labeling.datasets.formats.rows import FormatError, PairRow
from labeling.datasets.services import pairs_admit
from models_ml.types import Box
from tests.labeling.tagging import resolve
from tests.world import World, make_scene


def row(scene: str, product: str, box: Box, *, category: str = "sofa", grade: str = "exact") -> PairRow:
    return PairRow(scene, product, box, category, grade, f"images/{scene}.jpg", 640, 427)


ROWS = [
    row("room-1", "sofa-1", Box(0.25, 0.5, 0.75, 1.0)),
    row("room-1", "lämp-2", Box(0.0, 0.0, 1.0, 1.0), category="lamp", grade="similar"),
    row("room-2", "sofa-1", Box(0.123456789, 1 / 3, 0.987654321, 2 / 3)),
]


def test_it_works(tmp_path: Path) -> None:
    assert stl.write(ROWS, tmp_path / "pairs.jsonl") == 3
    assert (tmp_path / "pairs.jsonl").read_text(encoding="utf-8").splitlines()[:2] == [
        '{"product": "sofa-1", "scene": "room-1", "bbox": [0.25, 0.5, 0.75, 1.0]}',
        '{"product": "lämp-2", "scene": "room-1", "bbox": [0.0, 0.0, 1.0, 1.0]}',
    ]
    assert list(stl.read(tmp_path / "pairs.jsonl")) == [(each.product, each.scene, each.box) for each in ROWS]


def test_coco_golden(tmp_path: Path) -> None:
    assert coco.write(ROWS[:2], tmp_path / "pairs.json") == 2
    assert json.loads((tmp_path / "pairs.json").read_text()) == {
        "images": [{"id": 1, "file_name": "images/room-1.jpg", "width": 640, "height": 427, "scene_id": "room-1"}],
        "annotations": [
            {
                "id": 1, "image_id": 1, "category_id": 1, "bbox": [160.0, 213.5, 320.0, 213.5], "area": 68320.0,
                "iscrowd": 0, "attributes": {"product_id": "sofa-1", "grade": "exact"},
            },
            {
                "id": 2, "image_id": 1, "category_id": 2, "bbox": [0.0, 0.0, 640.0, 427.0], "area": 273280.0,
                "iscrowd": 0, "attributes": {"product_id": "lämp-2", "grade": "similar"},
            },
        ],
        "categories": [
            {"id": 1, "name": "sofa", "supercategory": ""},
            {"id": 2, "name": "lamp", "supercategory": ""},
        ],
    }  # fmt: skip


def test_coco_there_and_back(tmp_path: Path) -> None:
    coco.write(ROWS, tmp_path / "pairs.json")
    back = list(coco.read(tmp_path / "pairs.json"))
    assert len(back) == len(ROWS)
    for before, after in zip(ROWS, back, strict=True):
        assert after.box == pytest.approx(before.box, abs=1e-6)
        names = ("scene", "product", "category", "grade", "image", "width", "height")
        assert [getattr(after, name) for name in names] == [getattr(before, name) for name in names]


def test_no_pairs_is_a_whole_file(tmp_path: Path) -> None:
    coco.write([], tmp_path / "pairs.json")
    assert list(coco.read(tmp_path / "pairs.json")) == []
    stl.write([], tmp_path / "pairs.jsonl")
    assert list(stl.read(tmp_path / "pairs.jsonl")) == []


@pytest.mark.parametrize("write", [stl.write, coco.write])
def test_a_failed_write_leaves_what_was_there(write: object, tmp_path: Path) -> None:
    out = tmp_path / "pairs"
    out.write_text("before")

    def broken() -> object:
        yield ROWS[0]
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        write(broken(), out)  # type: ignore[operator]
    assert [path.name for path in tmp_path.iterdir()] == ["pairs"]
    assert out.read_text() == "before"


def test_errors_name_the_line(tmp_path: Path) -> None:
    out = tmp_path / "pairs.jsonl"
    out.write_text('{"product": "a", "scene": "b", "bbox": [0, 0, 1, 1]}\n{"product": "a"}\n')
    with pytest.raises(FormatError, match="line 2"):
        list(stl.read(out))
    out.write_text("[]")
    with pytest.raises(FormatError, match="not a COCO file"):
        list(coco.read(out))


def test_the_command_writes_pack_ids(world: World, tmp_path: Path) -> None:
    wide = make_scene(world.vertical, "wide", width=300, height=100)
    pairs_admit(resolutions=[resolve(world, scene=wide, box=(0.5, 0.0, 1.0, 1.0)), resolve(world)])
    call_command("export_pairs", tmp_path / "a.jsonl", "--format", "stl", "--vertical", "home")
    call_command("export_pairs", tmp_path / "a.json", "--format", "coco")
    assert {(product, scene) for product, scene, _ in stl.read(tmp_path / "a.jsonl")} == {
        ("sofa-0", "wide"),
        ("sofa-0", "room-1"),
    }
    boxes = {each.scene: each.box for each in coco.read(tmp_path / "a.json")}
    assert boxes["wide"] == pytest.approx((0.5, 0.0, 1.0, 1.0), abs=1e-6)
    assert boxes["room-1"] == pytest.approx((0.2, 0.3, 0.5, 0.7), abs=1e-6)
    with pytest.raises(CommandError, match="Known: home"):
        call_command("export_pairs", tmp_path / "b.jsonl", "--vertical", "garden")
