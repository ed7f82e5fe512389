"""A small share of looks is shown in a random order, so that what is learned can be judged by what was never chosen. Pure.

Within the share the first ``depth`` tags are shuffled, each order as likely as any other. How likely every tag was to stand
where it stood is then known exactly (the logging propensity of Swaminathan and Joachims 2015), whatever ranked them.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

DEPTH = 5
Item = TypeVar("Item")


def explored(ranked: Sequence[Item], *, share: float, seed: str, depth: int) -> tuple[list[Item], list[float]]:
    """``ranked`` as it is shown, and for each position the probability, in (0, 1], that its item would stand there.

    ``seed`` decides alone, so that a repeat gives the same. ``depth`` items from the first may be moved, at most ``DEPTH``.
    """
    moved = min(depth, DEPTH, len(ranked))
    if moved < 2 or share <= 0:
        return list(ranked), [1.0] * len(ranked)
    chance = random.Random(hashlib.blake2b(seed.encode(), digest_size=16).digest())
    order = list(range(moved))
    if chance.random() < share:
        chance.shuffle(order)
    shown = [ranked[i] for i in order] + list(ranked[moved:])
    likely = [(1 - share) * (i == at) + share / moved for at, i in enumerate(order)]
    return shown, likely + [1.0] * (len(ranked) - moved)
