"""Which rooms a pack shows, with which products: the split of rooms, and who stands where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from showroom.rooms import arrange, furnish
from showroom.types import Placement, ProductSpec, Room

TEST_SHARE = 0.28
TEST_HELD_OUT = 0.6
ATTEMPTS = 12
SEED_BLOCK = 1000


@dataclass(frozen=True, eq=False)
class PlannedRoom:
    """A furnished room and its split, ``train`` or ``test``."""

    room: Room
    split: str


def plan_rooms(products: Sequence[ProductSpec], *, rooms: int, cameras: int, seed: int = 0) -> list[PlannedRoom]:
    """Furnish ``rooms`` rooms of four or so views each.

    About ``TEST_SHARE`` of them are test rooms: most of what stands there is held out from training. The others hold nothing
    that is held out, and go through the catalogue evenly. A room shows one variant a family, so each object has one answer.
    """
    used: Counter[str] = Counter()
    planned = []
    for number in range(rooms):
        is_test = int((number + 1) * TEST_SHARE) > int(number * TEST_SHARE)
        room_seed = seed * SEED_BLOCK + number
        if is_test:
            room = _test_room(products, room_seed, cameras)
        else:
            rng = np.random.default_rng([room_seed, 17])
            room = furnish(room_seed, _least_used(products, used, rng), cameras=cameras)
            used.update(placement.product.id for placement in room.placements)
        planned.append(PlannedRoom(room, "test" if is_test else "train"))
    return planned


def held_out_share(placements: Sequence[Placement]) -> float:
    """Share of what stands in a room that is held out; 0 for an empty one."""
    flags = [placement.product.held_out for placement in placements]
    return sum(flags) / max(len(flags), 1)


def _least_used(products: Sequence[ProductSpec], used: Counter[str], rng: np.random.Generator) -> list[ProductSpec]:
    """One variant of each trainable family, the least shown so far, and the less shown half of the families."""
    best: dict[str, tuple[int, float, ProductSpec]] = {}
    for spec in products:
        if not spec.held_out:
            entry = (used[spec.id], float(rng.random()), spec)
            if spec.variant_group not in best or entry[:2] < best[spec.variant_group][:2]:
                best[spec.variant_group] = entry
    families: dict[str, list[tuple[int, float, ProductSpec]]] = {}
    for entry in best.values():
        families.setdefault(entry[2].category, []).append(entry)
    stock = []
    for entries in families.values():
        entries.sort(key=lambda entry: entry[:2])
        stock += [spec for _, _, spec in entries[: max(4, len(entries) // 2 + 1)]]
    return stock


def _test_room(products: Sequence[ProductSpec], room_seed: int, cameras: int) -> Room:
    """Furnish with all that is held out and little else, until the held-out share suffices; else the best attempt."""
    best, best_share = list(products), -1.0
    for attempt in range(ATTEMPTS):
        stock = _test_stock(products, np.random.default_rng([room_seed, 23, attempt]))
        share = held_out_share(arrange(room_seed, stock))
        if share > best_share:
            best, best_share = stock, share
        if share >= TEST_HELD_OUT:
            break
    return furnish(room_seed, best, cameras=cameras)


def _test_stock(products: Sequence[ProductSpec], rng: np.random.Generator) -> list[ProductSpec]:
    stock: list[ProductSpec] = []
    for category in dict.fromkeys(spec.category for spec in products):
        own = [spec for spec in products if spec.category == category]
        held_out = [spec for spec in own if spec.held_out]
        others = [spec for spec in own if not spec.held_out]
        count = min(len(others), 1 if len(held_out) > 1 else 2)
        stock += held_out + [others[int(i)] for i in rng.choice(len(others), count, replace=False)]
    return stock
