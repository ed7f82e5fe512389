"""A pack is split by the ids of its scenes, with its boxes, and without a copy of its pictures."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from PIL import Image

from models_ml.manifest import Manifest, ManifestError
from models_ml.split_pack import main, split_of, split_pack


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "pack"
    (folder / "images").mkdir(parents=True)
    names = [f"scene-{number}" for number in range(12)]
    for name in names:
        Image.new("RGB", (100, 50)).save(folder / "images" / f"{name}.jpg")
    rows = [{"id": name, "image": f"images/{name}.jpg"} for name in names]
    (folder / "scenes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def coco(pack: Path, *boxes: list[float], image: str = "images/scene-0.jpg") -> None:
    annotations = [{"id": i, "image_id": 7, "category_id": 3, "bbox": box} for i, box in enumerate(boxes, start=1)]
    images = [{"id": 7, "file_name": image, "width": 100, "height": 50}]
    record = {"categories": [{"id": 3, "name": "hat"}], "images": images, "annotations": annotations}
    (pack / "annotations.json").write_text(json.dumps(record))


def test_the_split_is_a_function_of_the_id(pack: Path, tmp_path: Path) -> None:
    counts = split_pack(pack, tmp_path / "out")
    expected = {
        f"scene-{n}": "test" if int(hashlib.sha256(f"scene-{n}".encode()).hexdigest(), 16) % 5 == 0 else "train"
        for n in range(12)
    }
    assert {scene.id: scene.split for scene in Manifest.read(tmp_path / "out").scenes} == expected
    assert counts == {split: list(expected.values()).count(split) for split in set(expected.values())}


def test_a_fifth_is_the_test_part() -> None:
    share = sum(split_of(str(number)) == "test" for number in range(5000)) / 5000
    assert 0.18 < share < 0.22


def test_coco_boxes_become_objects_inside_the_picture(pack: Path, tmp_path: Path) -> None:
    coco(pack, [10, 5, 20, 10], [90, 40, 30, 30], [100, 0, 5, 5])
    split_pack(pack, tmp_path / "out")
    [first] = [scene for scene in Manifest.read(tmp_path / "out").scenes if scene.id == "scene-0"]
    assert [(tuple(o.box), o.category) for o in first.objects] == [
        ((0.1, 0.1, 0.3, 0.3), "hat"),
        ((0.9, 0.8, 1.0, 1.0), "hat"),
    ]


def test_pictures_are_linked(pack: Path, tmp_path: Path) -> None:
    main([str(pack), str(tmp_path / "out")])
    assert (tmp_path / "out" / "images").resolve() == (pack / "images").resolve()


def test_boxes_of_other_pictures_are_refused(pack: Path, tmp_path: Path) -> None:
    coco(pack, [0, 0, 5, 5], image="elsewhere.jpg")
    with pytest.raises(ManifestError, match="no file_name is the image of a scene"):
        split_pack(pack, tmp_path / "out")


def test_a_pack_without_scenes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="no scenes to split"):
        split_pack(tmp_path, tmp_path / "out")
