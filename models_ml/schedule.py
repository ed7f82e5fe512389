"""How long a run goes on, how fast it learns at each moment, and the average of its weights that is kept."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

WARM_UP = 0.04


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands after ``step`` of about ``steps``; ``losses`` are the parts of this step's loss, ``rate`` its
    learning rate (a backbone's or proxies' is a fixed multiple of it)."""

    step: int
    steps: int
    losses: Mapping[str, float]
    seconds_left: float
    rate: float = 0.0

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

    def progress(self, step: int, losses: Mapping[str, float], rate: float = 0.0) -> Progress:
        """The event to report after ``step``."""
        share = max(self.share(step), 1e-6)
        return Progress(step, max(round(step / share), step), losses, self.elapsed() * (1 - share) / share, rate)


def rate_factor(share: float) -> float:
    """Learning rate as a share of its peak: a straight warm-up, then half a cosine (Loshchilov and Hutter 2017)."""
    if share < WARM_UP:
        return 0.02 + 0.98 * share / WARM_UP
    return 0.5 + 0.5 * math.cos(math.pi * (share - WARM_UP) / (1 - WARM_UP))


def averaged(model: nn.Module, decay: float = 0.998) -> AveragedModel:
    """A copy of the model that follows it as an exponential moving average, faster in the first steps."""

    def follow(means: Any, values: Any, seen: Tensor | int) -> None:
        if not means[0].is_floating_point():
            torch._foreach_copy_(means, values)
            return
        torch._foreach_lerp_(means, values, 1 - min(decay, (1 + float(seen)) / (10 + float(seen))))

    return AveragedModel(model, multi_avg_fn=follow, use_buffers=True)
