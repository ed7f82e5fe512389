"""Two processes under torchrun learn what one learns alone, and go on after a cut as if there had been none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from models_ml import checkpoints
from models_ml.data import SceneBatches
from models_ml.engine import RunConfig, train
from models_ml.manifest import Manifest
from models_ml.together import Team, team_of
from models_ml.train_embedder import EmbedderTrainee, TrainConfig
from tests.models_ml.team_run import STEPS, Mean, weights_of
from tests.models_ml.test_engine import Guess
from tests.tiny import tiny_detector, tiny_embedder
from tests.tiny_pack import CATEGORIES, tiny_pack

# Gloo was seen to abort as a process left, on a machine with much else to do.
pytestmark = pytest.mark.flaky(reruns=2)
ROOT = Path(__file__).resolve().parent.parent.parent


def torchrun(module: str, *arguments: object, processes: int = 2) -> None:
    """Start that many processes of a module on this machine; a port of its own is found by torchrun."""
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        f"--nproc-per-node={processes}",
        "-m",
        module,
    ]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, *map(str, arguments)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """What two processes came to, by run (see ``team_run``), the first process first."""
    folder = tmp_path_factory.mktemp("team")
    torchrun("tests.models_ml.team_run", folder)
    return {
        name: [json.loads((folder / f"{name}-{rank}.json").read_text()) for rank in (0, 1)]
        for name in ("whole", "cut", "cut-resumed")
    }


def test_two_learn_what_one_learns_alone(told: dict[str, list[dict[str, Any]]], tmp_path: Path) -> None:
    first, second = told["whole"]
    assert first["weights"] == second["weights"]
    alone, events = Mean(), list[Any]()
    train(alone, RunConfig(steps=STEPS, seed=1), tmp_path / "one", on_progress=events.append)
    assert first["weights"] == pytest.approx(weights_of(alone), abs=1e-6)
    assert first["losses"] == pytest.approx([event.loss for event in events], abs=1e-5)
    # One of them is heard; both end together.
    assert (first["heard"], second["heard"], first["steps"], second["steps"]) == (STEPS, 0, STEPS, STEPS)


def test_two_that_were_cut_go_on_as_if_they_had_not(told: dict[str, list[dict[str, Any]]]) -> None:
    assert [each["stopped"] for each in told["cut"]] == [True, True]
    assert [each["steps"] for each in told["cut"]] == [5, 5], "the second stops where the first was asked to"
    for rank in (0, 1):
        assert told["cut-resumed"][rank]["weights"] == told["whole"][rank]["weights"]
    assert told["cut-resumed"][0]["heard"] == STEPS - 5


@pytest.mark.parametrize("kind", ["detector", "embedder"])
def test_the_real_trainers_share_a_batch(tmp_path: Path, kind: str) -> None:
    pack = tiny_pack(tmp_path / "pack")
    start = tiny_detector(tmp_path, CATEGORIES) if kind == "detector" else tiny_embedder(tmp_path)
    given = ["--manifest", pack, "--weights", f"{start}.safetensors", "--steps", 3, "--batch", 6, "--evaluate-every", 0]
    torchrun(f"models_ml.train_{kind}", *given, "--out", tmp_path / "out")
    sidecar = checkpoints.read_sidecar(tmp_path / "out")
    assert sidecar["training"]["steps_done"] == 3  # type: ignore[index]
    lines = (tmp_path / "out.curve.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [1, 2, 3], "one of them writes the curve"


def test_shares_make_up_the_batch(tmp_path: Path) -> None:
    manifest = Manifest.read(tiny_pack(tmp_path / "pack"))

    def batches() -> SceneBatches:
        return SceneBatches(manifest.part("train").scenes, CATEGORIES, side=64, size=4, seed=2)

    whole, shares = batches(), [batches() for _ in range(2)]
    for rank, share in enumerate(shares):
        share.share(rank, 2)
    for step in (0, 3):
        images, targets = whole[step]
        for rank, share in enumerate(shares):
            mine, theirs = share[step]
            assert all(torch.equal(a, b) for a, b in zip(mine, images[rank::2], strict=True))
            assert [t["boxes"].tolist() for t in theirs] == [t["boxes"].tolist() for t in targets[rank::2]]
    with pytest.raises(ValueError, match="a batch of 4 cannot be shared out evenly among 3 processes"):
        batches().share(0, 3)


def test_views_of_a_product_stay_in_one_share(tmp_path: Path) -> None:
    manifest = Manifest.read(tiny_pack(tmp_path / "pack"))
    trainee = EmbedderTrainee(TrainConfig(steps=1, batch=12, views=3), [manifest], manifest)
    [whole] = trainee.batches(range(1))
    labels: list[int] = []
    for rank in range(2):
        trainee.share(Team("cpu", rank, 2))
        [mine] = trainee.batches(range(1))
        assert all(len(set(mine.labels[i : i + 3].tolist())) == 1 for i in (0, 3))
        labels += mine.labels.tolist()
    assert labels == whole.labels.tolist()
    with pytest.raises(ValueError, match="a batch of 12 cannot be shared out evenly among 5"):
        trainee.share(Team("cpu", 0, 5))


def test_what_cannot_be_shared_says_so() -> None:
    with pytest.raises(ValueError, match="a guess cannot be trained by several processes; start one"):
        Guess().share(Team("cpu", 0, 2))


def test_alone_nothing_is_asked_of_others() -> None:
    team = team_of("cpu")
    row = torch.tensor([1.0, 2.0])
    team.average([row])
    parameter = nn.Parameter(torch.ones(2))
    team.average_gradients([parameter])
    untouched: Tensor | None = parameter.grad
    assert (team.leads, team.agreed(0.25), row.tolist(), untouched) == (True, 0.25, [1.0, 2.0], None)
    assert team.seed(3, 4) == 3 * 1_000_003 + 4, "as it was before there were teams"
