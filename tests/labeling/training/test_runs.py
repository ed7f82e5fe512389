"""The door to training: a snapshot's pack in, a judged checkpoint out."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from labeling.training import runs
from models_ml import checkpoints
from models_ml.embedding import Embedder
from models_ml.manifest import Manifest
from models_ml.retrieval_metrics import judge_embedder
from tests.tiny import tiny_detector, tiny_embedder
from tests.tiny_pack import CATEGORIES, tiny_pack


def execute(tmp_path: Path, kind: str, live: Path | None, **changes: Any) -> runs.Outcome:
    arguments: dict[str, Any] = {
        "kind": kind,
        "pack": tmp_path / "pack",
        "out": tmp_path / "out",
        "config": {"steps": 2.0, "batch": 4.0},
        "seed": 0,
        "live": live,
    }
    return runs.execute(**{**arguments, **changes})


@pytest.mark.parametrize("kind", [runs.DETECTOR, runs.EMBEDDER])
def test_a_run_starts_from_the_live_model_and_tells_what_it_is_worth(tmp_path: Path, kind: str) -> None:
    tiny_pack(tmp_path / "pack")
    # A category that the live detector does not know yet is learned all the same.
    live = tiny_detector(tmp_path, CATEGORIES[:1]) if kind == runs.DETECTOR else tiny_embedder(tmp_path)
    heard: list[tuple[list[dict[str, Any]], list[dict[str, Any]]]] = []
    config = {"steps": 2.0, "batch": 4.0, "evaluate_every": 0.0}
    outcome = execute(tmp_path, kind, live, config=config, on_judged=lambda *said: heard.append(said))
    assert (outcome.steps, outcome.stopped) == (2, False)
    assert 0 <= outcome.figure <= 1
    judged, pictures = heard[-1]
    assert [each["step"] for each in judged] == [1, 2]
    assert outcome.figure in judged[-1]["figures"].values()
    shown = [scene.id for scene in Manifest.read(tmp_path / "pack").part("test").scenes]
    assert [picture["scene"] for picture in pictures] == shown
    states = {outline["state"] for picture in pictures for outline in picture["outlines"]}
    assert states and states <= {"right", "wrong", "missed"}
    said = (tmp_path / "out.log.txt").read_text()
    assert "mAP" in said or "in category" in said
    figure = outcome.metrics["map50"] if kind == runs.DETECTOR else outcome.metrics["in_category"]["recall_at_1"]
    assert figure == outcome.figure
    sidecar = checkpoints.read_sidecar(outcome.checkpoint)
    assert sidecar["categories"] == sorted(CATEGORIES)
    assert sidecar["initial_weights"]["sha256"] == checkpoints.read_sidecar(live)["weights_sha256"]


@pytest.mark.parametrize("kind", [runs.DETECTOR, runs.EMBEDDER])
def test_what_is_live_learns_slower_than_what_knows_nothing_unless_told_otherwise(tmp_path: Path, kind: str) -> None:
    tiny_pack(tmp_path / "pack")
    live = tiny_detector(tmp_path, CATEGORIES) if kind == runs.DETECTOR else tiny_embedder(tmp_path)

    def rate(name: str, live: Path | None, **knobs: float) -> float:
        config = {"steps": 1.0, "batch": 4.0, **knobs}
        outcome = execute(tmp_path, kind, live, config=config, out=tmp_path / name)
        return float(checkpoints.read_sidecar(outcome.checkpoint)["training"]["learning_rate"])

    fresh = rate("fresh", None)
    assert rate("tuned", live) == runs.KINDS[kind].live_rate < fresh
    assert rate("told", live, learning_rate=0.25) == 0.25


def test_a_run_that_is_stopped_says_so(tmp_path: Path) -> None:
    tiny_pack(tmp_path / "pack")
    outcome = execute(tmp_path, runs.EMBEDDER, tiny_embedder(tmp_path), should_stop=lambda: True)
    assert (outcome.stopped, outcome.steps) == (True, 1)


def test_what_has_no_pair_in_a_snapshot_is_no_background(tmp_path: Path) -> None:
    manifest = Manifest.read(tiny_pack(tmp_path / "pack"))
    assert not any(scene.incomplete for scene in manifest.scenes)
    assert all(scene.incomplete for scene in runs.as_known(manifest).scenes)


def test_two_checkpoints_are_held_side_by_side(tmp_path: Path) -> None:
    tiny_pack(tmp_path / "pack")
    ours, theirs = tiny_embedder(tmp_path / "ours", seed=1), tiny_embedder(tmp_path / "theirs")
    said = runs.versions_compared(
        kind=runs.EMBEDDER, pack=tmp_path / "pack", ours=ours, theirs=theirs, kept=tmp_path / "kept", class_map={}
    )
    manifest = Manifest.read(tmp_path / "pack")
    for name, path in (("ours", ours), ("theirs", theirs)):
        judged = judge_embedder(Embedder.load(path), manifest)
        assert said[name] == pytest.approx(judged["in_category"]["recall_at_1"], abs=1e-4)
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_val_scenes_stand_beside_those_of_the_test(tmp_path: Path) -> None:
    pack = tiny_pack(tmp_path / "pack")
    rows = [json.loads(line) for line in (pack / "scenes.jsonl").read_text().splitlines()]
    tests = sum(row["split"] == "test" for row in rows)
    moved = next(row for row in rows if row["split"] == "train" and row["objects"])
    moved["split"] = "val"
    (pack / "scenes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    model = tiny_detector(tmp_path, CATEGORIES)
    said = runs.versions_compared(
        kind=runs.DETECTOR, pack=pack, ours=model, theirs=model, kept=tmp_path / "kept", class_map={}
    )
    assert said["scenes"] == tests + 1
    asked = Counter(item["category"] for row in rows if row["split"] != "train" for item in row["objects"])
    assert {each["category"]: each["asked"] for each in said["per_category"]} == asked


def test_unknown_knobs_and_empty_snapshots_are_refused(tmp_path: Path) -> None:
    tiny_pack(tmp_path / "pack")
    with pytest.raises(ValueError, match="the config names colour; known are backbone_rate, batch"):
        execute(tmp_path, runs.DETECTOR, None, config={"colour": 1.0})
    (tmp_path / "pack/scenes.jsonl").write_text("")
    with pytest.raises(ValueError, match="the snapshot has no scene in its train split"):
        execute(tmp_path, runs.DETECTOR, None)
