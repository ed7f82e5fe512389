"""Words choose between the categories a detector holds possible for one place, and do nothing else; their gain is paired."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models_ml.detection import Detector
from models_ml.leaning_fit import Possible, fit_leaning, leaning_gain, possible_of, settled
from models_ml.manifest import Manifest, ObjectEntry
from models_ml.product_texts import SceneText
from models_ml.types import Box, Detection
from tests.tiny import tiny_detector
from tests.tiny_pack import tiny_pack

HERE, NEARLY, THERE = Box(0.1, 0.1, 0.5, 0.5), Box(0.1, 0.1, 0.5, 0.49), Box(0.6, 0.6, 0.9, 0.9)
FOUND = (Detection(HERE, "sofa", 0.6), Detection(NEARLY, "armchair", 0.5), Detection(THERE, "lamp", 0.3))


def test_the_surest_is_kept_and_words_may_prefer_another() -> None:
    assert [item.category for item in settled(FOUND, {})] == ["sofa", "lamp"]
    assert [item.category for item in settled(FOUND, {"armchair": 0.3})] == ["sofa", "lamp"]
    # log(0.6 / 0.4) - log(0.5 / 0.5) = 0.405
    assert [item.category for item in settled(FOUND, {"armchair": 0.5})] == ["armchair", "lamp"]
    assert settled([], {"armchair": 9.0}) == []


def test_scores_and_other_places_stay() -> None:
    kept = settled(FOUND, {"armchair": 9.0, "lamp": 9.0})
    assert [item.score for item in kept] == [0.5, 0.3]


def noise(seed: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, (96, 128, 3), dtype=np.uint8))


def test_a_detector_settles_its_own_findings_the_same(tmp_path: Path) -> None:
    detector = Detector.load(tiny_detector(tmp_path, ("lamp", "sofa", "vase")))
    leanings = [{"vase": 0.4}, {"lamp": 2.0, "sofa": 1.0}, {}]
    pictures = [noise(seed) for seed in range(3)]
    everything = detector.detect(pictures, min_score=0.2, max_detections=500, duplicate_iou=1.0)
    together = detector.detect(pictures, min_score=0.2, max_detections=500, leanings=leanings)
    assert sum(map(len, together)) > 0
    for found, leaning, kept in zip(everything, leanings, together, strict=True):
        assert sorted(kept, key=astuple) == sorted(settled(found, leaning), key=astuple)
        assert [item.score for item in kept] == sorted((item.score for item in kept), reverse=True)


def test_no_leaning_changes_nothing(tmp_path: Path) -> None:
    detector = Detector.load(tiny_detector(tmp_path, ("lamp", "sofa", "vase")))
    pictures = [noise(seed) for seed in range(2)]
    plain = detector.detect(pictures, min_score=0.1)
    assert detector.detect(pictures, min_score=0.1, leanings=[{}, {}]) == plain
    assert detector.detect(pictures, min_score=0.1, leanings=[{"lamp": 0.0}, {"unknown": 5.0}]) == plain


def possible(named: dict[str, float], *, true: str = "armchair") -> Possible:
    return Possible(FOUND, (ObjectEntry(HERE, true, None, None), ObjectEntry(THERE, "lamp", None, None)), named)


def test_the_weight_is_the_smallest_that_helps_most() -> None:
    assert fit_leaning([possible({"armchair": 1.0})] * 3) == 0.5
    assert fit_leaning([possible({"armchair": 0.5})] * 3) == 1.0
    assert fit_leaning([possible({"sofa": 1.0}, true="sofa")] * 3) == 0
    assert fit_leaning([]) == 0


def test_the_gain_is_the_difference_of_the_two_shares() -> None:
    scenes = [possible({"armchair": 1.0})] * 6 + [possible({}, true="sofa")] * 2
    gain = leaning_gain(scenes, 0.5, rounds=500)
    assert (gain.n, gain.scenes) == (16, 8)
    assert gain.without == pytest.approx(10 / 16) and gain.with_context == pytest.approx(1)
    assert gain.gain == pytest.approx(6 / 16)
    assert 0 < gain.low < gain.gain < gain.high <= 0.5
    worse = leaning_gain([possible({"armchair": 1.0}, true="sofa")] * 5, 0.5, rounds=200)
    assert worse.gain == worse.low == worse.high == -0.5
    with pytest.raises(ValueError, match="no known object"):
        leaning_gain([], 1.0)


def test_a_pack_is_looked_at_once_and_told_by_its_words(tmp_path: Path) -> None:
    pack = tiny_pack(tmp_path / "pack")
    detector = Detector.load(tiny_detector(tmp_path, ("lamp", "sofa", "vase")))
    manifest = Manifest.read(pack)

    class Reader:
        def named(self, scene: SceneText) -> dict[str, float]:
            return {"sofa": float(len(scene.title))}

    words = {scene.id: SceneText("x" * place) for place, scene in enumerate(manifest.part("train").scenes)}
    judged = possible_of(detector, manifest, "train", words, Reader())
    assert [scene.named["sofa"] for scene in judged] == [len(words[name].title) for name in words]
    assert all(scene.known for scene in judged)
