"""Started by torchrun in ``test_together``: learns a mean on shared batches, and writes what each process came to."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from models_ml.engine import RunConfig, Trainee, train
from models_ml.schedule import Progress
from models_ml.together import Team, part_ways, team_of

BATCH, STEPS = 4, 12


class Mean(Trainee[Tensor, dict[str, float]]):
    """Learns the mean of numbers, four a step; a share is every so-manieth of them."""

    kind = "mean"
    config: dict[str, Any] = {}
    origin = None
    manifest_hash = "abc"
    categories = ()
    steps_an_epoch = 10

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.net = nn.Linear(1, 1)
        self.idle = nn.Parameter(torch.zeros(1))
        self.team = Team("cpu")

    def groups(self) -> list[dict[str, Any]]:
        return [{"params": [*self.net.parameters(), self.idle], "peak_lr": 0.05, "weight_decay": 0.0}]

    def share(self, team: Team) -> None:
        self.team = team

    def batches(self, steps: range) -> Iterator[Tensor]:
        for step in steps:
            whole = torch.randn(BATCH, 1, generator=torch.Generator().manual_seed(step)) + 3
            yield whole[self.team.rank :: self.team.size]

    def losses(self, batch: Tensor) -> dict[str, Tensor]:
        return {"square": ((self.net(torch.ones_like(batch)) - batch) ** 2).mean()}

    def judge(self, net: nn.Module) -> dict[str, float]:
        return {"value": float(net(torch.ones(1, 1)).detach())}


def trained(out: Path, *, stop_after: int = 99, resume: bool = False) -> None:
    """Train, and write down what the weights of this process are and what it heard."""
    trainee, heard = Mean(), list[Progress]()
    team = team_of("cpu")
    report = train(
        trainee,
        RunConfig(steps=STEPS, seed=1, resume=resume, save_every=0.0, evaluate_every=0.0),
        out,
        on_progress=heard.append,
        # The second is asked too and would stop at once: only the first is listened to.
        should_stop=lambda: not team.leads or len(heard) >= stop_after,
    )
    record = {
        "weights": weights_of(trainee), "steps": report.steps, "stopped": report.stopped, "heard": len(heard),
        "losses": [event.loss for event in heard],
    }  # fmt: skip
    name = f"{out.name}-resumed" if resume else out.name
    (out.parent / f"{name}-{team.rank}.json").write_text(json.dumps(record))


def weights_of(trainee: Mean) -> list[float]:
    """All weights in one row."""
    return [float(value) for each in trainee.net.parameters() for value in each.detach().reshape(-1)]


def main(folder: Path) -> None:
    """A whole run, one that is cut, and that one going on."""
    trained(folder / "whole")
    trained(folder / "cut", stop_after=5)
    trained(folder / "cut", resume=True)
    part_ways()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
