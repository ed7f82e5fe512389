"""Crops for training are cut, moved and letterboxed as the embedder will see them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models_ml.crops import Augmentation, look, read_crops
from models_ml.embedding import as_batch
from models_ml.images import crop, open_image
from models_ml.manifest import Manifest
from tests.tiny_pack import tiny_pack

STILL = Augmentation(jitter=0, occlude=0, light=0, tint=0, contrast=0, blur=0)


def test_it_works(tmp_path: Path) -> None:
    manifest = Manifest.read(tiny_pack(tmp_path / "pack"))
    crops = read_crops([manifest.part("train")], window=42)
    assert len(crops.names) == 6
    assert not any("sand" in name for name in crops.names)
    assert crops.windows.shape == (len(crops), 3, 42, 42)
    assert int(crops.photos.sum()) == 6
    objects = [o for s in manifest.part("train").scenes for o in s.objects if o.product in crops.names]
    assert int((~crops.photos).sum()) == len(objects)
    for label, category in zip(crops.labels.tolist(), crops.categories.tolist(), strict=True):
        assert crops.names[label].startswith(crops.category_names[category])
        assert crops.label_categories[label] == category


def test_a_look_that_changes_nothing_is_what_the_embedder_sees(tmp_path: Path) -> None:
    manifest = Manifest.read(tiny_pack(tmp_path / "pack")).part("train")
    crops = read_crops([manifest], window=84)
    found = look(crops, torch.arange(len(crops)), 32, STILL, torch.Generator().manual_seed(0))
    pictures = [open_image(p.image) for p in manifest.products]
    for scene in manifest.scenes:
        image = open_image(scene.image)
        pictures += [crop(image, o.box) for o in scene.objects if o.product in crops.names]
    expected = as_batch(pictures, 32)
    difference = torch.minimum(
        (found - expected).abs().mean((1, 2, 3)), (found.flip(3) - expected).abs().mean((1, 2, 3))
    )
    assert float(difference.max()) < 0.04


def test_a_tall_object_is_letterboxed(tmp_path: Path) -> None:
    folder = tiny_pack(tmp_path / "pack")
    Image.new("RGB", (20, 80), (250, 0, 0)).save(folder / "images" / "rug-red.png")
    crops = read_crops([Manifest.read(folder).part("train")], window=60)
    [pixels] = look(crops, torch.tensor([0]), 40, STILL, torch.Generator().manual_seed(0))
    red = (pixels[0] > 0.9) & (pixels[1] < 0.1)
    assert red.sum(1).tolist() == [10] * 40
    assert torch.equal(red[20].nonzero().flatten(), torch.arange(15, 25))


def test_looks_differ_but_follow_the_generator(tmp_path: Path) -> None:
    crops = read_crops([Manifest.read(tiny_pack(tmp_path / "pack")).part("train")], window=42)
    items = torch.tensor([0, 0, 7])
    one, two = (look(crops, items, 32, Augmentation(), torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(one, two)
    assert float((one[0] - one[1]).abs().mean()) > 0.005
    assert float(one.min()) >= 0
    assert float(one.max()) <= 1


def test_same_photo_products_share_a_label(tmp_path: Path) -> None:
    folder = tiny_pack(tmp_path / "pack")
    text = (folder / "products.jsonl").read_text()
    for colour in ("red", "green"):
        text = text.replace(f'"id": "rug-{colour}"', f'"id": "rug-{colour}", "same_photo_group": "rug-warm"')
    (folder / "products.jsonl").write_text(text)
    crops = read_crops([Manifest.read(folder).part("train")], window=20)
    assert "rug-warm" in crops.names
    assert len(crops.names) == 5


def test_nothing_to_learn_from_is_said(tmp_path: Path) -> None:
    (tmp_path / "scenes.jsonl").write_text("")
    with pytest.raises(ValueError, match="no crop"):
        read_crops([Manifest.read(tmp_path)], window=20)


def test_an_object_at_the_edge_keeps_to_the_picture(tmp_path: Path) -> None:
    folder = tiny_pack(tmp_path / "pack", scenes=1)
    line = (folder / "scenes.jsonl").read_text()
    (folder / "scenes.jsonl").write_text(line.replace("[0.06666666666666667, 0.125, ", "[0.0, 0.0, "))
    crops = read_crops([Manifest.read(folder).part("train")], window=42)
    edge = int((~crops.photos).nonzero()[0])
    assert crops.limits[edge, 0] == pytest.approx(crops.boxes[edge, 0])
    many = torch.full((64,), edge)
    found = look(crops, many, 32, Augmentation(occlude=0), torch.Generator().manual_seed(0))
    assert np.isfinite(found.numpy()).all()


def test_refused_products_come_along_but_for_twins_and_those_held_out(tmp_path: Path) -> None:
    folder = tiny_pack(tmp_path / "pack", scenes=2)
    text = (folder / "products.jsonl").read_text()
    for colour in ("red", "green"):
        text = text.replace(f'"id": "rug-{colour}"', f'"id": "rug-{colour}", "same_photo_group": "rug-warm"')
    (folder / "products.jsonl").write_text(text)
    scenes = [json.loads(line) for line in (folder / "scenes.jsonl").read_text().splitlines()]
    assert scenes[0]["objects"][0]["product"] == "rug-red"
    scenes[0]["objects"][0]["rejected"] = ["rug-green", "rug-blue", "lamp-sand", "lamp-red"]
    (folder / "scenes.jsonl").write_text("".join(json.dumps(scene) + "\n" for scene in scenes))
    crops = read_crops([Manifest.read(folder).part("train")], window=20)
    assert crops.rejected.shape == (len(crops), 2)
    [with_refusals] = (crops.rejected >= 0).any(1).nonzero().flatten().tolist()
    assert crops.names[crops.labels[with_refusals]] == "rug-warm"
    assert {crops.names[label] for label in crops.rejected[with_refusals]} == {"rug-blue", "lamp-red"}
