"""Files that others wrote, with less in them than ours, or more."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from labeling.datasets.formats import FORMATS, SceneRow, format_write
from models_ml.types import Box
from tests.labeling.datasets.formats.sets import SCENES, assert_same, dataset, written


def read(name: str, path: Path) -> list[SceneRow]:
    return list(FORMATS[name].read(path))


def test_coco_in_any_order_with_text_ids(tmp_path: Path) -> None:
    path = tmp_path / "coco.json"
    path.write_text(
        json.dumps(
            {
                "annotations": [
                    {"id": 5, "image_id": "b", "category_id": 3, "bbox": [0, 0, 5, 5], "iscrowd": 0},
                    {"id": 6, "image_id": 1, "category_id": 3, "bbox": [-0.4, 10, 20.4, 10], "score": 0.5},
                    {"id": 7, "image_id": 1, "category_id": 3, "bbox": [0, 0, 5, 5], "iscrowd": 1},
                ],
                "categories": [{"id": 3, "name": "Wine glass"}],
                "licenses": [{"id": 1, "name": "CC"}], "info": {"year": 2026},
                "images": [
                    {"id": 1, "file_name": "x/a.jpg", "width": 40, "height": 20},
                    {"id": "b", "file_name": "b.jpg", "width": 10, "height": 10},
                    {"id": "1", "file_name": "c.jpg", "width": 10, "height": 10},
                ],
            }
        )
    )  # fmt: skip
    first, second, third = read("coco", path)
    assert (first.scene, first.image, first.width) == ("", "x/a.jpg", 40)
    (item,) = first.objects
    assert (item.box, item.category, item.score) == (Box(0.0, 0.5, 0.5, 1.0), "Wine glass", 0.5)
    assert [each.box for each in second.objects] == [Box(0, 0, 0.5, 0.5)]
    assert third.objects == ()


def test_label_studio_as_it_exports(tmp_path: Path) -> None:
    """Cancelled annotations, several of them, polygons, rotation about the top left, uploads with a prefix."""
    size = {"original_width": 200, "original_height": 100, "image_rotation": 0}
    box = {"x": 50, "y": 20, "width": 10, "height": 30, "rotation": 0, "rectanglelabels": ["sofa"]}
    turned = {**box, "rotation": 90}
    labelled = {"id": "a", "type": "rectanglelabels", "from_name": "l", "to_name": "image", **size}
    tasks = [
        {
            "id": 12, "data": {"image": "/data/upload/3/1a2b-room%201.jpg"},
            "annotations": [
                {"was_cancelled": False, "result": []},
                {"was_cancelled": False, "result": [
                    {**labelled, "value": turned}, {"type": "polygonlabels", "id": "p", "value": {"points": []}},
                    {"type": "taxonomy", "id": "a", "from_name": "product", "value": {"taxonomy": [["home", "sofa-1"]]}},
                ]},
                {"was_cancelled": True, "result": [{**labelled, "value": box}]},
            ],
            "predictions": [{"result": []}],
        },
        {
            "id": 13, "data": {"image": "/data/local-files/?d=rooms/2.jpg"}, "annotations": [],
            "predictions": [{"score": 0.5, "result": [{**labelled, "value": box, "score": 0.9}]}],
        },
    ]  # fmt: skip
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks))
    first, second = read("label-studio", path)
    assert (first.image, first.width, first.height) == ("data/upload/3/1a2b-room 1.jpg", 200, 100)
    (item,) = first.objects
    # 20 x 30 pixels, turned a quarter clockwise about (100, 20): from x 70 to 100, from y 20 to 40.
    assert item.box == pytest.approx((0.35, 0.2, 0.5, 0.4))
    assert (item.product, item.score) == ("sofa-1", None)
    assert second.image == "rooms/2.jpg"
    assert second.objects[0].box == pytest.approx((0.5, 0.2, 0.6, 0.5)) and second.objects[0].score == 0.9


def test_voc_without_extras(tmp_path: Path) -> None:
    (tmp_path / "voc" / "Annotations").mkdir(parents=True)
    (tmp_path / "voc" / "Annotations" / "a.xml").write_text(
        "<annotation><filename>a.jpg</filename><size><width>100</width><height>50</height><depth>3</depth></size>"
        "<object><name>chair</name><bndbox><ymin>5</ymin><xmin>10</xmin><xmax>50</xmax><ymax>60</ymax></bndbox></object>"
        "</annotation>"
    )
    (scene,) = read("voc", tmp_path / "voc")
    assert (scene.scene, scene.image, scene.split) == ("", "a.jpg", "")
    assert scene.objects[0].box == Box(0.1, 0.1, 0.5, 1.0)


def test_yolo_in_a_zip_with_scores_and_negatives(tmp_path: Path) -> None:
    path = tmp_path / "yolo.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("train/labels/a.txt", "1 0.5 0.5 0.2 0.4 0.75\n\n")
        archive.writestr("train/labels/b.txt", "")
        archive.writestr("README.roboflow.txt", "Thank you.")
        archive.writestr("data.yaml", "train: train/images\nnc: 2\nnames: ['lamp', 'sofa']\n")
    first, second = read("yolo", path)
    assert (first.stem, first.width) == ("a", 0)
    assert first.objects[0].box == pytest.approx((0.4, 0.3, 0.6, 0.7))
    assert (first.objects[0].category, first.objects[0].score) == ("sofa", 0.75)
    assert second.objects == ()


def test_cvat_in_a_zip_with_other_shapes(tmp_path: Path) -> None:
    path = tmp_path / "cvat.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "annotations.xml",
            '<?xml version="1.0"?><annotations><version>1.1</version><image id="0" name="a.jpg" width="100" height="50">'
            '<polygon label="sofa" points="1,1;2,2"/><box label="sofa" xtl="-3.5" ytl="0" xbr="50" ybr="25" occluded="0"/>'
            "</image></annotations>",
        )
    (scene,) = read("cvat", path)
    assert [each.box for each in scene.objects] == [Box(0.0, 0.0, 0.5, 0.5)]


def test_shop_the_look_as_published(tmp_path: Path) -> None:
    """Only pairs and categories, the pairs of a scene apart from one another."""
    pairs = [("p1", "s1", [0, 0, 0.5, 1]), ("p2", "s2", [0.25, 0.25, 1, 1]), ("p3", "s1", [0.5, 0, 1, 1])]
    (tmp_path / "home.json").write_text(
        "".join(json.dumps({"product": p, "scene": s, "bbox": b}) + "\n" for p, s, b in pairs)
    )
    (tmp_path / "home-cat.json").write_text(json.dumps({"p1": "Home|Sofa", "p2": "Home|Lamp"}))
    first, second = read("stl", tmp_path / "home.json")
    assert (first.scene, [each.product for each in first.objects]) == ("s1", ["p1", "p3"])
    assert [each.category for each in (*first.objects, *second.objects)] == ["Home|Sofa", "", "Home|Lamp"]


def test_an_archive_that_was_unpacked_and_packed_again(tmp_path: Path) -> None:
    for name in ("voc", "webdataset", "stl"):
        format_write(name, dataset(), tmp_path / name)
        path = tmp_path / f"{name}.tar"
        written(name, tmp_path)
        back = sorted(read(name, tmp_path / name), key=lambda each: [row.scene for row in SCENES].index(each.scene))
        assert_same(read(name, path), back)
