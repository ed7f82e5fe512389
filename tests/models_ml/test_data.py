from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models_ml.data import SceneBatches, is_clear, mirrored, tinted, zoomed
from models_ml.manifest import Manifest, ObjectEntry
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
        assert len(cut) == kept.sum()
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
