"""A pack goes in: good rows are there with all they say, and a second run adds just what was missing."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from labeling.catalog import importers
from labeling.catalog.importers import PackError, pack_import
from labeling.catalog.models import Category, Product, Scene, Vertical
from tests.labeling.catalog.packs import PRODUCTS, SCENES, write_boxes, write_pack

pytestmark = pytest.mark.django_db


def test_it_works(tmp_path: Path) -> None:
    report = pack_import(folder=write_pack(tmp_path / "Home pack"))
    assert (report.products_added, report.scenes_added, report.problems.count) == (2, 2, 0)
    assert report.vertical.slug == "home-pack"
    sofa = Product.objects.get(external_id="s-1")
    assert (sofa.title, sofa.price, sofa.attributes) == ("MÅLA", Decimal("99.50"), {"type": "Corner sofa"})
    lamp = Product.objects.get(external_id="l-1")
    assert lamp.brand is not None
    assert (lamp.title, lamp.brand.name, lamp.domain, lamp.category.slug) == ("Lamp", "Bram", "bram.example", "lamp")
    first, second = Scene.objects.order_by("external_id")
    assert (first.attributes, first.truth) == ({"split": "test"}, {"product_ids": ["s-1"]})
    assert second.domain == "blog.example"
    assert second.truth == {
        "objects": [{"box": [0.1, 0.2, 0.5, 0.9], "category": "sofa", "product": "s-1", "visible": 0.8}]
    }
    assert (second.width, second.height) == (64, 48)


def test_a_second_run_adds_nothing_and_reads_no_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = write_pack(tmp_path / "pack")
    pack_import(folder=pack)
    read: list[str] = []
    monkeypatch.setattr(importers, "image_read", lambda folder, image, limit: read.append(image))
    report = pack_import(folder=pack)
    assert (report.products_there, report.scenes_there, report.products_added, report.scenes_added) == (2, 2, 0, 0)
    assert not read and report.problems.count == 0


def test_after_mending_only_the_missing_goes_in(tmp_path: Path) -> None:
    pack = write_pack(tmp_path / "pack", products=[PRODUCTS[0], {**PRODUCTS[1], "image": "images/gone.jpg"}])
    assert pack_import(folder=pack).problems.count == 1
    report = pack_import(folder=write_pack(pack))
    assert (report.products_added, report.products_there, report.problems.count) == (1, 1, 0)


def test_coco_boxes_become_truth(tmp_path: Path) -> None:
    pack = write_pack(tmp_path / "pack")
    write_boxes(pack)
    report = pack_import(folder=pack)
    assert report.problems.count == 0
    assert Scene.objects.get(external_id="r-1").truth["objects"] == [
        {"box": [0.25, 0.25, 0.75, 0.75], "category": "sofa"}
    ]
    assert Category.objects.get(slug="wine-glass").name == "Wine glass"


def test_boxes_that_come_later_reach_scenes_that_are_there(tmp_path: Path) -> None:
    pack = write_pack(tmp_path / "pack")
    pack_import(folder=pack)
    write_boxes(pack)
    report = pack_import(folder=pack)
    assert (report.truths_changed, report.scenes_added) == (1, 0)
    assert "objects" in Scene.objects.get(external_id="r-1").truth


def test_the_taxonomy_of_the_pack(tmp_path: Path) -> None:
    pack = write_pack(tmp_path / "pack")
    entries = [
        {"slug": "sofa", "name": "Sofas", "parent": "seating"},
        {"slug": "seating", "name": "Seating"},
        {"slug": "lamp"},
    ]
    (pack / "categories.json").write_text(json.dumps(entries))
    (pack / "category_map.json").write_text(json.dumps({"couch": "sofa"}))
    report = pack_import(folder=pack)
    assert report.problems.count == 0
    sofa = Category.objects.get(slug="sofa")
    assert sofa.parent is not None
    assert (sofa.name, sofa.parent.slug) == ("Sofas", "seating")
    assert Vertical.objects.get().class_map == {"couch": "sofa"}


def test_the_same_picture_twice_is_one_scene(tmp_path: Path) -> None:
    pack = write_pack(tmp_path / "pack", scenes=[*SCENES, {"id": "r-3", "image": "images/room-1.jpg"}])
    for _ in range(2):
        report = pack_import(folder=pack)
        assert (report.scenes_same, report.problems.count) == (1, 0)
        assert "scenes.jsonl:3" in report.notes.kept[0] and "'r-1'" in report.notes.kept[0]
    assert Scene.objects.count() == 2
    assert Scene.objects.get(external_id="r-1").attributes["same_as"] == ["r-3"]


def test_all_fields_are_read(tmp_path: Path) -> None:
    full = {
        **PRODUCTS[0],
        **{"title": "Sofa", "description": "soft", "currency": "eur", "available": False, "fresh_until": "2027-01-31"},
        **{"variant_group": "v", "same_photo_group": "p", "attributes": {"color": "blue"}, "domain": "Shop.Example"},
    }
    scene = {
        **SCENES[0],
        "boards": ["Cosy"],
        "organic": False,
        "business_account": "acme",
        "title": "Den",
        "description": "d",
    }
    pack_import(folder=write_pack(tmp_path / "pack", products=[full], scenes=[scene]))
    product, made = Product.objects.get(), Scene.objects.get()
    assert (product.title, product.currency, product.available, product.domain) == (
        "Sofa",
        "EUR",
        False,
        "shop.example",
    )
    assert product.fresh_until == dt.datetime(2027, 1, 31, tzinfo=dt.UTC)
    assert product.attributes == {"color": "blue", "type": "Corner sofa"}
    assert (made.boards, made.organic, made.business_account, made.title) == (["Cosy"], False, "acme", "Den")


def test_a_folder_that_is_no_pack(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"neither products\.jsonl nor scenes\.jsonl"):
        pack_import(folder=tmp_path)
    with pytest.raises(CommandError):
        call_command("import_pack", str(tmp_path))
    assert not Vertical.objects.exists()


def test_the_command_says_what_it_did(tmp_path: Path, capsys: Any) -> None:
    call_command("import_pack", str(write_pack(tmp_path / "pack")), "--vertical", "Living room")
    assert "living-room: products 2 added, 0 there; scenes 2 added" in capsys.readouterr().out


def test_the_command_exits_1_for_a_bad_row(tmp_path: Path, capsys: Any) -> None:
    pack = write_pack(tmp_path / "pack", scenes=[SCENES[0], b"{"])
    with pytest.raises(SystemExit) as left:
        call_command("import_pack", str(pack))
    assert left.value.code == 1
    assert "scenes.jsonl:2: not JSON" in capsys.readouterr().err
    assert Scene.objects.count() == 1
