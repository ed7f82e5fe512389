from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models_ml.data import OpenedPictures, SceneBatches, is_clear, mirrored, tinted, zoomed
from models_ml.images import ImageError
from models_ml.manifest import Manifest, ObjectEntry, ProductEntry, SceneEntry
from models_ml.types import Box
from tests.models_ml.packs import COLOURS, rectangle_pack

NAMES = tuple(COLOURS)


def batches(tmp_path: Path, *, scenes: int = 5, seed: int = 0, vary: bool = True) -> SceneBatches:
    manifest = Manifest.read(rectangle_pack(tmp_path, scenes))
    return SceneBatches(manifest.scenes, NAMES, side=96, size=2, seed=seed, vary=vary)


def test_it_works(tmp_path: Path) -> None:
    images, targets = batches(tmp_path, vary=False)[0]
    assert [tuple(image.shape) for image in images] == [(3, 72, 96)] * 2
    for image, target in zip(images, targets, strict=True):
        for box, label in zip(target["boxes"].round().int().tolist(), target["labels"].tolist(), strict=True):
            inside = image[:, box[1] : box[3], box[0] : box[2]]
            expected = torch.tensor(COLOURS[NAMES[label - 1]]) / 255
            assert torch.allclose(inside.mean((1, 2)), expected, atol=0.01)


def test_boxes_follow_the_picture_through_every_change(tmp_path: Path) -> None:
    stream = batches(tmp_path, scenes=20)
    checked = 0
    for step in range(15):
        for image, target in zip(*stream[step], strict=True):
            for box, label in zip(target["boxes"].tolist(), target["labels"].tolist(), strict=True):
                left, top, right, bottom = (round(n) for n in box)
                red, _, blue = image[:, top + 2 : bottom - 2, left + 2 : right - 2].mean((1, 2)).tolist()
                assert (red > blue) == (NAMES[label - 1] == "lamp")
                checked += 1
    assert checked > 20


def test_an_epoch_goes_through_every_scene_and_the_next_in_another_order(tmp_path: Path) -> None:
    stream = batches(tmp_path, scenes=6, vary=False)
    assert stream.steps_an_epoch == 3

    def epoch(number: int) -> list[float]:
        return [float(image.sum()) for step in range(3) for image in stream[3 * number + step][0]]

    assert len(set(epoch(0))) == 6
    assert sorted(epoch(0)) == sorted(epoch(1))
    assert epoch(0) != epoch(1)


def test_a_batch_depends_on_seed_and_step_alone(tmp_path: Path) -> None:
    first, again, other = (batches(tmp_path, seed=seed) for seed in (0, 0, 1))
    again[0]
    assert all(torch.equal(a, b) for a, b in zip(first[4][0], again[4][0], strict=True))
    assert not all(a.shape == b.shape and torch.equal(a, b) for a, b in zip(first[4][0], other[4][0], strict=True))


def test_unknown_categories_and_no_scenes_are_refused(tmp_path: Path) -> None:
    manifest = Manifest.read(rectangle_pack(tmp_path, 5))
    with pytest.raises(ValueError, match="categories the detector does not: sofa"):
        SceneBatches(manifest.scenes, ["lamp"], side=96, size=2, seed=0)
    with pytest.raises(ValueError, match="no scenes to train on"):
        SceneBatches([], ["lamp"], side=96, size=2, seed=0)


def test_hardly_seen_objects_are_not_asked_for() -> None:
    box = Box(0, 0, 1, 1)
    clear = [is_clear(ObjectEntry(box, "sofa", None, visible)) for visible in (None, 0.9, 0.15, 0.1)]
    assert clear == [True, True, True, False]


def test_a_window_drops_what_it_cuts_away() -> None:
    image = Image.new("RGB", (100, 100))
    boxes = np.array([[0, 0, 20, 20], [40, 40, 60, 60], [90, 90, 100, 100]], dtype=float)
    lost = 0
    for seed in range(60):
        window, cut, kept = zoomed(image, boxes, np.random.default_rng(seed))
        assert len(cut) == len(kept) == len(boxes)
        assert (cut >= 0).all() and (cut[:, [0, 2]] <= window.width).all() and (cut[:, [1, 3]] <= window.height).all()
        assert window.width >= 40 and window.height >= 40
        lost += (~kept).sum()
    assert lost > 10


def test_mirrored_twice_is_as_before() -> None:
    image, boxes = Image.new("RGB", (100, 50)), np.array([[10.0, 5.0, 30.0, 20.0]])
    seed = next(s for s in range(20) if np.random.default_rng(s).random() >= 0.5)
    once = mirrored(image, boxes, np.random.default_rng(seed))[1]
    assert once.tolist() == [[70.0, 5.0, 90.0, 20.0]]
    assert mirrored(image, once, np.random.default_rng(seed))[1].tolist() == boxes.tolist()


def test_tinted_keeps_the_size_and_changes_the_colours() -> None:
    image = Image.new("RGB", (20, 10), (120, 90, 60))
    changed = tinted(image, np.random.default_rng(1))
    assert changed.size == image.size
    assert not np.array_equal(np.asarray(changed), np.asarray(image))


LEFT, RIGHT = Box(0.0, 0.0, 0.4, 1.0), Box(0.6, 0.25, 0.9, 0.75)


def scene(tmp_path: Path, *objects: ObjectEntry, **fields: object) -> SceneEntry:
    Image.new("RGB", (100, 80), (90, 120, 150)).save(tmp_path / "scene.png")
    return replace(SceneEntry("s", tmp_path / "scene.png", objects, "train"), **fields)


def target(entry: SceneEntry) -> dict[str, torch.Tensor]:
    return SceneBatches([entry], NAMES, side=100, size=1, seed=0, vary=False)[0][1][0]


