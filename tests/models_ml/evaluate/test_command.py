"""``python -m models_ml.evaluate``: three subcommands, and errors that name what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from models_ml import checkpoints
from models_ml.evaluate.__main__ import main
from tests.tiny import tiny_detector, tiny_embedder
from tests.tiny_pack import CATEGORIES, tiny_pack


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Holds ``pack``, ``detector`` and ``embedder``."""
    tiny_pack(tmp_path / "pack")
    tiny_detector(tmp_path, CATEGORIES)
    tiny_embedder(tmp_path)
    return tmp_path


def words(folder: Path, command: str, *more: str) -> list[str]:
    models = {"detector": ["detector"], "embedder": ["embedder"], "pipeline": ["detector", "embedder"]}[command]
    return [command, str(folder / "pack"), *(w for m in models for w in (f"--{m}", str(folder / m))), *more]


@pytest.mark.parametrize(
    ("command", "part"), [("detector", "coco"), ("embedder", "headline"), ("pipeline", "recall_at_9")]
)
def test_it_works(folder: Path, command: str, part: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(words(folder, command, "--json"))
    assert part in json.loads(capsys.readouterr().out)
    main(words(folder, command))
    assert "of" in capsys.readouterr().out


@pytest.mark.parametrize(("command", "picture"), [("detector", "worst_scenes.png"), ("embedder", "worst_crops.png")])
def test_the_report_and_the_worst_cases_are_kept(folder: Path, command: str, picture: str) -> None:
    main(words(folder, command, "--out", str(folder / "out")))
    assert json.loads((folder / "out" / "report.json").read_text())["scenes"] == 2
    assert (folder / "out" / picture).stat().st_size > 0


def test_an_empty_split_is_said(folder: Path) -> None:
    with pytest.raises(SystemExit, match=r"pack has no scenes in split 'val' \(it has test, train\)"):
        main(words(folder, "pipeline", "--split", "val"))


def test_an_empty_pack_is_said(folder: Path) -> None:
    (folder / "pack" / "scenes.jsonl").write_text("")
    with pytest.raises(SystemExit, match=r"no scenes in split 'test' \(it has no scenes at all\)"):
        main(words(folder, "detector"))
    (folder / "pack" / "scenes.jsonl").unlink()
    (folder / "pack" / "products.jsonl").unlink()
    with pytest.raises(SystemExit, match=r"pack: neither products\.jsonl nor scenes\.jsonl is here"):
        main(words(folder, "detector"))


def test_a_damaged_checkpoint_is_named(folder: Path) -> None:
    (folder / "detector.safetensors").write_bytes(b"cut")
    with pytest.raises(SystemExit, match=r"detector\.safetensors is not what detector\.json describes"):
        main(words(folder, "detector"))


def test_the_checkpoint_of_another_kind_is_named(folder: Path) -> None:
    with pytest.raises(SystemExit, match=r"embedder is a 'embedder'; give a detector's checkpoint"):
        main(["detector", str(folder / "pack"), "--detector", str(folder / "embedder")])


@pytest.mark.parametrize(("command", "config"), [("detector", {"strange": 1}), ("embedder", None)])
def test_a_checkpoint_made_elsewhere_is_named(folder: Path, command: str, config: object) -> None:
    checkpoints.save(folder / command, {"w": torch.ones(2)}, {"kind": command, "config": config})
    with pytest.raises(SystemExit, match=rf"{command}: the sidecar holds no {command}'s config"):
        main(words(folder, command))


def test_weights_that_are_no_numbers_are_named(folder: Path) -> None:
    state, sidecar = checkpoints.load(folder / "embedder")
    state["project.weight"][0, 0] = float("nan")
    checkpoints.save(folder / "embedder", state, sidecar)
    with pytest.raises(SystemExit, match=r"embedder\.safetensors: project\.weight holds values that are no numbers"):
        main(words(folder, "embedder"))


def test_a_class_map_brings_two_taxonomies_together(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny_detector(folder, ["carpet", "lamp"])
    with pytest.raises(SystemExit, match="the scenes hold rug, but the detector knows only carpet, lamp"):
        main(words(folder, "detector"))
    (folder / "map.json").write_text('{"carpet": "rug"}')
    main(words(folder, "detector", "--categories", str(folder / "map.json"), "--json"))
    assert set(json.loads(capsys.readouterr().out)["coco"]["per_category"]) == {"lamp", "rug"}
    (folder / "map.json").write_text('["rug"]')
    with pytest.raises(SystemExit, match=r"map\.json: a class map is one JSON object of texts"):
        main(words(folder, "detector", "--categories", str(folder / "map.json")))


def test_a_picture_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "pack" / "images" / "scene-3.png").write_bytes(b"no picture")
    with pytest.raises(SystemExit, match=r"scene-3\.png: not a picture we can read"):
        main(words(folder, "pipeline"))
