"""Every kind of bad row is told by file and line with what to do, and the good rows go in all the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labeling.catalog.importers import pack_import
from labeling.catalog.models import Product, Scene
from tests.labeling.catalog.packs import PRODUCTS, SCENES, write_boxes, write_pack
from tests.world import picture

pytestmark = pytest.mark.django_db
GOOD, NEXT = PRODUCTS


def problems(pack: Path) -> list[str]:
    return pack_import(folder=pack).problems.kept


def test_it_works(tmp_path: Path) -> None:
    assert problems(write_pack(tmp_path / "pack")) == []


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({**NEXT, "image": "images/gone.jpg"}, "is not in the pack. Add the file"),
        ({**NEXT, "image": "images"}, "is not in the pack"),
        ({**NEXT, "image": "../lamp.jpg"}, "leads out of the pack"),
        ({**NEXT, "image": "/etc/passwd"}, "leads out of the pack"),
        ({**NEXT, "image": "images/link.jpg"}, "link out of the pack"),
        ({**NEXT, "image": "images/cut.jpg"}, "not a whole picture"),
        ({**NEXT, "image": "images/text.jpg"}, "not a whole picture"),
        ({**NEXT, "image": "images/picture.svg"}, "not a whole picture"),
        ({**NEXT, "image": "images/heavy.jpg"}, "bytes is more than 20000. Save it smaller"),
        ({**NEXT, "image": "images/wide.png"}, "pixels. Save it smaller"),
        ({**NEXT, "id": "s-1"}, "id 's-1' is on line 1 already"),
        ({**NEXT, "id": 7}, "id is a number. Write a text"),
        ({**NEXT, "id": ""}, "id is missing"),
        ({"id": "x", "category": "sofa"}, "image is missing"),
        ({"id": "x", "image": "images/lamp.jpg"}, "category is missing"),
        ({**NEXT, "category": "日本"}, "is no slug"),
        ({**NEXT, "title": ["a"]}, "title is a list. Write a text"),
        ({**NEXT, "title": "x" * 501}, "501 characters. Cut it to 500"),
        ({**NEXT, "price": "cheap"}, "price is 'cheap'"),
        ({**NEXT, "price": -1}, "price is -1"),
        ({**NEXT, "price": True}, "price is True"),
        ({**NEXT, "price": 1e300}, "price is 1e+300"),
        ({**NEXT, "currency": "euros"}, "currency is 'EUROS'"),
        ({**NEXT, "available": "yes"}, "available is a text. Write true or false"),
        ({**NEXT, "fresh_until": "soon"}, "fresh_until is 'soon'"),
        ({**NEXT, "fresh_until": "2027-02-31"}, "fresh_until is '2027-02-31'"),
        ({**NEXT, "url": "javascript:alert(1)"}, "Begin with http:// or https://"),
        ({**NEXT, "domain": "http://a.example"}, "is no host name"),
        ({**NEXT, "attributes": 3}, "attributes is a number. Write an object"),
        ({**NEXT, "title": "a\x00b"}, "NUL"),
        (b'{"id": "x", "title": "\xff"}', "not UTF-8 at byte 23"),
        (b'{"id": "x", "title": "\\ud800"}', "surrogate"),
        (b'{"id": "x",', "not JSON"),
        (b'{"id": NaN}', "NaN is no JSON number"),
        (b"[" * 100_000, "not JSON"),
        (b"[1]", "a list where one JSON object should be"),
    ],
)
def test_a_bad_product(tmp_path: Path, settings: Any, row: Any, said: str) -> None:
    settings.IMAGE_MAX_BYTES, settings.IMAGE_MAX_PIXELS = 20_000, 100_000
    pack = write_pack(tmp_path / "pack", products=[GOOD, row, {**NEXT, "id": "last"}])
    images = pack / "images"
    (images / "cut.jpg").write_bytes(picture("red", 300, 200)[:-200])
    (images / "text.jpg").write_text("no picture")
    (images / "picture.svg").write_text("<svg><script>alert(1)</script></svg>")
    (images / "heavy.jpg").write_bytes(picture() + b"\0" * 20_000)
    (images / "wide.png").write_bytes(picture("red", 1000, 101))
    (images / "link.jpg").symlink_to(Path(__file__).resolve())
    [problem] = problems(pack)
    assert problem.startswith("products.jsonl:2: ") and said in problem
    assert set(Product.objects.values_list("external_id", flat=True)) == {"s-1", "last"}
    assert Scene.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"objects": [{"box": [0, 0, 1.2, 1], "category": "sofa"}]}, "objects[0].box [0, 0, 1.2, 1] is out of range"),
        ({"objects": [{"box": [0.5, 0, 0.5, 1], "category": "sofa"}]}, "out of range"),
        ({"objects": [{"box": [0, 0, 1], "category": "sofa"}]}, "is not four numbers"),
        ({"objects": [{"box": [0, 0, True, 1], "category": "sofa"}]}, "is not four numbers"),
        ({"objects": [{"box": [0, 0, 1, 1]}]}, "objects[0].category is missing"),
        ({"objects": [{"box": [0, 0, 1, 1], "category": "sofa", "visible": 2}]}, "visible is 2"),
        ({"objects": {"box": 1}}, "objects is an object. Write a list"),
        ({"objects": ["sofa"]}, "objects[0] is a text"),
        ({"product_ids": [1]}, "product_ids is not a list of texts"),
        ({"boards": "Cosy"}, "boards is not a list of texts"),
        ({"organic": 1}, "organic is a number"),
        ({"source_url": "ftp://a.example/x"}, "Begin with http"),
        ({"source_url": "http://[::1"}, "is no web address"),
    ],
)
def test_a_bad_scene(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    pack = write_pack(tmp_path / "pack", scenes=[{**SCENES[0], **change}, SCENES[1]])
    [problem] = problems(pack)
    assert problem.startswith("scenes.jsonl:1: ") and said in problem
    assert list(Scene.objects.values_list("external_id", flat=True)) == ["r-2"]


BOX = {"id": 2, "image_id": 7, "category_id": 1, "bbox": [0, 0, 10, 10]}
FIRST = {"id": 1, "image_id": 7, "category_id": 1, "bbox": [16, 12, 32, 24]}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({**BOX, "category_id": 99}, "category_id 99 of annotation 2 is not defined"),
        ({**BOX, "category_id": [1]}, "category_id [1] of annotation 2 is not defined"),
        ({**BOX, "image_id": 99}, "image_id 99 of annotation 2 is not defined"),
        ({**BOX, "bbox": [0, 0, 100, 10]}, "bbox [0, 0, 100, 10] of annotation 2 is out of range for 64x48"),
        ({**BOX, "bbox": [0, 0, 0, 10]}, "out of range"),
        ({**BOX, "bbox": "all"}, "is not four numbers"),
        ({**BOX, "id": 1}, "id 1 of annotations is on line 10 already"),
        ("box", "annotations holds a text"),
    ],
)
def test_a_bad_annotation(tmp_path: Path, entry: Any, said: str) -> None:
    pack = write_pack(tmp_path / "pack")
    write_boxes(pack, annotations=[FIRST, entry])
    [problem] = problems(pack)
    assert problem.startswith("annotations.json:11: ") and said in problem
    assert len(Scene.objects.get(external_id="r-1").truth["objects"]) == 1


def test_a_picture_of_no_scene(tmp_path: Path) -> None:
    pack = write_pack(tmp_path / "pack", scenes=SCENES[1:])
    write_boxes(pack)
    [problem] = problems(pack)
    assert "annotations.json:7: file_name 'images/room-1.jpg' is the image of no scene" in problem


@pytest.mark.parametrize(
    "raw", [b"{", b"[]", b'{"images": [1', b'{"a": 1 "b": 2}', b'{"images": [1 2]}', b"", b"{1: 2}", b"\xff"]
)
def test_annotations_that_are_no_coco_file(tmp_path: Path, raw: bytes) -> None:
    pack = write_pack(tmp_path / "pack")
    (pack / "annotations.json").write_bytes(raw)
    [problem] = problems(pack)
    assert problem.startswith("annotations.json: not ")
    assert Scene.objects.count() == 2


def test_a_taxonomy_that_does_not_hold(tmp_path: Path) -> None:
    pack = write_pack(tmp_path / "pack")
    entries = [
        *[{"slug": "sofa", "parent": "seat"}, {"slug": "seat", "parent": "sofa"}, {"slug": "bed", "parent": "none"}],
        *[{"slug": "sofa"}, {"name": "nameless"}, 3],
    ]
    (pack / "categories.json").write_text(json.dumps(entries))
    (pack / "category_map.json").write_text(json.dumps({"couch": "sofa", "light": "bulb"}))
    said = "\n".join(problems(pack))
    for part in (
        "'sofa' is its own ancestor",
        "parent 'none' of 'bed'",
        "slug 'sofa' is there twice",
        "slug is missing",
    ):
        assert part in said
    assert "products.jsonl:2: category 'lamp' is not defined. Add it to categories.json" in said
    assert "category_map.json: 'light' leads to 'bulb', which is no category" in said
    assert list(Product.objects.values_list("external_id", flat=True)) == ["s-1"]


@pytest.mark.parametrize("name", ["categories.json", "category_map.json"])
@pytest.mark.parametrize("raw", [b"{", b"3", b"\xff"])
def test_a_taxonomy_that_cannot_be_read(tmp_path: Path, name: str, raw: bytes) -> None:
    pack = write_pack(tmp_path / "pack")
    (pack / name).write_bytes(raw)
    [problem] = problems(pack)
    assert problem.startswith(f"{name}: ")
    assert Product.objects.count() == 2