def test_what_is_hardly_seen_or_to_be_ignored_is_neither_object_nor_background(tmp_path: Path) -> None:
    clear = ObjectEntry(LEFT, "sofa", None, 1.0)
    for unclear in (ObjectEntry(RIGHT, "lamp", None, 0.05), ObjectEntry(RIGHT, "lamp", None, 1.0, ignore=True)):
        found = target(scene(tmp_path, clear, unclear))
        assert found["boxes"].tolist() == [[0, 0, 40, 80]]
        assert found["labels"].tolist() == [NAMES.index("sofa") + 1]
        assert found["ignored"].tolist() == [[60, 20, 90, 60]]
        assert "checked" not in found


def test_an_incomplete_scene_brings_the_areas_that_were_checked(tmp_path: Path) -> None:
    found = target(scene(tmp_path, ObjectEntry(LEFT, "sofa", None, 1.0), incomplete=True, checked=(RIGHT,)))
    assert found["checked"].tolist() == [[60, 20, 90, 60]]
    assert target(scene(tmp_path, ObjectEntry(LEFT, "sofa", None, 1.0), incomplete=True))["checked"].shape == (0, 4)


def test_what_a_window_cuts_off_is_ignored_there(tmp_path: Path) -> None:
    entry = scene(
        tmp_path, ObjectEntry(Box(0.0, 0.0, 0.1, 1.0), "lamp", None, 1.0), ObjectEntry(RIGHT, "sofa", None, 1.0)
    )
    stream = SceneBatches([entry], NAMES, side=100, size=1, seed=0)
    targets = [stream[step][1][0] for step in range(60)]
    assert all(len(t["boxes"]) + len(t["ignored"]) <= 2 for t in targets)
    assert any(len(t["ignored"]) for t in targets)


def test_an_incomplete_scene_is_never_shown_without_a_box(tmp_path: Path) -> None:
    entry = scene(tmp_path, ObjectEntry(Box(0.0, 0.0, 0.1, 0.1), "lamp", None, 1.0), incomplete=True)
    stream = SceneBatches([entry], NAMES, side=100, size=1, seed=0)
    assert all(len(stream[step][1][0]["boxes"]) == 1 for step in range(40))
    with pytest.raises(ValueError, match="no scenes to train on"):
        SceneBatches([replace(entry, objects=())], NAMES, side=100, size=1, seed=0)


def test_photos_come_in_their_share_and_leave_the_epoch_whole(tmp_path: Path) -> None:
    manifest = Manifest.read(rectangle_pack(tmp_path, 6))
    photo = Image.new("RGB", (50, 50), (255, 255, 255))
    photo.paste((10, 60, 200), (10, 20, 40, 35))
    photo.save(tmp_path / "photo.png")
    product = ProductEntry("p", tmp_path / "photo.png", "sofa", None, None, None)
    stream = SceneBatches(manifest.scenes, NAMES, side=96, size=4, seed=0, vary=False, products=[product], photos=0.25)
    assert stream.steps_an_epoch == 2
    pictures = [pair for step in range(2) for pair in zip(*stream[step], strict=True)]
    scenes = [(image, boxes) for image, boxes in pictures if tuple(image.shape) == (3, 72, 96)]
    assert len({float(image.sum()) for image, _ in scenes}) == 6
    photos = [(image, t) for image, t in pictures if t["labels"].tolist() == [2] and tuple(image.shape) != (3, 72, 96)]
    assert len(photos) == 2
    for image, found in photos:
        left, top, right, bottom = found["boxes"][0].round().int().tolist()
        assert (right - left) / (bottom - top) == pytest.approx(2, rel=0.15)
        inside, outside = image[:, top + 1 : bottom - 1, left + 1 : right - 1], image[:, :, : max(left - 1, 1)]
        assert inside[0].mean() < 0.1 < outside[0].mean()


def test_a_share_of_photos_needs_products(tmp_path: Path) -> None:
    manifest = Manifest.read(rectangle_pack(tmp_path, 2))
    with pytest.raises(ValueError, match=r"a share of 0.5 photos of 0 products"):
        SceneBatches(manifest.scenes, NAMES, side=96, size=2, seed=0, photos=0.5)


def test_sizes_stay_in_the_range_given(tmp_path: Path) -> None:
    manifest = Manifest.read(rectangle_pack(tmp_path, 2))
    stream = SceneBatches(manifest.scenes, NAMES, side=100, size=1, seed=0, scales=(0.5, 1.5))
    longest = [max(stream[step][0][0].shape) for step in range(40)]
    assert min(longest) >= 50 and max(longest) <= 150
    assert min(longest) < 65 and max(longest) > 130
    with pytest.raises(ValueError, match="must rise from above 0"):
        SceneBatches(manifest.scenes, NAMES, side=100, size=1, seed=0, scales=(1.0, 0.5))


def test_opened_pictures_are_kept_while_they_fit(tmp_path: Path) -> None:
    for name in ("a", "b"):
        Image.new("RGB", (20, 10)).save(tmp_path / f"{name}.png")
    pictures = OpenedPictures(100, limit=4 * 20 * 10)
    first, second = pictures.open(tmp_path / "a.png"), pictures.open(tmp_path / "b.png")
    assert pictures.open(tmp_path / "a.png") is first
    assert pictures.open(tmp_path / "b.png") is not second


def test_a_picture_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    entry = scene(tmp_path, ObjectEntry(LEFT, "sofa", None, 1.0))
    entry.image.write_bytes(entry.image.read_bytes()[:40])
    with pytest.raises(ImageError, match=r"scene\.png"):
        target(entry)
