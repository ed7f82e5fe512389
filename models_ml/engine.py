"""What every training run does: steps that report, judgements on the way, and a state from which a run that was cut goes
on as if it had not been.

A kind of model tells the loop about itself as a :class:`Trainee`; :func:`train` does the rest.
"""

from __future__ import annotations

import json
import logging
import math
import os
import pickle
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import torch
from torch import Tensor, nn

from models_ml import checkpoints
from models_ml.revision import code_revision
from models_ml.schedule import Budget, Progress, averaged, rate_factor
from models_ml.together import Team, team_of

log = logging.getLogger(__name__)

CLIP_NORM = 10.0
FOREVER = 10**9
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
NOT_OF_THE_RECIPE = ("model", "weights", "weights_name", "weights_licence", "resume", "device")
"""Fields of a config that a sidecar tells elsewhere or should not tell: where files lie on somebody's machine."""

B = TypeVar("B")
M = TypeVar("M", bound=Mapping[str, object])


class TrainingDivergedError(RuntimeError):
    """The loss is no longer a number: nothing learned after this is worth keeping."""


@dataclass(frozen=True, slots=True)
class RunConfig:
    """How to train, whatever is trained. At least one of ``steps``, ``epochs`` and ``minutes`` ends the run; the first
    one spent does.

    ``learning_rate`` is the peak. ``weights`` is what to start from (see :mod:`models_ml.body_weights`); ``weights_name``
    and ``weights_licence`` are the credit of weights made by others. Every ``save_every`` seconds the state is written
    that ``resume`` goes on from; every ``evaluate_every`` minutes the model is judged, published and noted in the curve.
    ``precision`` is that of the matrix products: ``float32`` or, on machines with the units for it, ``bfloat16``.
    """

    steps: int | None = None
    epochs: float | None = None
    minutes: float | None = None
    batch: int = 8
    learning_rate: float = 1e-3
    backbone_rate: float = 0.3
    weight_decay: float = 0.02
    seed: int = 0
    weights: Path | None = None
    weights_name: str = ""
    weights_licence: str = ""
    save_every: float = 300.0
    evaluate_every: float = 5.0
    precision: str = "float32"
    device: str = "cpu"
    resume: bool = False

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise ValueError(f"no precision {self.precision!r}; choose one of {', '.join(PRECISIONS)}")


@dataclass(frozen=True, slots=True)
class Report(Generic[M]):
    """What a run came to. ``stopped`` says it was asked to end early; the checkpoint holds what it had by then."""

    checkpoint: Path
    metrics: M
    steps: int
    seconds: float
    stopped: bool


class Trainee(ABC, Generic[B, M]):
    """One kind of model in training. ``net`` is what is averaged and published; ``config`` (its JSON form), ``origin``
    (what it was started from), ``manifest_hash`` and ``categories`` go into the sidecar."""

    kind: str
    net: nn.Module
    config: dict[str, Any]
    origin: dict[str, Any] | None
    manifest_hash: str
    categories: tuple[str, ...]
    steps_an_epoch: int

    @abstractmethod
    def groups(self) -> list[dict[str, Any]]:
        """What the optimizer works on, each group with its ``peak_lr``; always in one order, or no run can resume."""

    @abstractmethod
    def batches(self, steps: range) -> Iterable[B]:
        """The batches of these steps. Each must depend on nothing but the seed and its step."""

    @abstractmethod
    def losses(self, batch: B) -> dict[str, Tensor]:
        """The parts of the loss, by name; their sum is what is minimised."""

    @abstractmethod
    def judge(self, net: nn.Module) -> M:
        """Metrics of the averaged network on scenes it does not learn from."""

    def share(self, team: Team) -> None:
        """Look at this process' share of each batch alone, from now on. ValueError where batches cannot be shared out."""
        raise ValueError(f"a {self.kind} cannot be trained by several processes; start one")

    def companions(self) -> dict[str, nn.Module]:
        """What learns along but is not published, by the name it has in the state."""
        return {}


