"""Furnished rooms by number: the same seed and products always give the same room, furniture, light and cameras."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from showroom.cameras import choose_views
from showroom.floorplan import FloorPlan
from showroom.layouts import LAYOUTS, by_category, fill_shelves
from showroom.shell import books_for, build_shell, draw_window
from showroom.types import Floats, Placement, ProductSpec, Room

KINDS = ("living", "bedroom", "dining", "living", "reading", "hallway")
_STREAM = 7919


@dataclass(frozen=True, eq=False)
class _Arrangement:
    """A room's furniture before walls, light and cameras, which draw from the same generator later on."""

    rng: np.random.Generator
    kind: str
    size: tuple[float, float, float]
    window_side: int
    plan: FloorPlan
    focus: Floats


def _arrange(seed: int, products: Sequence[ProductSpec]) -> _Arrangement:
    if not products:
        raise ValueError(f"room {seed} cannot be furnished from an empty list of products")
    rng = np.random.default_rng([seed, _STREAM])
    kind = KINDS[seed % len(KINDS)]
    size = (float(rng.uniform(4.2, 5.3)), float(rng.uniform(3.9, 4.8)), float(rng.uniform(2.55, 2.9)))
    side = -1 if rng.random() < 0.5 else 1
    plan = FloorPlan(rng, by_category(list(products)), size)
    focus = LAYOUTS[kind](plan, "left" if side > 0 else "right")
    fill_shelves(plan)
    return _Arrangement(rng, kind, size, side, plan, focus)


def arrange(seed: int, products: Sequence[ProductSpec]) -> tuple[Placement, ...]:
    """What ``furnish`` would put into the room, and where, without the cost of the rest."""
    return tuple(_arrange(seed, products).plan.placements)


def furnish(
    seed: int, products: Sequence[ProductSpec], *, cameras: int = 4, width: int = 640, height: int = 480
) -> Room:
    """Furnish room number ``seed`` from ``products``, none of which is used twice (but chairs round a table).

    Consecutive seeds go round the room kinds. No two solid footprints intersect. ``cameras`` views of ``width`` x ``height``
    pixels differ in angle, height, distance and field of view. An empty ``products`` is a ``ValueError``.
    """
    made = _arrange(seed, products)
    rng, size, plan = made.rng, made.size, made.plan
    window = draw_window(rng, size, made.window_side)
    shell, curtains = build_shell(rng, size, window)
    clutter = curtains + books_for(rng, plan.free_shelves)
    views = choose_views(rng, size, made.focus, plan.placements, cameras, width, height)
    lamps_on = bool(rng.random() < 0.6)
    daylight = float(rng.uniform(0.35, 0.9) if lamps_on else rng.uniform(0.8, 1.3))
    return Room(seed, made.kind, size, window, shell, clutter, tuple(plan.placements), views, daylight, lamps_on)
