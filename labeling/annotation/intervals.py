"""How far a share counted on few answers may be off. Pure."""

from __future__ import annotations

import math
from typing import NamedTuple

Z = 1.959963984540054
"""Two-sided 95 %."""


class Share(NamedTuple):
    """``hits`` of ``n``, with the share and its 95 % interval; all None without any."""

    hits: int
    n: int
    value: float | None
    low: float | None
    high: float | None


def share(hits: int, n: int) -> Share:
    """A share in [0, 1] with the interval of Wilson (1927), which holds for few answers and near 0 and 1."""
    if n == 0:
        return Share(0, 0, None, None, None)
    value = hits / n
    centre = value + Z * Z / (2 * n)
    spread = Z * math.sqrt(value * (1 - value) / n + Z * Z / (4 * n * n))
    scale = 1 + Z * Z / n
    low = 0.0 if hits == 0 else (centre - spread) / scale
    high = 1.0 if hits == n else (centre + spread) / scale
    return Share(hits, n, value, low, high)
