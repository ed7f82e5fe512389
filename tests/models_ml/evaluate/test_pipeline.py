"""The pipeline on a pack, from photo to candidates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from models_ml.embedding import Embedder
from models_ml.evaluate.inputs import EvaluationError
from models_ml.evaluate.pipeline import as_table, build_indexes, evaluate_pipeline
from models_ml.manifest import Manifest
from tests.models_ml.evaluate.models import BrokenEmbedder, KnowingDetector, truth_of
from tests.tiny import tiny_embedder
from tests.tiny_pack import tiny_pack


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    return Manifest.read(tiny_pack(tmp_path / "pack"))


@pytest.fixture
def embedder(tmp_path: Path) -> Embedder:
    return Embedder.load(tiny_embedder(tmp_path))


def test_what_is_found_is_searched_in_the_detected_category(manifest: Manifest, embedder: Embedder) -> None:
    metrics = evaluate_pipeline(manifest, KnowingDetector(truth_of(manifest)), embedder)
    assert metrics["map50"] == pytest.approx(1)
    assert metrics["found"] == 4
    # Four products a category: nine candidates hold them all.
    assert metrics["recall_at_9"] == 1
    assert "R@9" in as_table(metrics)
    other = {"rug": "lamp", "lamp": "rug"}
    wrong = [[replace(item, category=other[item.category]) for item in items] for items in truth_of(manifest)]
    metrics = evaluate_pipeline(manifest, KnowingDetector(wrong), embedder)
    assert (metrics["map50"], metrics["found"], metrics["recall_at_9"]) == (0, 4, 0)


def test_the_index_holds_the_whole_catalogue(manifest: Manifest, embedder: Embedder) -> None:
    indexes = build_indexes(embedder, manifest)
    assert len(indexes) == 8
    assert indexes.categories == ("lamp", "rug")


def test_a_category_the_detector_cannot_know_is_named(manifest: Manifest, embedder: Embedder) -> None:
    with pytest.raises(EvaluationError, match="the scenes hold rug"):
        evaluate_pipeline(manifest, KnowingDetector([], ["lamp"]), embedder)


def test_a_crop_without_a_vector_names_its_scene(manifest: Manifest) -> None:
    with pytest.raises(EvaluationError, match=r"scene s3 .*, box 1: the embedder gives no number"):
        evaluate_pipeline(manifest, KnowingDetector(truth_of(manifest)), BrokenEmbedder(8))
