import json
from pathlib import Path

import pytest
import torch

from models_ml import checkpoints
from models_ml.checkpoints import CheckpointError


def test_it_works(tmp_path: Path) -> None:
    state = {"weight": torch.randn(3, 4), "count": torch.tensor(7)}
    checkpoints.save(tmp_path / "model", state, {"kind": "detector", "seed": 3})
    loaded, sidecar = checkpoints.load(tmp_path / "model")
    assert torch.equal(loaded["weight"], state["weight"])
    assert loaded["count"] == 7
    assert (sidecar["kind"], sidecar["seed"], sidecar["torch"]) == ("detector", 3, torch.__version__)


def test_half_floats_take_half_the_room_and_come_back_as_float32(tmp_path: Path) -> None:
    state = {"weight": torch.randn(100, 100), "count": torch.tensor(7)}
    checkpoints.save(tmp_path / "full", state, {})
    checkpoints.save(tmp_path / "half", state, {}, half=True)
    sizes = [(tmp_path / f"{name}.safetensors").stat().st_size for name in ("full", "half")]
    assert sizes[1] < 0.52 * sizes[0]
    loaded, _ = checkpoints.load(tmp_path / "half")
    assert loaded["weight"].dtype == torch.float32
    assert loaded["count"].dtype == torch.int64
    assert torch.allclose(loaded["weight"], state["weight"], atol=2e-3)


def test_the_suffix_may_be_given_and_dots_in_the_name_stay(tmp_path: Path) -> None:
    checkpoints.save(tmp_path / "v1.2", {"w": torch.ones(1)}, {})
    assert (tmp_path / "v1.2.safetensors").is_file()
    assert checkpoints.load(tmp_path / "v1.2.safetensors")[0]["w"] == 1


def test_tensors_that_share_memory_are_saved_apart(tmp_path: Path) -> None:
    tensor = torch.ones(4)
    checkpoints.save(tmp_path / "model", {"a": tensor, "b": tensor, "c": tensor[:2]}, {})
    assert sorted(checkpoints.load(tmp_path / "model")[0]) == ["a", "b", "c"]


def test_the_fingerprint_follows_weights_and_sidecar(tmp_path: Path) -> None:
    def made(name: str, value: float, seed: int) -> str:
        checkpoints.save(tmp_path / name, {"w": torch.full((2,), value)}, {"seed": seed})
        return checkpoints.fingerprint(tmp_path / name)

    first = made("a", 1.0, 0)
    assert made("b", 1.0, 0) == first
    assert made("c", 2.0, 0) != first
    assert made("d", 1.0, 1) != first


def test_weights_of_another_save_are_found_out(tmp_path: Path) -> None:
    checkpoints.save(tmp_path / "a", {"w": torch.zeros(2)}, {})
    checkpoints.save(tmp_path / "b", {"w": torch.ones(2)}, {})
    (tmp_path / "a.json").write_bytes((tmp_path / "b.json").read_bytes())
    with pytest.raises(CheckpointError, match="sha256 differs"):
        checkpoints.load(tmp_path / "a")


def test_damaged_weights_are_named(tmp_path: Path) -> None:
    checkpoints.save(tmp_path / "a", {"w": torch.zeros(2)}, {})
    (tmp_path / "a.safetensors").write_bytes(b"cut")
    with pytest.raises(CheckpointError, match=r"a\.safetensors"):
        checkpoints.load(tmp_path / "a")


def test_a_missing_half_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"ghost\.json is missing"):
        checkpoints.load(tmp_path / "ghost")
    checkpoints.save(tmp_path / "a", {"w": torch.zeros(2)}, {})
    (tmp_path / "a.safetensors").unlink()
    for read in (checkpoints.load, checkpoints.fingerprint):
        with pytest.raises(CheckpointError, match=r"a\.safetensors is missing"):
            read(tmp_path / "a")


def test_a_figure_that_is_no_number_leaves_the_old_checkpoint_whole(tmp_path: Path) -> None:
    checkpoints.save(tmp_path / "a", {"w": torch.zeros(2)}, {"metrics": {"map50": 0.5}})
    with pytest.raises(ValueError, match="not JSON compliant"):
        checkpoints.save(tmp_path / "a", {"w": torch.ones(2)}, {"metrics": {"map50": float("nan")}})
    assert checkpoints.load(tmp_path / "a")[0]["w"].tolist() == [0, 0]
    assert json.loads((tmp_path / "a.json").read_text())["metrics"] == {"map50": 0.5}
