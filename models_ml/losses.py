"""Metric learning by classification: every product has a proxy vector, and crops are drawn to the proxy of their own.

The loss of *Learning a Unified Embedding for Visual Search at Pinterest* (Zhai et al. 2019): a softmax over cosines (Zhai and
Wu 2018), here with the additive angular margin of ArcFace (Deng et al. 2019) as an option.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


class NormalisedSoftmax(nn.Module):
    """Cross-entropy of ``cos(embedding, proxy) / temperature`` over all classes.

    ``margin`` (radians) is added to the angle of the true class, which asks for tighter clusters. ``groups`` (classes,) may
    name the group of each class; the loss is then the mean of the softmax over all classes and of that within the true
    class's group: the second is the contest that search inside one category really holds.
    """

    def __init__(
        self, classes: int, dim: int, *, temperature: float = 0.05, margin: float = 0.0, groups: Tensor | None = None
    ) -> None:
        super().__init__()
        if classes < 2:
            raise ValueError(f"metric learning needs at least two classes, got {classes}")
        if groups is not None and groups.shape != (classes,):
            raise ValueError(f"groups of shape {tuple(groups.shape)} for {classes} classes")
        self.proxies = nn.Parameter(torch.randn(classes, dim))
        self.temperature = temperature
        self.margin = margin
        self.groups: Tensor | None
        self.register_buffer("groups", groups, persistent=False)

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """``(n, dim)`` unit embeddings and ``(n,)`` class numbers to a scalar."""
        cosines = embeddings @ functional.normalize(self.proxies, dim=1).T
        logits = self._with_margin(cosines, labels) / self.temperature
        loss = functional.cross_entropy(logits, labels)
        if self.groups is None:
            return loss
        rivals = self.groups[labels][:, None] == self.groups[None, :]
        return (loss + functional.cross_entropy(logits.masked_fill(~rivals, -math.inf), labels)) / 2

    @torch.no_grad()
    def centre(self, embeddings: Tensor, labels: Tensor) -> None:
        """Put the proxies of the classes in ``labels`` where their ``embeddings`` lie, at the mean."""
        sums = torch.zeros_like(self.proxies).index_add_(0, labels, embeddings)
        seen = torch.zeros(len(sums), dtype=torch.bool, device=sums.device).index_fill_(0, labels, True)
        self.proxies[seen] = functional.normalize(sums[seen], dim=1) * self.proxies[seen].norm(dim=1, keepdim=True)

    def _with_margin(self, cosines: Tensor, labels: Tensor) -> Tensor:
        if self.margin == 0:
            return cosines
        true = cosines.gather(1, labels[:, None])
        # acos has no finite slope at its ends.
        angle = true.clamp(-1 + 1e-6, 1 - 1e-6).acos()
        return cosines.scatter(1, labels[:, None], (angle + self.margin).clamp(max=math.pi).cos())
