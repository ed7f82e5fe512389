"""Which products stand in a scene: how high a ranking of the whole catalogue places those that do. Free of torch.

The task of Tautkute et al. 2017 (*What looks good with my sofa*): known products, no boxes. Products that share a photo are
one entry, since no picture tells them apart.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from models_ml.metrics import recall_at_k

Scores = npt.NDArray[np.float32]


class InCategory(TypedDict):
    """Shares of (scene, entry) pairs ranked so high among the entries of their own category."""

    r1: float
    r5: float
    r10: float
    r20: float


class SceneRetrieval(TypedDict):
    """Shares of (scene, entry) pairs ranked so high in the whole catalogue; ``map`` is the mean over scenes of their average
    precision."""

    r1: float
    r5: float
    r10: float
    r50: float
    r100: float
    map: float
    in_category: InCategory


def scene_retrieval(
    scores: Scores,
    relevant: Sequence[Collection[int]],
    entries: npt.NDArray[np.int64],
    categories: Sequence[str],
) -> SceneRetrieval:
    """Judge ``scores`` (scenes, products), higher is better, -inf for a product that was not looked for.

    ``relevant[i]`` are the positions of the products that stand in scene ``i``; a scene without any is not judged.
    ``entries`` (products,) numbers the entries from 0 on without a gap; an entry scores as its best product, and is of its
    first product's category. A tie counts against: an entry's place is the last of those that score as high.
    """
    if scores.shape != (len(relevant), len(entries)) or len(categories) != len(entries):
        raise ValueError(f"scores of shape {scores.shape} for {len(relevant)} scenes and {len(entries)} products")
    first = np.unique(entries, return_index=True)[1]
    category = np.asarray(categories, dtype=object)[first]
    overall: list[int | None] = []
    near: list[int | None] = []
    precisions: list[float] = []
    for row, products in zip(scores, relevant, strict=True):
        if not products:
            continue
        best = np.full(len(first), -np.inf, dtype=np.float32)
        np.maximum.at(best, entries, row)
        known = sorted({int(entries[i]) for i in products})
        places = [int((best >= best[entry]).sum()) for entry in known]
        overall += places
        near += [int((best[category == category[entry]] >= best[entry]).sum()) for entry in known]
        precisions.append(average_precision_of(places))
    r1, r5, r10, r50, r100 = (round(recall_at_k(overall, k), 4) for k in (1, 5, 10, 50, 100))
    c1, c5, c10, c20 = (round(recall_at_k(near, k), 4) for k in (1, 5, 10, 20))
    return {
        "r1": r1,
        "r5": r5,
        "r10": r10,
        "r50": r50,
        "r100": r100,
        "map": round(sum(precisions) / len(precisions), 4) if precisions else 0.0,
        "in_category": {"r1": c1, "r5": c5, "r10": c10, "r20": c20},
    }


def average_precision_of(places: Sequence[int]) -> float:
    """Mean, over the relevant, of the precision at the place of each; places start at 1."""
    return sum(hit / place for hit, place in enumerate(sorted(places), start=1)) / len(places)
