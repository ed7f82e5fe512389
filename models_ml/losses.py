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

    Where people refused classes they were shown, ``rejected_weight`` times a third softmax is added, over the true class and
    those refused alone: they looked right to the model and were not, the hardest negatives there are.
    """

    def __init__(
        self,
        classes: int,
        dim: int,
        *,
        temperature: float = 0.05,
        margin: float = 0.0,
        groups: Tensor | None = None,
        rejected_weight: float = 0.5,
    ) -> None:
        super().__init__()
        if classes < 2:
            raise ValueError(f"metric learning needs at least two classes, got {classes}")
        if groups is not None and groups.shape != (classes,):
            raise ValueError(f"groups of shape {tuple(groups.shape)} for {classes} classes")
        self.proxies = nn.Parameter(torch.randn(classes, dim))
        self.temperature = temperature
        self.margin = margin
        self.rejected_weight = rejected_weight
        self.groups: Tensor | None
        self.register_buffer("groups", groups, persistent=False)

    def forward(self, embeddings: Tensor, labels: Tensor, rejected: Tensor | None = None) -> Tensor:
        """The sum of :meth:`parts`."""
        return torch.stack(list(self.parts(embeddings, labels, rejected).values())).sum()

    def parts(self, embeddings: Tensor, labels: Tensor, rejected: Tensor | None = None) -> dict[str, Tensor]:
        """The loss by its parts, each a scalar. ``embeddings`` (n, dim) are of unit length, ``labels`` (n,) class numbers,
        ``rejected`` (n, k) the classes refused for each, filled up with -1."""
        cosines = embeddings @ functional.normalize(self.proxies, dim=1).T
        logits = self._with_margin(cosines, labels) / self.temperature
        parts = {"softmax": functional.cross_entropy(logits, labels)}
        if self.groups is not None:
            rivals = self.groups[labels][:, None] == self.groups[None, :]
            parts["in_group"] = functional.cross_entropy(logits.masked_fill(~rivals, -math.inf), labels) / 2
            parts["softmax"] = parts["softmax"] / 2
        if rejected is not None and (hard := (rejected >= 0).any(1)).any():
            parts["rejected"] = self.rejected_weight * self._against(logits[hard], labels[hard], rejected[hard])
        return parts

    def _against(self, logits: Tensor, labels: Tensor, rejected: Tensor) -> Tensor:
        """Cross-entropy among the true class and the rejected ones."""
        refused = logits.gather(1, rejected.clamp(min=0)).masked_fill(rejected < 0, -math.inf)
        contest = torch.cat([logits.gather(1, labels[:, None]), refused], dim=1)
        return functional.cross_entropy(contest, torch.zeros_like(labels))

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


def supervised_contrast(embeddings: Tensor, labels: Tensor, *, temperature: float) -> Tensor:
    """``(n, dim)`` unit embeddings and ``(n,)`` class numbers to a scalar: L_out of Khosla et al. (2020).

    For each item the mean over its positives (the other items of its class) of ``-log softmax(cosines / temperature)``, the
    softmax being over all other items; then the mean over the items that have a positive, 0 where none has.
    """
    itself = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    positive = (labels[:, None] == labels[None, :]) & ~itself
    logits = (embeddings @ embeddings.T / temperature).masked_fill(itself, -math.inf)
    shares = torch.log_softmax(logits, dim=1).masked_fill(~positive, 0.0)
    counts = positive.sum(1)
    anchors = counts > 0
    if not anchors.any():
        return embeddings.sum() * 0
    return -(shares.sum(1)[anchors] / counts[anchors]).mean()
