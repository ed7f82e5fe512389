"""What speaks for a tag before anybody has looked: its own scores, and what scenes that look alike say. Pure.

A photo seldom comes alone: rooms are shot from several sides, looks are pinned again and again. Where two scenes share
several first products, what stands first in both is likely right in both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Key = str | int

NAMES = (
    "similarity",
    "margin",
    "small margin",
    "box",
    "shared with the most alike scene",
    "alike scenes",
    "scenes with it first",
    "margin elsewhere",
    "times in the scene",
)
SMALL = 0.1
"""Beyond this lead over the next product, more of it says little."""
ALIKE = 2
"""First products, besides the one in question, that two scenes must share to be called alike."""
COMMONPLACE = 400
"""A product that stands first in more scenes than this says nothing of which scenes are alike."""


class Slate(NamedTuple):
    """One proposal with its best candidates, best first; ``groups`` are their same-photo groups, empty where there is none."""

    proposal: int
    scene: int
    half: int
    category: str
    score: float
    products: tuple[int, ...]
    similarities: tuple[float, ...]
    groups: tuple[str, ...]

    @property
    def key(self) -> Key:
        """What stands for the first product: its same-photo group, else itself."""
        return self.groups[0] or self.products[0]

    @property
    def margin(self) -> float:
        """The lead of the first product over the best one that does not share its photo; over nothing, its similarity."""
        group = self.groups[0]
        others = (
            similarity
            for similarity, other in zip(self.similarities[1:], self.groups[1:], strict=True)
            if not group or other != group
        )
        return self.similarities[0] - next(others, 0.0)


def signals_of(slates: Sequence[Slate]) -> Floats:
    """The signals of each slate ``(n, len(NAMES))``, in the light of all the others; every slate has a candidate."""
    scenes: dict[Key, set[int]] = defaultdict(set)
    firsts: dict[int, dict[Key, int]] = defaultdict(lambda: defaultdict(int))
    margins: dict[Key, dict[int, float]] = defaultdict(dict)
    for slate in slates:
        key = slate.key
        scenes[key].add(slate.scene)
        firsts[slate.scene][key] += 1
        margins[key][slate.scene] = max(slate.margin, margins[key].get(slate.scene, 0.0))
    shared = {scene: _shared(scene, keys, scenes) for scene, keys in firsts.items()}
    leads = {key: sorted(by_scene.items(), key=lambda item: -item[1])[:2] for key, by_scene in margins.items()}
    rows = np.zeros((len(slates), len(NAMES)))
    for row, slate in zip(rows, slates, strict=True):
        key = slate.key
        # The product in question is one of those that are shared.
        besides = [shared[slate.scene].get(other, 1) - 1 for other in scenes[key] if other != slate.scene]
        elsewhere = next((lead for scene, lead in leads[key] if scene != slate.scene), 0.0)
        row[:] = (
            slate.similarities[0],
            slate.margin,
            min(slate.margin, SMALL),
            _log_odds(slate.score),
            np.log1p(max(besides, default=0)),
            np.log1p(sum(count >= ALIKE for count in besides)),
            np.log1p(len(besides)),
            elsewhere,
            np.log1p(firsts[slate.scene][key] - 1),
        )
    return rows


def _shared(scene: int, keys: dict[Key, int], scenes: dict[Key, set[int]]) -> dict[int, int]:
    """How many first products each other scene shares with this one."""
    counts: dict[int, int] = defaultdict(int)
    for key in keys:
        if len(scenes[key]) <= COMMONPLACE:
            for other in scenes[key]:
                counts[other] += 1
    counts.pop(scene, None)
    return counts


def _log_odds(score: float) -> float:
    kept = min(max(score, 1e-3), 1 - 1e-3)
    return float(np.log(kept / (1 - kept)))
