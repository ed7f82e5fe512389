"""The figures of the pipeline, counted by hand."""

from __future__ import annotations

import subprocess
import sys

import pytest

from models_ml.pipeline_metrics import TruthObject, match_objects, pipeline_metrics
from models_ml.types import Box, Detection

SOFA = Box(0.0, 0.0, 0.4, 0.4)
LAMP = Box(0.6, 0.6, 0.9, 0.9)
RUG = Box(0.0, 0.6, 0.5, 1.0)


def near(box: Box, by: float = 0.02) -> Box:
    return Box(box.left + by, box.top, box.right + by, box.bottom)


def test_it_works() -> None:
    truths = {
        "one": [TruthObject(SOFA, "sofa", frozenset({7, 8})), TruthObject(LAMP, "lamp", frozenset({20}))],
        "two": [TruthObject(RUG, "rug", frozenset({30})), TruthObject(LAMP, "lamp")],
    }
    detections = {
        "one": [Detection(near(SOFA), "sofa", 0.9), Detection(LAMP, "rug", 0.6)],
        "two": [Detection(LAMP, "lamp", 0.8)],
    }
    candidates = {"one": [[1, 2, 8], [30, 31]], "two": [[20]]}
    metrics = pipeline_metrics(truths, detections, candidates)
    assert metrics["objects"] == 4
    # The lamp of scene two was found, but nobody knows its product.
    assert metrics["found"] == 2
    assert metrics["recall_at_9"] == 0.5
    assert metrics["recall_at_1"] == 0.0
    # Sofa: found. Lamps: one of two. Rug: missed.
    assert metrics["per_category"]["sofa"] == {"ap50": 1.0, "recall_at_9": 1.0, "found": 1, "objects": 1}
    assert metrics["per_category"]["rug"]["ap50"] == 0.0
    assert metrics["per_category"]["lamp"]["ap50"] == pytest.approx(51 / 101)
    assert metrics["map50"] == pytest.approx((1 + 0 + 51 / 101) / 3)


def test_only_nine_candidates_count() -> None:
    truths = {"s": [TruthObject(SOFA, "sofa", frozenset({99}))]}
    found = {"s": [Detection(SOFA, "sofa", 0.9)]}
    assert pipeline_metrics(truths, found, {"s": [[*range(8), 99]]})["recall_at_9"] == 1
    assert pipeline_metrics(truths, found, {"s": [[*range(9), 99]]})["recall_at_9"] == 0
    assert pipeline_metrics(truths, found, {"s": [[99, 1]]})["recall_at_1"] == 1


def test_a_scene_that_was_not_scanned_is_missed() -> None:
    metrics = pipeline_metrics({"s": [TruthObject(SOFA, "sofa", frozenset({1}))]}, {}, {})
    assert (metrics["map50"], metrics["found"], metrics["recall_at_9"], metrics["objects"]) == (0.0, 0, 0.0, 1)


def test_a_box_finds_one_object_and_the_surest_goes_first() -> None:
    twin = near(SOFA, 0.01)
    detections = [Detection(SOFA, "sofa", 0.5), Detection(near(SOFA), "rug", 0.9)]
    assert match_objects([SOFA], detections) == [1]
    assert match_objects([SOFA, LAMP], detections) == [1, None]
    assert sorted(match_objects([SOFA, twin], detections), key=str) == [0, 1]
    assert match_objects([], detections) == []
    assert match_objects([near(SOFA, 0.2)], [Detection(SOFA, "sofa", 0.9)]) == [None]


def test_lists_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(ValueError, match="scene 's': 1 detections but 0"):
        pipeline_metrics({"s": []}, {"s": [Detection(SOFA, "sofa", 0.9)]}, {"s": []})


def test_it_needs_no_torch() -> None:
    names = "models_ml.pipeline_metrics, models_ml.calibration, models_ml.reranking, models_ml.train_reranker"
    code = f"import sys, {names}; sys.exit('torch' in sys.modules or 'faiss' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
