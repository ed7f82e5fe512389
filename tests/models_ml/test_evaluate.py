"""One command judges a pack from photo to candidates."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models_ml.detection import Detector
from models_ml.embedding import Embedder
from models_ml.evaluate import build_indexes, evaluate_pipeline, main
from models_ml.manifest import Manifest
from models_ml.types import Detection
from tests.tiny import tiny_detector, tiny_embedder
from tests.tiny_pack import CATEGORIES, tiny_pack


class PerfectDetector(Detector):
    """Knows the truth of the one scene it is shown."""

    def __init__(self, found: list[list[Detection]]) -> None:
        self.found = iter(found)

    def detect(self, images, **_: object) -> list[list[Detection]]:
        return [next(self.found) for _ in images]


def test_it_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack = tiny_pack(tmp_path / "pack")
    arguments = [
        str(pack),
        "--detector",
        str(tiny_detector(tmp_path, CATEGORIES)),
        "--embedder",
        str(tiny_embedder(tmp_path)),
    ]
    main([*arguments, "--json"])
    metrics = json.loads(capsys.readouterr().out)
    assert metrics["objects"] == 4
    assert 0 <= metrics["map50"] <= 1
    assert set(metrics["per_category"]) <= set(CATEGORIES)
    main(arguments)
    assert "R@9" in capsys.readouterr().out


def test_what_is_found_is_searched_in_the_detected_category(tmp_path: Path) -> None:
    manifest = Manifest.read(tiny_pack(tmp_path / "pack"))
    embedder = Embedder.load(tiny_embedder(tmp_path))
    scenes = manifest.part("test").scenes
    right = PerfectDetector([[Detection(o.box, o.category, 0.9) for o in s.objects] for s in scenes])
    metrics = evaluate_pipeline(manifest, right, embedder)
    assert metrics["map50"] == pytest.approx(1)
    assert metrics["found"] == 4
    # Four products a category: nine candidates hold them all.
    assert metrics["recall_at_9"] == 1
    other = {"rug": "lamp", "lamp": "rug"}
    wrong = PerfectDetector([[Detection(o.box, other[o.category], 0.9) for o in s.objects] for s in scenes])
    metrics = evaluate_pipeline(manifest, wrong, embedder)
    assert (metrics["map50"], metrics["found"], metrics["recall_at_9"]) == (0, 4, 0)


def test_the_index_holds_the_whole_catalogue(tmp_path: Path) -> None:
    manifest = Manifest.read(tiny_pack(tmp_path / "pack"))
    indexes = build_indexes(Embedder.load(tiny_embedder(tmp_path)), manifest)
    assert len(indexes) == 8
    assert indexes.categories == ("lamp", "rug")


def test_a_pack_without_scenes_is_said(tmp_path: Path) -> None:
    pack = tiny_pack(tmp_path / "pack")
    with pytest.raises(SystemExit, match="no scenes in split 'val'"):
        main([str(pack), "--detector", "x", "--embedder", "y", "--split", "val"])
