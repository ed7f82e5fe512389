"""What we write is read by pycocotools, torchvision, datasets and webdataset; elsewhere by the letter of the format."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path
from typing import Any

import datasets
import pytest
import webdataset
import yaml
from pycocotools.coco import COCO
from torchvision.datasets import CocoDetection, VOCDetection

from labeling.datasets.formats import Dataset, SceneRow, format_write
from labeling.datasets.formats.label_studio import config
from tests.labeling.datasets.formats.sets import CATEGORIES, SCENES, dataset, written
from tests.world import picture

BOXES = [(scene, item) for scene in SCENES for item in scene.objects]


def pictures(path: str) -> bytes:
    """A picture of the size that its scene says."""
    scene = next(each for each in SCENES if each.image == path)
    return picture("#808080", scene.width, scene.height)


def as_shares(sides: list[float], scene: SceneRow) -> list[float]:
    """Left, top, right and bottom in pixels, as shares of the picture."""
    return [side / whole for side, whole in zip(sides, (scene.width, scene.height) * 2, strict=True)]


def test_coco_for_pycocotools(tmp_path: Path) -> None:
    coco = COCO(str(written("coco", tmp_path)))
    assert {each["name"] for each in coco.loadCats(coco.getCatIds())} == set(CATEGORIES)
    assert [each["file_name"] for each in coco.loadImgs(sorted(coco.getImgIds()))] == [each.image for each in SCENES]
    found = coco.loadAnns(sorted(coco.getAnnIds()))
    assert len(found) == len(BOXES)
    for annotation, (scene, item) in zip(found, BOXES, strict=True):
        x, y, width, height = annotation["bbox"]
        sides = (x / scene.width, y / scene.height, (x + width) / scene.width, (y + height) / scene.height)
        assert sides == pytest.approx(item.box, abs=1e-9)
        assert annotation["area"] == pytest.approx(width * height)
        assert coco.cats[annotation["category_id"]]["name"] == item.category
    assert coco.getAnnIds(areaRng=[0, 1]) == []


def test_coco_for_torchvision(tmp_path: Path) -> None:
    for scene in SCENES:
        (tmp_path / scene.image).parent.mkdir(parents=True)
        (tmp_path / scene.image).write_bytes(pictures(scene.image))
    loaded = CocoDetection(str(tmp_path), str(written("coco", tmp_path)))
    assert [(image.size, len(found)) for image, found in loaded] == [
        ((each.width, each.height), len(each.objects)) for each in SCENES
    ]


def test_voc_for_torchvision(tmp_path: Path) -> None:
    home = tmp_path / "VOCdevkit" / "VOC2012"
    # That loader asks for .jpg, whatever the XML says.
    scenes = [replace(each, image=f"{each.image.rpartition('.')[0]}.jpg") for each in SCENES]
    sizes = {each.image: (each.width, each.height) for each in scenes}
    format_write("voc", dataset(scenes, picture=lambda path: picture("#808080", *sizes[path])), home)
    for split, wanted in (("train", scenes[:1]), ("val", scenes[1:2]), ("trainval", scenes[:2])):
        loaded = VOCDetection(str(tmp_path), image_set=split)
        assert [image.size for image, _ in loaded] == [(each.width, each.height) for each in wanted]
        for (_, said), scene in zip(loaded, wanted, strict=True):
            found = said["annotation"]["object"]
            assert [each["name"] for each in found] == [item.category for item in scene.objects]
            for each, item in zip(found, scene.objects, strict=True):
                sides = [float(each["bndbox"][corner]) for corner in ("xmin", "ymin", "xmax", "ymax")]
                assert as_shares(sides, scene) == pytest.approx(item.box, abs=1e-6)
    assert (home / "ImageSets/Main/test.txt").read_text() == f"{'d' * 64}\n"


def test_parquet_for_datasets(tmp_path: Path) -> None:
    path = written("parquet", tmp_path)
    loaded = datasets.load_dataset("parquet", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache"))
    rows: list[Any] = list(loaded)
    assert [row["product"] for row in rows] == [item.product for _, item in BOXES] + [None]
    for row, (scene, item) in zip(rows, BOXES, strict=False):
        assert [row[side] for side in item.box._fields] == pytest.approx(item.box, abs=1e-6)
        assert (row["scene"], row["category"], row["split"]) == (scene.scene, item.category, scene.split)
    assert rows[-1]["scene"] == "empty" and rows[-1]["left"] is None


@pytest.mark.parametrize("with_pictures", [False, True])
def test_samples_for_webdataset(with_pictures: bool, tmp_path: Path) -> None:
    path = written("webdataset", tmp_path, picture=pictures if with_pictures else None)
    samples = list(webdataset.WebDataset(str(path), shardshuffle=False).decode("pil"))
    assert [each["json"]["scene"] for each in samples] == [each.scene for each in SCENES]
    for sample, scene in zip(samples, SCENES, strict=True):
        assert sample["__key__"] == scene.stem
        assert [each["product"] for each in sample["json"]["objects"]] == [item.product for item in scene.objects]
        seen = [sample[ending].size for ending in ("jpg", "png", "webp") if ending in sample]
        assert seen == ([(scene.width, scene.height)] if with_pictures else [])


def test_yolo_by_the_letter(tmp_path: Path) -> None:
    """As Ultralytics finds it: data.yaml leads to a folder of pictures, whose labels lie where ``images`` reads ``labels``."""
    format_write("yolo", dataset(picture=pictures), tmp_path / "home")
    about = yaml.safe_load((tmp_path / "home" / "data.yaml").read_text())
    for split, scene in zip(("train", "val", "test"), SCENES, strict=True):
        (image,) = (tmp_path / "home" / about["path"] / about[split]).iterdir()
        labels = Path(str(image).replace("/images/", "/labels/")).with_suffix(".txt").read_text().splitlines()
        assert len(labels) == len(scene.objects)
        for line, item in zip(labels, scene.objects, strict=True):
            number, *rest = line.split()
            x, y, width, height = map(float, rest)
            assert about["names"][int(number)] == item.category
            sides = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            assert sides == pytest.approx(item.box, abs=1e-6)


def test_cvat_by_the_letter(tmp_path: Path) -> None:
    root = ElementTree.parse(written("cvat", tmp_path)).getroot()
    assert (root.tag, root.findtext("version")) == ("annotations", "1.1")
    labels = {each.findtext("name"): each for each in root.iterfind("meta/task/labels/label")}
    assert set(labels) == {*CATEGORIES, "scene"}
    declared = {each.findtext("name") for each in labels["sofa"].iterfind("attributes/attribute")}
    for image, scene in zip(root.iterfind("image"), SCENES, strict=True):
        assert (image.get("name"), image.get("subset")) == (scene.image, scene.split)
        for box, item in zip(image.iterfind("box"), scene.objects, strict=True):
            assert {each.get("name") for each in box.iterfind("attribute")} <= declared
            sides = [float(box.get(corner, "")) for corner in ("xtl", "ytl", "xbr", "ybr")]
            assert as_shares(sides, scene) == pytest.approx(item.box, abs=1e-6)
            assert box.get("label") == item.category


def test_label_studio_by_the_letter(tmp_path: Path) -> None:
    """Each result names a control of the labeling interface and its picture, and percentages stay within the picture."""
    tasks = json.loads(written("label-studio", tmp_path, address="http://here.example/media/").read_text())
    controls = {each.get("name"): each for each in ElementTree.fromstring(config(CATEGORIES)) if each.get("toName")}
    kinds = {"label": "rectanglelabels", "product": "textarea", "grade": "choices"}
    assert set(controls) == set(kinds)
    for task, scene in zip(tasks, SCENES, strict=True):
        assert task["data"]["image"] == f"http://here.example/media/{scene.image}"
        (annotation,) = task["annotations"]
        boxes = [each for each in annotation["result"] if each["type"] == "rectanglelabels"]
        for result in annotation["result"]:
            assert kinds[result["from_name"]] == result["type"]
            assert controls[result["from_name"]].get("toName") == result["to_name"] == "image"
        for box, item in zip(boxes, scene.objects, strict=True):
            value = box["value"]
            sides = (value["x"], value["y"], value["x"] + value["width"], value["y"] + value["height"])
            assert [side / 100 for side in sides] == pytest.approx(item.box, abs=1e-6)
            same = {each["from_name"]: each["value"] for each in annotation["result"] if each["id"] == box["id"]}
            assert same["product"]["text"] == [item.product] and same["grade"]["choices"] == [item.grade]


def test_pairs_by_the_letter_of_shop_the_look(tmp_path: Path) -> None:
    """The published files: pairs as JSON lines, and the category of each product as one object."""
    scenes = [SceneRow(each.scene, each.image, each.width, each.height, each.objects) for each in SCENES]
    format_write("stl", Dataset("home", CATEGORIES, scenes), tmp_path / "home")
    pairs = [json.loads(line) for line in (tmp_path / "home" / "home.json").read_text().splitlines()]
    assert pairs == [{"product": item.product, "scene": scene.scene, "bbox": list(item.box)} for scene, item in BOXES]
    categories = json.loads((tmp_path / "home" / "home-cat.json").read_text())
    assert categories == {"sofa-1": "sofa", "lämp 2": "lamp"}
