"""Whitening: directions in which pictures differ by chance, not by product, are made to count as little as all others.

A network trained for something else gives features of which a few directions tell most of the variance; after whitening by
principal components every direction that is kept has the same (Jegou and Chum 2012). It needs no labels.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

LEAST_VARIANCE = 1e-6
"""Of the largest: directions with less are noise of the arithmetic, and blowing them up would drown the rest."""


class Whitening(NamedTuple):
    """``weight`` (dim, c) and ``bias`` (dim,) of the linear layer that whitens."""

    weight: Tensor
    bias: Tensor


def whitening(features: Tensor, dim: int) -> Whitening:
    """The layer that turns ``features`` (n, c) into ``dim`` numbers of mean 0 and variance 1 that do not correlate.

    Raises ``ValueError`` where the features do not vary in that many directions.
    """
    centre = features.mean(0)
    spread = (features - centre).double()
    variances, directions = torch.linalg.eigh(spread.T @ spread / len(features))
    kept = variances.flip(0)[:dim]
    if len(kept) < dim or kept[-1] <= LEAST_VARIANCE * kept[0]:
        alive = int((variances > LEAST_VARIANCE * variances.max()).sum())
        raise ValueError(
            f"{len(features)} pictures differ in {alive} directions, too few for {dim}; give a smaller --dim"
        )
    weight = (directions.flip(1)[:, :dim] / kept.sqrt()).T.float()
    return Whitening(weight.contiguous(), -weight @ centre)
