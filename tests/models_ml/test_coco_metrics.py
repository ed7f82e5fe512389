"""COCO's figures against plain loops, and against our own light average precision."""

from __future__ import annotations

import random

import numpy as np
import pytest

from models_ml.coco_metrics import IOUS, coco_metrics
from models_ml.metrics import judge, mean_average_precision, resampled_map
from models_ml.types import Box, Detection
from tests.models_ml.oracles import naive_coco_map, naive_map, some_scenes

SIZE = (400, 300)
SOFA = Box(0.1, 0.1, 0.5, 0.5)


@pytest.mark.parametrize("seed", range(4))
def test_it_agrees_with_loops(seed: int) -> None:
    predictions, truths = some_scenes(random.Random(seed))
    figures = coco_metrics(predictions, truths, [SIZE] * len(truths))
    expected, at50 = naive_coco_map(predictions, truths), naive_map(predictions, truths, 0.5)
    assert {name: row["ap"] for name, row in figures["per_category"].items()} == pytest.approx(expected, abs=1e-6)
    assert {name: row["ap50"] for name, row in figures["per_category"].items()} == pytest.approx(at50, abs=1e-6)
    assert figures["map"] == pytest.approx(sum(expected.values()) / len(expected), abs=1e-6)
    assert figures["map75"] == pytest.approx(np.mean(list(naive_map(predictions, truths, 0.75).values())), abs=1e-6)


@pytest.mark.parametrize("ignoring", [False, True])
def test_our_light_figure_is_the_same(ignoring: bool) -> None:
    predictions, truths = some_scenes(random.Random(9), scenes=12)
    ignored = [[(items[0].box, items[0].category)] if items else [] for items in predictions] if ignoring else None
    figures = coco_metrics(predictions, truths, [SIZE] * len(truths), ignored=ignored)
    light = mean_average_precision(predictions, truths, 0.5, ignored=ignored)
    judged = [judge(predictions, truths, iou, ignored=ignored) for iou in IOUS]
    assert figures["map50"] == pytest.approx(light["map50"], abs=1e-6)
    assert figures["map"] == pytest.approx(resampled_map(judged, np.ones(len(truths), dtype=np.int64)), abs=1e-6)


def test_an_ignored_object_counts_neither_for_nor_against() -> None:
    far = Box(0.6, 0.6, 0.9, 0.9)
    found = [[Detection(far, "sofa", 0.95), Detection(SOFA, "sofa", 0.9)]]
    assert coco_metrics(found, [[(SOFA, "sofa")]], [SIZE])["map"] == pytest.approx(0.5)
    assert coco_metrics(found, [[(SOFA, "sofa")]], [SIZE], ignored=[[(far, "sofa")]])["map"] == pytest.approx(1.0)
    assert coco_metrics(found, [[(SOFA, "sofa")]], [SIZE], ignored=[[(far, "rug")]])["map"] == pytest.approx(0.5)


def test_small_and_large_are_in_pixels_of_the_picture() -> None:
    found = [[Detection(SOFA, "sofa", 0.9)]]
    small = coco_metrics(found, [[(SOFA, "sofa")]], [(60, 60)])
    assert (small["map_small"], small["map_medium"], small["map_large"]) == (pytest.approx(1.0), None, None)
    large = coco_metrics(found, [[(SOFA, "sofa")]], [(1000, 800)])
    assert (large["ar_small"], large["ar_medium"], large["ar_large"]) == (None, None, pytest.approx(1.0))


def test_average_recall_grows_with_the_detections_allowed() -> None:
    lamp = Box(0.6, 0.6, 0.9, 0.9)
    found = [[Detection(SOFA, "sofa", 0.9), Detection(lamp, "sofa", 0.8)]]
    figures = coco_metrics(found, [[(SOFA, "sofa"), (lamp, "sofa")]], [SIZE])
    assert (figures["ar_1"], figures["ar_10"]) == (pytest.approx(0.5), pytest.approx(1.0))


def test_what_is_never_in_the_truth_is_not_judged() -> None:
    found = [[Detection(SOFA, "sofa", 0.9), Detection(SOFA, "rug", 0.9)]]
    figures = coco_metrics(found, [[(SOFA, "sofa")]], [SIZE])
    assert list(figures["per_category"]) == ["sofa"]
    assert figures["map"] == pytest.approx(1.0)


def test_nothing_known_or_nothing_found_is_zero() -> None:
    assert coco_metrics([[Detection(SOFA, "sofa", 0.9)]], [[]], [SIZE])["map"] == 0.0
    figures = coco_metrics([[]], [[(SOFA, "sofa")]], [SIZE])
    assert (figures["map"], figures["ar_100"], figures["per_category"]["sofa"]["objects"]) == (0.0, 0.0, 1)


def test_scenes_must_pair_up() -> None:
    with pytest.raises(ValueError, match="1 lists of predictions and 2 sizes for 1 scenes"):
        coco_metrics([[]], [[]], [SIZE, SIZE])
