"""What every training run does: a budget, a schedule, averaged weights, steps that report, and the final judgement."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from models_ml.data import Batch, is_clear
from models_ml.detection import BATCH, SCORE_FLOOR, Detector
from models_ml.images import open_image
from models_ml.manifest import SceneEntry
from models_ml.metrics import mean_average_precision
from models_ml.types import Detection

WARM_UP = 0.04
CLIP_NORM = 10.0


class TrainingDivergedError(RuntimeError):
    """The loss is no longer a number: nothing learned after this is worth keeping."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands after ``step`` of about ``steps``; ``losses`` are the parts of this step's loss."""

    step: int
    steps: int
    losses: Mapping[str, float]
    seconds_left: float

    @property
    def loss(self) -> float:
        """The sum of the parts."""
        return sum(self.losses.values())


@dataclass(slots=True)
class Budget:
    """How long to train: a number of steps, of seconds, or whichever is spent first. ``spent`` seconds came before."""

    steps: int | None = None
    seconds: float | None = None
    spent: float = 0.0
    _since: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        if self.steps is None and self.seconds is None:
            raise ValueError("training needs an end: give steps, epochs or minutes")

    def elapsed(self) -> float:
        """Seconds of training so far, earlier runs included."""
        return self.spent + time.monotonic() - self._since

    def share(self, step: int) -> float:
        """The share of the budget used after ``step`` steps, in [0, 1]."""
        by_steps = step / self.steps if self.steps else 0.0
        by_seconds = self.elapsed() / self.seconds if self.seconds else 0.0
        return min(max(by_steps, by_seconds), 1.0)

    def progress(self, step: int, losses: Mapping[str, float]) -> Progress:
        """The event to report after ``step``."""
        share = max(self.share(step), 1e-6)
        return Progress(step, max(round(step / share), step), losses, self.elapsed() * (1 - share) / share)


def rate_factor(share: float) -> float:
    """Learning rate as a share of its peak: a straight warm-up, then half a cosine (Loshchilov and Hutter 2017)."""
    if share < WARM_UP:
        return 0.02 + 0.98 * share / WARM_UP
    return 0.5 + 0.5 * math.cos(math.pi * (share - WARM_UP) / (1 - WARM_UP))


def averaged(model: nn.Module, decay: float = 0.998) -> AveragedModel:
    """A copy of the model that follows it as an exponential moving average, faster in the first steps."""

    def follow(mean: Tensor, value: Tensor, seen: Tensor | int) -> Tensor:
        pull = 1 - min(decay, (1 + float(seen)) / (10 + float(seen)))
        return mean + (value - mean) * pull if mean.is_floating_point() else value

    return AveragedModel(model, avg_fn=follow, use_buffers=True)


def train_one_epoch(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    batches: Iterable[Batch],
    *,
    budget: Budget,
    start: int,
    follower: AveragedModel,
) -> Iterator[Progress]:
    """Train on the batches of steps ``start``, ``start + 1``, ..., yielding after each, until they or the budget end.

    Raises :class:`TrainingDivergedError` on a loss that is not finite, before it reaches the weights.
    """
    model.train()
    device = next(model.parameters()).device
    for step, (images, targets) in enumerate(batches, start=start):
        if budget.share(step) >= 1:
            return
        factor = rate_factor(budget.share(step))
        for group in optimizer.param_groups:
            group["lr"] = group["peak_lr"] * factor
        parts = model([i.to(device) for i in images], [{k: v.to(device) for k, v in t.items()} for t in targets])
        loss = torch.stack(list(parts.values())).sum()
        losses = {name.removeprefix("loss_"): float(part.detach()) for name, part in parts.items()}
        if not math.isfinite(float(loss.detach())):
            raise TrainingDivergedError(
                f"step {step}: the loss is not finite ({losses}); lower the learning rate or look at the newest scenes"
            )
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
        optimizer.step()
        follower.update_parameters(model)
        yield budget.progress(step + 1, losses)


class DetectorMetrics(TypedDict):
    """What a detector reached on ``scenes`` scenes with ``objects`` clear objects; average precision at IoU 0.5 and 0.75."""

    map50: float
    map75: float
    per_class: dict[str, float]
    scenes: int
    objects: int


def evaluate(detector: Detector, scenes: Sequence[SceneEntry]) -> DetectorMetrics:
    """Judge a detector on scenes with known boxes; objects hardly seen count neither for nor against."""
    found: list[list[Detection]] = []
    for start in range(0, len(scenes), BATCH):
        images = [open_image(s.image, max_side=2 * detector.config.image_side) for s in scenes[start : start + BATCH]]
        found += detector.detect(images, min_score=SCORE_FLOOR, max_detections=100, duplicate_iou=1.0)
    truths = [[(o.box, o.category) for o in s.objects if is_clear(o)] for s in scenes]
    unclear = [[(o.box, o.category) for o in s.objects if not is_clear(o)] for s in scenes]
    at50 = mean_average_precision(found, truths, 0.5, ignored=unclear)
    at75 = mean_average_precision(found, truths, 0.75, ignored=unclear)
    return {
        "map50": at50["map50"],
        "map75": at75["map50"],
        "per_class": at50["per_class"],
        "scenes": len(scenes),
        "objects": sum(len(t) for t in truths),
    }
