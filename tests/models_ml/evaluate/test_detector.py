"""A detector's report, by one that knows the truth."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from models_ml.evaluate.detector import as_table, evaluate_detector, save_worst
from models_ml.evaluate.inputs import EvaluationError
from models_ml.images import ImageError
from models_ml.manifest import Manifest
from models_ml.types import Box
from tests.models_ml.evaluate.models import KnowingDetector, truth_of
from tests.tiny_pack import CATEGORIES, tiny_pack


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    return Manifest.read(tiny_pack(tmp_path / "pack"))


def test_it_works(manifest: Manifest) -> None:
    judged = evaluate_detector(manifest, KnowingDetector(truth_of(manifest)))
    report = judged.report
    assert (report["scenes"], report["objects"]) == (2, 4)
    assert (report["coco"]["map"], report["coco"]["map50"]) == (pytest.approx(1.0), pytest.approx(1.0))
    assert report["intervals"] == {"map": (1.0, 1.0), "map50": (1.0, 1.0)}
    assert report["confusion"]["matrix"] == [[2, 0, 0], [0, 2, 0], [0, 0, 0]]
    assert "AP50 1.000 to 1.000" in as_table(report)
    json.dumps(report, allow_nan=False)


def test_what_is_mixed_up_is_told(manifest: Manifest) -> None:
    other = {"rug": "lamp", "lamp": "rug"}
    found = [[replace(item, category=other[item.category]) for item in items] for items in truth_of(manifest)]
    report = evaluate_detector(manifest, KnowingDetector(found)).report
    assert report["coco"]["map"] == 0.0
    assert report["confusion"]["matrix"] == [[0, 2, 0], [2, 0, 0], [0, 0, 0]]
    assert "2 x lamp -> rug" in as_table(report)


def test_classes_may_have_other_names(manifest: Manifest) -> None:
    found = [[replace(item, category=item.category.upper()) for item in items] for items in truth_of(manifest)]
    names = {name.upper(): name for name in CATEGORIES}
    judged = evaluate_detector(manifest, KnowingDetector(found, list(names)), class_map=names)
    assert judged.report["coco"]["map"] == pytest.approx(1.0)


def test_a_category_the_detector_cannot_know_is_named(manifest: Manifest) -> None:
    with pytest.raises(
        EvaluationError, match=r"the scenes hold lamp, but the detector knows only rug, sofa.*--categories"
    ):
        evaluate_detector(manifest, KnowingDetector([], ["rug", "sofa"]))


def test_a_box_that_is_no_number_names_the_scene(manifest: Manifest) -> None:
    found = truth_of(manifest)
    found[1][0] = replace(found[1][0], box=Box(math.nan, 0, 1, 1))
    with pytest.raises(EvaluationError, match=r"scene-7\.png: the detector gives a box that is no number"):
        evaluate_detector(manifest, KnowingDetector(found))


def test_a_picture_of_no_numbers_is_named(manifest: Manifest) -> None:
    """Floats that are no numbers come as TIFF alone, which is not taken."""
    scene = manifest.part("test").scenes[1]
    Image.new("F", (40, 40), math.nan).save(scene.image, format="TIFF")
    with pytest.raises(ImageError, match=r"scene-7\.png: not a picture we can read"):
        evaluate_detector(manifest, KnowingDetector(truth_of(manifest)))


def test_the_worst_scenes_come_first(manifest: Manifest, tmp_path: Path) -> None:
    found = truth_of(manifest)
    found[1] = []
    judged = evaluate_detector(manifest, KnowingDetector(found))
    save_worst(judged, tmp_path / "out" / "worst.png", count=1)
    with Image.open(tmp_path / "out" / "worst.png") as sheet:
        # What was missed is framed in orange.
        assert (230, 140, 0) in {colour for _, colour in sheet.convert("RGB").getcolors(1 << 20) or []}
