"""What to minimise where it is known which products stand in a scene, but not where: multiple-instance learning.

A scene is a bag of boxes (Dietterich et al. 1997). A product's score in it is that of its best box, and each product listed
must score above those of its category, and of all others, that are not.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

NEVER = -1e4
"""The logit of what is no rival: its exponential is 0, and so is its slope, where minus infinity would have none."""


def scene_scores(similarities: Tensor, softness: float) -> Tensor:
    """``(boxes, products)`` to ``(products,)``: ``softness * log(sum(exp(similarities / softness)))`` over the boxes.

    The softer, the more boxes learn beside the best one; near 0 it is the maximum.
    """
    return softness * torch.logsumexp(similarities / softness, dim=0)


def listed_loss(scores: Tensor, listed: Tensor, categories: Tensor, temperature: float) -> dict[str, Tensor]:
    """The parts ``in_category`` and ``overall``, each the mean over the listed products ``p`` of
    ``log(1 + sum over rivals n of exp((scores[n] - scores[p]) / temperature))``.

    ``scores`` (products,) are those of one scene, ``listed`` (products,) says which stand in it, ``categories`` (products,)
    are numbers. Rivals are the products not listed: of the category of ``p``, or all. Raises ``ValueError`` where none is listed.
    """
    if not listed.any():
        raise ValueError("no product is listed for a scene, so there is nothing to learn from it; leave it out")
    logits = scores / temperature
    rivals = torch.where(listed, NEVER, logits)
    right = logits[listed]
    same = categories[listed][:, None] == categories[None, :]
    near = torch.where(same, rivals[None, :], NEVER).logsumexp(1)
    return {
        "in_category": functional.softplus(near - right).mean(),
        "overall": functional.softplus(rivals.logsumexp(0) - right).mean(),
    }
