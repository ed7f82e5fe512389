"""What a checkpoint did on the test scenes: gathered once, and the same as judging it directly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models_ml import gathering
from models_ml.checkpoints import CheckpointError
from models_ml.comparison import compare
from models_ml.detection import Detector
from models_ml.detector_metrics import evaluate
from models_ml.embedding import Embedder
from models_ml.evaluate.inputs import EvaluationError
from models_ml.manifest import Manifest
from models_ml.retrieval_metrics import judge_embedder
from tests.tiny import tiny_detector, tiny_embedder
from tests.tiny_pack import CATEGORIES, tiny_pack


def test_the_figures_are_those_of_training(tmp_path: Path) -> None:
    manifest = Manifest.read(tiny_pack(tmp_path / "pack"))
    scenes = manifest.part("test").scenes
    embedder, detector = tiny_embedder(tmp_path), tiny_detector(tmp_path, CATEGORIES)
    told = gathering.gather("embedder", embedder, manifest)
    assert compare(told, told, scenes)["ours"] == pytest.approx(
        judge_embedder(Embedder.load(embedder), manifest)["in_category"]["recall_at_1"]
    )
    seen = gathering.gather("detector", detector, manifest)
    assert compare(seen, seen, scenes)["ours"] == pytest.approx(evaluate(Detector.load(detector), scenes)["map50"])


def test_it_is_gathered_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = Manifest.read(tiny_pack(tmp_path / "pack"))
    checkpoint, kept = tiny_embedder(tmp_path), tmp_path / "kept"
    first = gathering.evidence_of("embedder", checkpoint, manifest, kept=kept)
    monkeypatch.setattr(gathering, "gather", lambda *_, **__: pytest.fail("it looked again"))
    assert gathering.evidence_of("embedder", checkpoint, manifest, kept=kept) == first
    monkeypatch.undo()
    [file] = kept.iterdir()
    file.write_text(json.dumps({"kind": "embedder"}))
    assert gathering.evidence_of("embedder", checkpoint, manifest, kept=kept) == first, "a damaged file is made anew"


def test_what_cannot_be_judged_is_refused(tmp_path: Path) -> None:
    manifest = Manifest.read(tiny_pack(tmp_path / "pack"))
    with pytest.raises(CheckpointError, match="is no embedder but 'detector'"):
        gathering.gather("embedder", tiny_detector(tmp_path, CATEGORIES), manifest)
    with pytest.raises(EvaluationError, match="has no scene in its val split; confirm more scenes and freeze again"):
        gathering.gather("embedder", tiny_embedder(tmp_path), manifest, split="val")
    with pytest.raises(EvaluationError, match="there is no kind of model 'parrot'"):
        gathering.gather("parrot", tiny_embedder(tmp_path), manifest)