def train(
    trainee: Trainee[B, M],
    config: RunConfig,
    out: Path,
    *,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    on_judged: Callable[[], None] = lambda: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Report[M]:
    """Train, write the checkpoint ``out`` and beside it ``out.curve.jsonl``, a line a judgement.

    ``on_progress`` hears of each step, ``on_judged`` of each line of the curve, and ``should_stop`` is asked after each step.
    A run that is cut and resumed ends with the very same weights as one that was not, on a CPU and with an end in steps.
    Under ``torchrun`` several processes share each batch; the first alone calls back, judges and writes, and the report of
    the others has no metrics. Raises :class:`TrainingDivergedError`.
    """
    team = team_of(config.device)
    if team.size > 1:
        trainee.share(team)
    run = _Run(trainee, config, out, team, on_judged)
    if (first := team.agreed(run.step)) != run.step:
        raise ValueError(
            f"process {team.rank} would go on from step {run.step}, the first from {first:.0f}: they share no {run.state_file};"
            " give --out a folder that all machines see"
        )
    stopped = False
    for progress in run.steps():
        if team.leads:
            on_progress(progress)
        stopped = bool(team.agreed(float(team.leads and should_stop())))
        if stopped:
            break
        if team.leads:
            run.keep_up()
    metrics = cast(M, {})
    if team.leads:
        run.remember()
        metrics = run.publish()
        if not stopped:
            run.state_file.unlink(missing_ok=True)
    # The files are there for whoever goes on with them, and nobody hangs up on others that still listen.
    team.meet()
    return Report(out, metrics, run.step, run.budget.elapsed(), stopped)


def _budget(config: RunConfig, steps_an_epoch: int) -> Budget:
    by_epochs = round(config.epochs * steps_an_epoch) if config.epochs else None
    given = [n for n in (config.steps, by_epochs) if n]
    return Budget(max(min(given), 1) if given else None, config.minutes * 60 if config.minutes else None)


class _Run(Generic[B, M]):
    """One run under way: the trainee, its follower, the optimizer, and where they stand."""

    def __init__(
        self, trainee: Trainee[B, M], config: RunConfig, out: Path, team: Team, on_judged: Callable[[], None]
    ) -> None:
        self.trainee, self.config, self.out = trainee, config, out
        self.team, self.on_judged = team, on_judged
        self.state_file = out.with_name(out.name + ".resume.pt")
        self.curve_file = out.with_name(out.name + ".curve.jsonl")
        self.follower = averaged(trainee.net)
        self.optimizer = torch.optim.AdamW(trainee.groups(), lr=config.learning_rate, fused=True)
        self.learned = {"model": trainee.net, "follower": self.follower, **trainee.companions()}
        self.step = 0
        self.rate = 0.0
        self.published: tuple[int, M] | None = None
        self.budget = _budget(config, trainee.steps_an_epoch)
        self.sums: dict[str, float] = {}
        self.summed = 0
        if config.resume and self.state_file.is_file():
            self._restore()
        elif team.leads:
            self.curve_file.unlink(missing_ok=True)
        self.saved = self.judged = self.budget.elapsed()

    def steps(self) -> Iterator[Progress]:
        """Train to the end of the budget, yielding after each step."""
        self.trainee.net.train()
        for batch in self.trainee.batches(range(self.step, self.budget.steps or FOREVER)):
            share = self.team.agreed(self.budget.share(self.step))
            if share >= 1:
                return
            yield self._advance(batch, share)

    def keep_up(self) -> None:
        """Save and judge, if it is time to."""
        now = self.budget.elapsed()
        if now >= self.judged + 60 * self.config.evaluate_every:
            self.publish()
            self.remember()
        elif now >= self.saved + self.config.save_every:
            self.remember()

    def remember(self) -> None:
        """Write what a resumed run needs, whole or not at all."""
        state = {
            "kind": self.trainee.kind,
            "step": self.step,
            "elapsed": self.budget.elapsed(),
            "manifest": self.trainee.manifest_hash,
            "sums": self.sums,
            "summed": self.summed,
            "optimizer": self.optimizer.state_dict(),
            **{name: module.state_dict() for name, module in self.learned.items()},
        }
        self.state_file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.state_file.with_name(self.state_file.name + ".part")
        torch.save(state, fresh)
        os.replace(fresh, self.state_file)
        self.saved = self.budget.elapsed()

    def publish(self) -> M:
        """Judge the averaged weights, write them as the checkpoint and add a line to the curve; once a step is enough."""
        if self.published and self.published[0] == self.step:
            return self.published[1]
        metrics = self.trainee.judge(self.follower.module)
        checkpoints.save(self.out, self.follower.module.state_dict(), self._sidecar(metrics), half=True)
        line = {
            "step": self.step,
            "seconds": round(self.budget.elapsed(), 1),
            "rate": self.rate,
            "losses": {name: round(total / self.summed, 5) for name, total in self.sums.items()},
            "metrics": metrics,
        }
        with self.curve_file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        self.sums, self.summed = {}, 0
        self.judged = self.budget.elapsed()
        self.published = self.step, metrics
        self.on_judged()
        return metrics

    def _advance(self, batch: B, share: float) -> Progress:
        # All that a step draws by chance follows from the seed and its number, so that a resumed run draws the same.
        torch.manual_seed(self.team.seed(self.config.seed, self.step))
        factor = rate_factor(share)
        self.rate = self.config.learning_rate * factor
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak_lr"] * factor
        half = self.config.precision != "float32"
        device = torch.device(self.config.device).type
        with torch.autocast(device, PRECISIONS[self.config.precision], enabled=half):
            parts = self.trainee.losses(batch)
        loss = torch.stack([part.float() for part in parts.values()]).sum()
        values = self._told(parts)
        self._must_be_finite(sum(values.values()), "loss", values)
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        self.team.average_gradients(each for group in self.optimizer.param_groups for each in group["params"])
        norm = nn.utils.clip_grad_norm_(self.trainee.net.parameters(), CLIP_NORM)
        self._must_be_finite(float(norm), "gradient", values)
        self.optimizer.step()
        self.follower.update_parameters(self.trainee.net)
        self.step += 1
        for name, value in values.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
        self.summed += 1
        return self.budget.progress(self.step, values, self.rate)

    def _told(self, parts: Mapping[str, Tensor]) -> dict[str, float]:
        """The parts of the loss over the whole batch: a share that is no number is none for all."""
        rows = torch.stack([part.detach().float() for part in parts.values()])
        self.team.average([rows])
        return dict(zip(parts, rows.tolist(), strict=True))

    def _must_be_finite(self, number: float, what: str, parts: Mapping[str, float]) -> None:
        if not math.isfinite(number):
            raise TrainingDivergedError(
                f"step {self.step}: the {what} is not finite (parts of the loss: {dict(parts)});"
                " lower the learning rate or look at the newest scenes"
            )

    def _sidecar(self, metrics: M) -> dict[str, object]:
        recipe = {name: value for name, value in asdict(self.config).items() if name not in NOT_OF_THE_RECIPE}
        return {
            "kind": self.trainee.kind,
            "config": self.trainee.config,
            "categories": list(self.trainee.categories),
            "training": {**recipe, "steps_done": self.step, "seconds": round(self.budget.elapsed(), 1)},
            "seed": self.config.seed,
            "manifest_hash": self.trainee.manifest_hash,
            "initial_weights": self.trainee.origin,
            "metrics": metrics,
            "code": code_revision(),
        }

    def _restore(self) -> None:
        remedy = "delete it to start anew"
        try:
            state = torch.load(self.state_file, map_location=self.config.device, weights_only=True)
        except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
            raise checkpoints.CheckpointError(f"{self.state_file} is damaged ({error}); {remedy}") from error
        if state.get("kind", self.trainee.kind) != self.trainee.kind:
            raise checkpoints.CheckpointError(f"{self.state_file} is of a {state['kind']}; {remedy}")
        if state["manifest"] != self.trainee.manifest_hash:
            raise ValueError(f"{self.state_file} belongs to other data; {remedy}, or give the same packs")
        try:
            for name, module in self.learned.items():
                module.load_state_dict(state[name])
            self.optimizer.load_state_dict(state["optimizer"])
        except (RuntimeError, ValueError, KeyError) as error:
            raise checkpoints.CheckpointError(
                f"{self.state_file} is of another network ({error}); {remedy}, or give the same settings"
            ) from error
        self.step = state["step"]
        self.budget.spent = state["elapsed"]
        self.sums, self.summed = dict(state.get("sums", {})), state.get("summed", 0)
        if self.team.leads:
            self._cut_curve()
        log.info("resumed at step %d", self.step)

    def _cut_curve(self) -> None:
        """What was judged after the state was written is trained, and judged, again."""
        if self.curve_file.is_file():
            lines = self.curve_file.read_text(encoding="utf-8").splitlines(keepends=True)
            # The last line may have been cut short with its writer.
            sound = [line for line in lines if line.endswith("\n") and json.loads(line)["step"] <= self.step]
            self.curve_file.write_text("".join(sound), encoding="utf-8")
