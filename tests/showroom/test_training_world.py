"""A training world is a pack that resumes, and shows nothing held out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from PIL import Image

from showroom.catalogue import catalogue
from showroom.training_world import WorldPlan, write_world

PLAN = WorldPlan(rooms=1, cameras=1, first_room=701, processes=1, photos=False)


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_it_works(tmp_path: Path) -> None:
    write_world(tmp_path, PLAN)
    held_out = {product.id for product in catalogue() if product.held_out}
    listed = {str(row["id"]) for row in rows(tmp_path / "products.jsonl")}
    assert listed == {product.id for product in catalogue()} - held_out
    (scene,) = rows(tmp_path / "scenes.jsonl")
    assert scene["id"] == "room-0701-a"
    assert scene["split"] == "train"
    assert Image.open(tmp_path / str(scene["image"])).size == (640, 480)
    objects = scene["objects"]
    assert isinstance(objects, list)
    assert {item["product"] for item in objects} <= listed

    # A second run keeps what is there and adds only the missing room.
    before = (tmp_path / str(scene["image"])).stat().st_mtime_ns
    write_world(tmp_path, replace(PLAN, rooms=2))
    assert [row["id"] for row in rows(tmp_path / "scenes.jsonl")] == ["room-0701-a", "room-0702-a"]
    assert (tmp_path / str(scene["image"])).stat().st_mtime_ns == before


def test_rooms_go_round_the_collections(tmp_path: Path) -> None:
    write_world(tmp_path, replace(PLAN, rooms=2, collections=(3, 5)))
    shown = {}
    for scene in rows(tmp_path / "scenes.jsonl"):
        objects = scene["objects"]
        assert isinstance(objects, list)
        shown[scene["id"]] = {int(item["product"].split("-")[1]) // 1000 for item in objects}
    assert shown == {"room-0701-a": {5}, "room-0702-a": {3}}
