"""Several processes that train one model, as ``torchrun`` starts them: who is who, what they share, what they agree on.

Each process looks at its share of every batch and all average their gradients before they step, so that they keep the very
same weights (synchronous data parallelism; Goyal et al. 2017). The first one judges, writes and decides. NCCL carries it
between GPUs, Gloo between CPUs.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn

PATIENCE = timedelta(hours=4)
"""How long the others wait while the first one judges."""
APART = 7_919_000_017


@dataclass(frozen=True, slots=True)
class Team:
    """``rank`` (from 0) of the ``size`` processes, and the ``device`` of this one."""

    device: str
    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this is the process that judges, writes and decides."""
        return self.rank == 0

    def seed(self, seed: int, step: int) -> int:
        """What a step draws by chance follows from this: another for each process, the same whenever it is repeated."""
        return seed * 1_000_003 + step + self.rank * APART

    def average(self, tensors: Iterable[Tensor]) -> None:
        """Bring each tensor to its mean over all processes, in place and in one message."""
        rows = list(tensors)
        if self.size == 1 or not rows:
            return
        flat = torch.cat([row.detach().reshape(-1).float() for row in rows])
        dist.all_reduce(flat)
        flat /= self.size
        start = 0
        for row in rows:
            row.copy_(flat[start : start + row.numel()].view_as(row))
            start += row.numel()

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """The gradient of the whole batch from those of its equal shares. A parameter that no share touched has none."""
        if self.size == 1:
            return
        learned = [each for each in parameters if each.requires_grad]
        touched = torch.tensor([float(each.grad is not None) for each in learned], device=self.device)
        self.average([touched])
        mine = [each for each, share in zip(learned, touched.tolist(), strict=True) if share > 0]
        for each in mine:
            if each.grad is None:
                each.grad = torch.zeros_like(each)
        self.average([each.grad for each in mine if each.grad is not None])

    def agreed(self, number: float) -> float:
        """The first process' number, for all: clocks and people's wishes are read by one alone."""
        if self.size == 1:
            return number
        told = torch.tensor([number], dtype=torch.float64, device=self.device)
        dist.broadcast(told, src=0)
        return float(told)

    def meet(self) -> None:
        """Wait here for all."""
        if self.size > 1:
            dist.barrier()


def team_of(device: str) -> Team:
    """The team that ``torchrun`` made this process a part of; it alone where it was started without."""
    size, rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
    if size == 1:
        return Team(device)
    if torch.device(device).type == "cuda":
        device = f"cuda:{os.environ.get('LOCAL_RANK', rank)}"
        torch.cuda.set_device(device)
    if not dist.is_initialized():
        dist.init_process_group("nccl" if device.startswith("cuda") else "gloo", timeout=PATIENCE)
    return Team(device, rank, size)


def part_ways() -> None:
    """Leave the team, once all are done: who goes early takes the connections from under the others."""
    if dist.is_initialized():
        dist.barrier()
        dist.destroy_process_group()
