"""Worlds: whole packs from a style and a seed, the same for the same, without a leak between their parts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import showroom.worlds as worlds
from labeling.catalog.packs import lines, product_row, scene_row
from models_ml.manifest import Manifest
from showroom.__main__ import parser
from showroom.catalogue import catalogue
from showroom.fashion.shop import FASHION
from showroom.styles import STYLES, Style, one_variant_each, style_named
from showroom.types import ObjectTruth, ProductSpec, SceneTruth
from showroom.worlds import MOST_COLLECTIONS, World, draw_chapter, products_of, write_world

SETTINGS, SHOTS = 5, 2
FULL = SHOTS * SETTINGS


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def quick(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A style that draws plain pictures of what it is given, in short chapters. Returns the list of what it drew."""
    drawn: list[str] = []

    def product(spec: ProductSpec) -> Image.Image:
        drawn.append(spec.id)
        return Image.new("RGB", (8, 8), (spec.family % 200, spec.variant, 90))

    def setting(number: int, products: Any, shots: int) -> list[tuple[Image.Image, SceneTruth]]:
        drawn.append(f"setting {number}")
        chosen = [products[int(i)] for i in np.random.default_rng(number).choice(len(products), shots, replace=False)]
        return [
            (
                Image.new("RGB", (8, 8), (number % 250, shot, 30)),
                SceneTruth("?", "street", (ObjectTruth(p.id, p.category, (0.1, 0.1, 0.5, 0.6), 0.9, False),)),
            )
            for shot, p in enumerate(chosen)
        ]

    monkeypatch.setitem(STYLES, "quick", Style("quick", FASHION, product, setting))
    monkeypatch.setattr(worlds, "SETTINGS", SETTINGS)
    monkeypatch.setattr(worlds, "SHOTS", SHOTS)
    return drawn


def test_it_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)
    notes: list[str] = []
    write_world(tmp_path, World("quick", 2 * FULL - 1, 3), processes=1, note=notes.append)
    manifest = Manifest.read(tmp_path)
    assert len(manifest.scenes) == 2 * FULL - 1
    assert manifest.categories == tuple(sorted(category.slug for category in FASHION.categories))
    assert all(entry.image.is_file() for entry in (*manifest.scenes, *manifest.products))
    assert len(manifest.part("test").scenes) == 2 * SHOTS - 1
    assert notes[-1].startswith("3 of 3 chapters")
    assert not list(tmp_path.rglob("*.part"))


def test_the_importer_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)
    write_world(tmp_path, World("quick", 7), processes=1)
    for name, read in (("products.jsonl", product_row), ("scenes.jsonl", scene_row)):
        found = list(lines(tmp_path / name, read, lambda row: row.external_id))
        assert len(found) == len(rows(tmp_path / name))
        assert not [line.problem for line in found if line.problem]


def test_no_product_leaks_from_one_part_to_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)
    write_world(tmp_path, World("quick", 3 * FULL), processes=1)
    split = {row["id"]: row["split"] for row in rows(tmp_path / "products.jsonl")}
    group = {row["id"]: row["variant_group"] for row in rows(tmp_path / "products.jsonl")}
    seen: dict[str, set[str]] = {"train": set(), "test": set()}
    for row in rows(tmp_path / "scenes.jsonl"):
        for item in row["objects"]:
            assert split[item["product"]] == row["split"]
            seen[row["split"]].add(group[item["product"]])
    assert seen["train"] and seen["test"]
    assert not seen["train"] & seen["test"]


def test_the_same_world_has_the_same_bytes_however_it_came_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = quick(monkeypatch)
    world = World("quick", 2 * FULL)
    write_world(tmp_path / "whole", world, processes=1)
    # The other one begins smaller, loses a picture's chapter, and is drawn from its end.
    write_world(tmp_path / "pieces", replace(world, scenes=3), processes=1)
    draw_chapter(tmp_path / "pieces", world, 1)
    write_world(tmp_path / "pieces", world, processes=1)
    assert contents(tmp_path / "whole") == contents(tmp_path / "pieces")
    drawn.clear()
    write_world(tmp_path / "whole", world, processes=1)
    assert drawn == []


