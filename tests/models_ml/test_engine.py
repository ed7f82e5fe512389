"""The loop that all training shares, on a model of one number."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from models_ml import checkpoints
from models_ml.checkpoints import CheckpointError
from models_ml.engine import Report, RunConfig, Trainee, TrainingDivergedError, train
from models_ml.schedule import Progress


class Line(nn.Module):
    """One number to be learned."""

    def __init__(self) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.tensor(0.0))


class Guess(Trainee[float, dict[str, float]]):
    """Learns the numbers it is shown, with some noise of its own; its loss comes in two parts."""

    kind = "guess"
    config = {"numbers": 1}
    origin = None
    categories = ("even", "odd")
    steps_an_epoch = 10

    def __init__(
        self, numbers: Sequence[float] = (1.0,) * 1000, manifest_hash: str = "abc", noise: float = 0.0
    ) -> None:
        self.net, self.numbers, self.manifest_hash, self.noise = Line(), numbers, manifest_hash, noise

    def groups(self) -> list[dict[str, Any]]:
        return [{"params": list(self.net.parameters()), "peak_lr": 0.1, "weight_decay": 0.0}]

    def batches(self, steps: range) -> Iterator[float]:
        return (self.numbers[step] for step in steps)

    def losses(self, batch: float) -> dict[str, Tensor]:
        error = (self.net.value - batch - self.noise * torch.randn(())) ** 2
        return {"near": error / 2, "far": error / 2}

    def judge(self, net: nn.Module) -> dict[str, float]:
        return {"value": float(net.value.detach())}


def run(trainee: Guess, out: Path, stop_after: int = 10**9, **fields: Any) -> tuple[Report[Any], list[Progress]]:
    events: list[Progress] = []
    config = RunConfig(**{"steps": 20, "learning_rate": 0.1, **fields})
    report = train(trainee, config, out, on_progress=events.append, should_stop=lambda: len(events) >= stop_after)
    return report, events


def curve(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.with_name(out.name + ".curve.jsonl").read_text().splitlines()]


def test_it_works(tmp_path: Path) -> None:
    report, events = run(Guess(), tmp_path / "m", steps=200)
    assert report.metrics["value"] == pytest.approx(1.0, abs=0.05)
    assert [e.step for e in events] == list(range(1, 201))
    assert all(e.steps == 200 for e in events)
    assert events[0].losses == {"near": 0.5, "far": 0.5}
    assert events[0].loss == 1.0
    assert max(e.rate for e in events) == pytest.approx(0.1)
    assert events[-1].seconds_left == 0


def test_a_checkpoint_says_what_it_is(tmp_path: Path) -> None:
    report, _ = run(Guess(), tmp_path / "m", seed=3)
    sidecar = checkpoints.read_sidecar(tmp_path / "m")
    assert sidecar["kind"] == "guess"
    assert sidecar["config"] == {"numbers": 1}
    assert sidecar["categories"] == ["even", "odd"]
    assert (sidecar["seed"], sidecar["manifest_hash"]) == (3, "abc")
    assert sidecar["metrics"] == report.metrics
    assert sidecar["code"]
    training = sidecar["training"]
    assert isinstance(training, dict)
    assert (training["steps_done"], training["learning_rate"]) == (20, 0.1)


def test_the_curve_has_a_line_a_judgement_with_the_mean_loss_since_the_last(tmp_path: Path) -> None:
    _, events = run(Guess(), tmp_path / "m", steps=4, evaluate_every=0.0)
    lines = curve(tmp_path / "m")
    assert [line["step"] for line in lines] == [1, 2, 3, 4]
    for line, event in zip(lines, events, strict=True):
        assert line["losses"] == pytest.approx(event.losses, abs=1e-5)
        assert line["rate"] == pytest.approx(event.rate)
        assert set(line["metrics"]) == {"value"}
    _, events = run(Guess(), tmp_path / "n", steps=4)
    [line] = curve(tmp_path / "n")
    assert line["losses"]["near"] == pytest.approx(sum(e.losses["near"] for e in events) / 4, abs=1e-5)


def test_a_run_that_was_cut_ends_with_the_very_weights_of_one_that_was_not(tmp_path: Path) -> None:
    whole, _ = run(Guess(noise=0.3), tmp_path / "whole")
    cut, first = run(Guess(noise=0.3), tmp_path / "cut", stop_after=7)
    again, second = run(Guess(noise=0.3), tmp_path / "cut", resume=True)
    assert (cut.stopped, cut.steps, again.stopped, again.steps) == (True, 7, False, 20)
    assert [e.step for e in first + second] == list(range(1, 21))
    assert again.metrics == whole.metrics
    assert [line["step"] for line in curve(tmp_path / "cut")] == [7, 20]
    assert not list(tmp_path.glob("*.resume.pt"))


def test_a_killed_run_goes_on_from_its_last_state(tmp_path: Path) -> None:
    whole, _ = run(Guess(noise=0.3), tmp_path / "whole")
    numbers = [1.0] * 5 + [math.nan] * 15
    with pytest.raises(TrainingDivergedError):
        run(Guess(numbers, noise=0.3), tmp_path / "cut", save_every=0.0)
    again, events = run(Guess(noise=0.3), tmp_path / "cut", resume=True)
    assert events[0].step == 6
    assert again.metrics == whole.metrics


def test_another_seed_takes_another_road(tmp_path: Path) -> None:
    values = [run(Guess(noise=0.3), tmp_path / "m", seed=seed)[0].metrics["value"] for seed in (0, 1, 0)]
    assert values[0] == values[2] != values[1]


def test_it_ends_with_the_budget(tmp_path: Path) -> None:
    assert len(run(Guess(), tmp_path / "m", steps=7)[1]) == 7
    assert len(run(Guess(), tmp_path / "m", steps=None, epochs=0.5)[1]) == 5
    assert run(Guess(), tmp_path / "m", steps=None, minutes=1e-9)[1] == []


@pytest.mark.parametrize("poison", [math.nan, math.inf])
def test_a_loss_that_is_no_number_stops_the_run_and_spares_the_weights(tmp_path: Path, poison: float) -> None:
    trainee = Guess([1.0, 1.0, poison, 1.0])
    with pytest.raises(TrainingDivergedError, match=r"step 2: the loss is not finite \(parts of the loss: {'near': "):
        run(trainee, tmp_path / "m", steps=4)
    assert math.isfinite(float(trainee.net.value.detach()))
    assert not (tmp_path / "m.safetensors").exists()


def test_a_state_of_other_data_is_refused(tmp_path: Path) -> None:
    run(Guess(), tmp_path / "m", stop_after=2)
    with pytest.raises(ValueError, match=r"m\.resume\.pt belongs to other data; delete it"):
        run(Guess(manifest_hash="xyz"), tmp_path / "m", resume=True)


def test_a_damaged_state_is_refused(tmp_path: Path) -> None:
    run(Guess(), tmp_path / "m", stop_after=2)
    state = tmp_path / "m.resume.pt"
    state.write_bytes(state.read_bytes()[:100])
    with pytest.raises(CheckpointError, match=r"m\.resume\.pt is damaged .*; delete it to start anew"):
        run(Guess(), tmp_path / "m", resume=True)


def test_a_state_of_another_network_or_kind_is_refused(tmp_path: Path) -> None:
    run(Guess(), tmp_path / "m", stop_after=2)
    other = Guess()
    other.net = nn.Linear(2, 2)
    with pytest.raises(CheckpointError, match="is of another network"):
        run(other, tmp_path / "m", resume=True)
    stranger = Guess()
    stranger.kind = "sketch"
    with pytest.raises(CheckpointError, match="is of a guess; delete it"):
        run(stranger, tmp_path / "m", resume=True)


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(ValueError, match="no precision 'float8'; choose one of float32, bfloat16"):
        RunConfig(precision="float8")
