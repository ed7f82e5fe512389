"""Packs: complete, honest about their split, and resumable after any interruption."""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from showroom.__main__ import make_maker, parser
from showroom.captions import OWNED_DOMAIN, caption_of
from showroom.catalogue import CATEGORIES, catalogue
from showroom.collage import CollageMaker
from showroom.llvm import newest_llvm
from showroom.makers import MIN_PIXELS, scene_truth
from showroom.pack import write_pack
from showroom.planning import PlannedRoom, held_out_share, plan_rooms
from showroom.projection import project
from showroom.types import ProductSpec, Room, SceneTruth

ROOMS, CAMERAS = 4, 2


class RectangleMaker:
    """Draws each object as a plain square round its projected middle, and counts what it made."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.products: list[str] = []
        self.rooms: list[int] = []
        self.stop_after = stop_after

    def product(self, spec: ProductSpec, *, view: int = 0) -> Image.Image:
        if self.stop_after is not None and len(self.products) >= self.stop_after:
            raise KeyboardInterrupt
        self.products.append(spec.id)
        return Image.new("RGB", (32, 32), (view, len(spec.id), 90))

    def scenes(self, room: Room) -> list[tuple[Image.Image, SceneTruth]]:
        self.rooms.append(room.seed)
        return [self._scene(room, number) for number in range(len(room.cameras))]

    def _scene(self, room: Room, number: int) -> tuple[Image.Image, SceneTruth]:
        camera = room.cameras[number]
        canvas = Image.new("I", (camera.width, camera.height), -1)
        pen = ImageDraw.Draw(canvas)
        for index, placement in enumerate(room.placements):
            x, y, depth = project(placement.position[None], camera)[0]
            if depth > 0:
                pen.rectangle((x - 12, y - 12, x + 12, y + 12), fill=index)
        owners = np.asarray(canvas).astype(np.int64)
        picture = Image.fromarray(((owners + 1) * 9 % 256).astype(np.uint8)).convert("RGB")
        return picture, scene_truth(room, number, owners, [25 * 25] * len(room.placements))


@cache
def products() -> tuple[ProductSpec, ...]:
    return tuple(catalogue(families=3, variants=(1, 2), per_category=4))


@cache
def rooms() -> tuple[PlannedRoom, ...]:
    return tuple(plan_rooms(products(), rooms=ROOMS, cameras=CAMERAS))


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_it_works(tmp_path: Path) -> None:
    lines: list[str] = []
    write_pack(tmp_path, RectangleMaker(), products(), rooms(), note=lines.append)
    shop, scenes = rows(tmp_path / "products.jsonl"), rows(tmp_path / "scenes.jsonl")
    assert [row["id"] for row in shop] == [spec.id for spec in products()]
    assert [row["id"] for row in scenes] == [f"room-{n:04d}-{c}" for n in range(ROOMS) for c in "ab"]
    for row in shop + scenes:
        with Image.open(tmp_path / row["image"]) as picture:
            assert picture.format == "JPEG"
    assert not list(tmp_path.rglob("*.part"))
    slugs = [entry["slug"] for entry in json.loads((tmp_path / "categories.json").read_text(encoding="utf-8"))]
    assert slugs == [category.slug for category in CATEGORIES]
    assert any("room 3" in line for line in lines)


def test_objects_name_products_of_the_pack_and_lie_in_the_picture(tmp_path: Path) -> None:
    write_pack(tmp_path, RectangleMaker(), products(), rooms())
    kinds = {row["id"]: row["category"] for row in rows(tmp_path / "products.jsonl")}
    seen = [item for row in rows(tmp_path / "scenes.jsonl") for item in row["objects"]]
    assert len(seen) > 20
    for item in seen:
        left, top, right, bottom = item["box"]
        assert 0 <= left < right <= 1 and 0 <= top < bottom <= 1
        assert kinds[item["product"]] == item["category"]
        assert 0.08 <= item["visible"] <= 1


def test_train_scenes_show_nothing_held_out_and_test_scenes_mostly_that(tmp_path: Path) -> None:
    write_pack(tmp_path, RectangleMaker(), products(), rooms())
    split = {row["id"]: row["split"] for row in rows(tmp_path / "products.jsonl")}
    assert {spec.id for spec in products() if spec.held_out} == {name for name, part in split.items() if part == "test"}
    for row in rows(tmp_path / "scenes.jsonl"):
        if row["split"] == "train":
            assert {split[item["product"]] for item in row["objects"]} == {"train"}
    assert [planned.split for planned in rooms()] == ["train", "train", "train", "test"]
    usual = sum(spec.held_out for spec in products()) / len(products())
    assert held_out_share(rooms()[3].room.placements) > max(1.5 * usual, 0.35)


def test_a_room_shows_one_variant_of_a_trainable_family() -> None:
    for planned in rooms()[:3]:
        ids = {placement.product.id: placement.product.variant_group for placement in planned.room.placements}
        assert len(set(ids.values())) == len(ids)


def test_a_second_run_makes_nothing_anew(tmp_path: Path) -> None:
    write_pack(tmp_path, RectangleMaker(), products(), rooms())
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    again = RectangleMaker()
    write_pack(tmp_path, again, products(), rooms())
    assert (again.products, again.rooms) == ([], [])
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_only_what_is_missing_is_made(tmp_path: Path) -> None:
    write_pack(tmp_path, RectangleMaker(), products(), rooms())
    lost = products()[7].id
    (tmp_path / f"images/products/{lost}.jpg").unlink()
    (tmp_path / "images/scenes/room-0002-b.jpg").unlink()
    again = RectangleMaker()
    write_pack(tmp_path, again, products(), rooms())
    assert (again.products, again.rooms) == ([lost], [2])


def test_an_interrupted_run_leaves_a_usable_part_and_goes_on(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write_pack(tmp_path, RectangleMaker(stop_after=50), products(), rooms())
    part = rows(tmp_path / "products.jsonl") + rows(tmp_path / "scenes.jsonl")
    assert 0 < len(rows(tmp_path / "scenes.jsonl")) < ROOMS * CAMERAS
    assert all((tmp_path / row["image"]).exists() for row in part)
    rest = RectangleMaker()
    write_pack(tmp_path, rest, products(), rooms())
    assert len(rest.products) == len(products()) - 50
    assert len(rows(tmp_path / "scenes.jsonl")) == ROOMS * CAMERAS


def test_truth_holds_exactly_the_visible_pixels() -> None:
    room = rooms()[0].room
    owners = np.random.default_rng(0).integers(-1, 2, (48, 64))
    owners[:, 40:] = -1
    owners[10, 10:20] = 2
    covered = [4000, 10**6, 10] + [0] * len(room.placements)
    truth = scene_truth(room, 1, owners, covered)
    count, left, top, right, bottom = 0, 64, 48, 0, 0
    for y in range(48):
        for x in range(64):
            if owners[y, x] == 0:
                count += 1
                left, top, right, bottom = min(left, x), min(top, y), max(right, x + 1), max(bottom, y + 1)
    (only,) = truth.objects  # the second is visible by under 8 %, the third has too few pixels
    assert count >= MIN_PIXELS
    assert only.product == room.placements[0].product.id
    assert only.box == (left / 64, top / 48, right / 64, bottom / 48)
    assert only.visible == pytest.approx(count / 4000)
    assert only.truncated
    assert truth.id == "room-0000-b"


def test_some_scenes_are_on_the_brand_owners_domain_and_a_few_are_special() -> None:
    captions = [caption_of(SceneTruth(f"room-{n:04d}-a", "living", ()), n) for n in range(120)]
    owned = [caption for caption in captions if caption.domain == OWNED_DOMAIN]
    assert len(owned) == 14
    assert all(caption.source_url.startswith(f"https://{caption.domain}/") for caption in captions)
    assert all(1 <= len(set(caption.boards)) == len(caption.boards) <= 3 for caption in captions)
    assert sum(caption.business_account for caption in captions) in (2, 3)
    assert sum(not caption.organic for caption in captions) == 1
    assert captions[5] == caption_of(SceneTruth("room-0005-a", "living", ()), 5)


def test_the_command_line_offers_both_makers() -> None:
    given = parser().parse_args(["pack", "out", "--maker", "photo", "--rooms", "2", "--spp", "4"])
    assert (given.maker, given.rooms, given.cameras, given.seed, given.spp) == ("photo", [2], 4, 0, 4)
    assert isinstance(make_maker("collage", 8), CollageMaker)


def test_without_the_photo_extra_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "showroom.photo", raising=False)
    monkeypatch.setitem(sys.modules, "pyoidn", None)
    with pytest.raises(SystemExit, match="install mitsuba and pyoidn"):
        make_maker("photo", 8)


def test_the_newest_usable_llvm_is_chosen(tmp_path: Path) -> None:
    for name in ("libLLVM-14.so.1", "libLLVM-15.so", "libLLVM.so.19.1", "libLLVM-17.so.1", "libclang.so.20"):
        (tmp_path / name).touch()
    assert newest_llvm([tmp_path]) == tmp_path / "libLLVM.so.19.1"
    assert newest_llvm([tmp_path / "nowhere"]) is None