def test_a_stopped_run_leaves_a_usable_part_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = quick(monkeypatch)
    draw, world = worlds.draw_chapter, World("quick", 3 * FULL)

    def failing(out: Path, given: World, chapter: int) -> int:
        if chapter == 2:
            raise KeyboardInterrupt
        return draw(out, given, chapter)

    monkeypatch.setattr(worlds, "draw_chapter", failing)
    with pytest.raises(KeyboardInterrupt):
        write_world(tmp_path, world, processes=1)
    assert len(Manifest.read(tmp_path).scenes) == FULL
    monkeypatch.setattr(worlds, "draw_chapter", draw)
    drawn.clear()
    write_world(tmp_path, world, processes=1)
    assert len(Manifest.read(tmp_path).scenes) == 3 * FULL
    first = 1_000_000 + 2 * SETTINGS
    assert [name for name in drawn if name.startswith("setting")] == [f"setting {first + n}" for n in range(SETTINGS)]


def test_seeds_and_the_demo_pack_share_no_product() -> None:
    shown = [{p.id for p in products_of(World("home", 500, seed), chapter)} for seed in (0, 1) for chapter in (0, 1)]
    demo = {product.id for seed in (0, 1, 15) for product in catalogue(seed=seed)}
    assert not set.intersection(*shown)
    assert all(not ids & demo for ids in shown)
    assert sum(map(len, shown)) == len(set.union(*shown))


def test_a_large_world_goes_round_its_collections() -> None:
    world = World("fashion", 20_000)
    assert (world.blocks, world.collections, world.chapters) == (200, MOST_COLLECTIONS, 200)
    assert products_of(world, MOST_COLLECTIONS) == products_of(world, 0)
    assert sum(len(world.scenes_of(chapter)) for chapter in range(world.chapters)) == 20_000
    small = World("fashion", 150)
    assert (small.blocks, small.collections) == (2, 3)
    assert [len(small.scenes_of(chapter)) for chapter in range(small.chapters)] == [100, 50, 0]


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown style 'attic'; use one of home, home-dark, home-mono, fashion"):
        style_named("attic")
    with pytest.raises(ValueError, match="scenes=0"):
        write_world(tmp_path, World("home", 0))
    given = parser().parse_args(["world", "out", "--style", "home-dark", "--scenes", "20000", "--seed", "7"])
    assert (given.style, given.scenes, given.seed, given.processes) == ("home-dark", 20_000, 7, 2)


def test_one_variant_of_each_form_is_shown() -> None:
    chosen = one_variant_each(catalogue(), np.random.default_rng(0))
    assert len({product.variant_group for product in chosen}) == len(chosen)
    assert {product.variant_group for product in chosen} == {product.variant_group for product in catalogue()}


@pytest.mark.slow
def test_styles_look_different_and_keep_the_truth() -> None:
    """The same room by day, in the evening and in black and white: much darker, much greyer, and as full of things."""
    stock = products_of(World("home", 100, 7), 0)
    made = {name: STYLES[name].setting(8_000_004, stock, 1)[0] for name in ("home", "home-dark", "home-mono")}
    light = {name: np.asarray(picture.convert("RGB"), np.float64) for name, (picture, _) in made.items()}
    assert light["home-dark"].mean() < 0.7 * light["home"].mean()
    spread = {name: np.ptp(pixels, axis=2).mean() for name, pixels in light.items()}
    assert spread["home-mono"] < 0.5 * spread["home"]
    ids = {name: {item.product for item in truth.objects} for name, (_, truth) in made.items()}
    assert len(ids["home"] & ids["home-dark"]) >= 3
    assert len(ids["home"] & ids["home-mono"]) >= 3
