"""Gold: what it shows wrongly, and whether a person saw that. Pure: values in, values out.

``group`` of a product is its ``same_photo_group``, or its own id: products that share a picture are one answer.
"""

from __future__ import annotations

import math
import random
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from labeling.annotation.consensus import CATEGORY, OBJECT, PRODUCT, same_place
from models_ml.types import Box

BOX = "box"
SHIFTS = (0.45, 0.75)
"""A wrong box is moved by so much of its width and height: off its object, yet not off all of it."""


@dataclass(frozen=True, slots=True)
class Known:
    """The answer: no object, or its box, category and product (``product`` None where nothing matches)."""

    accepted: bool
    box: Box
    category: int | None
    product: Hashable | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person had before them; ``product`` is the group of the first of the slate."""

    box: Box
    category: int | None
    product: Hashable | None


@dataclass(frozen=True, slots=True)
class Said:
    """What they said; ``asked`` is false where the product was not asked for."""

    accepted: bool
    box: Box
    category: int | None
    product: Hashable | None
    asked: bool


class Kept(NamedTuple):
    """Of one question: whether what was shown is right, and whether it was kept."""

    right: bool
    kept: bool


@dataclass(frozen=True, slots=True)
class Marked:
    """How an answer is marked; ``wrong`` names what was shown wrongly (box, category or product), or is empty.

    ``fooled``: kept what was wrong, a false accept, or changed what was right, a false reject. ``right``: nothing that was
    said is wrong; to reject a box that shows no object, or no such thing, is right too.
    """

    wrong: str
    fooled: bool
    right: bool


def kept(known: Known, shown: Shown, said: Said) -> Mapping[str, Kept]:
    """Question by question what was right and what was kept; later questions are there only where they were answered."""
    on_it = known.accepted and same_place(shown.box, known.box)
    # Who moves a wrong box onto the object has not kept it.
    stayed = said.accepted and (on_it or not known.accepted or not same_place(said.box, known.box))
    found = {OBJECT: Kept(on_it, stayed)}
    if known.accepted and said.accepted:
        found[CATEGORY] = Kept(shown.category == known.category, said.category == shown.category)
        if said.asked and said.category == shown.category:
            found[PRODUCT] = Kept(shown.product == known.product, said.product == shown.product)
    return found


def marked(known: Known, shown: Shown, said: Said) -> Marked:
    """Mark one answer."""
    answers = kept(known, shown, said)
    if not answers[OBJECT].right:
        caught = not answers[OBJECT].kept
        return Marked(BOX, not caught, caught and (not said.accepted or _is_right(known, said)))
    if shown.category != known.category:
        fooled = said.accepted and said.category == shown.category
        return Marked(CATEGORY, fooled, not said.accepted or _is_right(known, said))
    if said.asked and shown.product != known.product:
        fooled = said.accepted and said.product == shown.product
        return Marked(PRODUCT, fooled, _is_right(known, said))
    right = _is_right(known, said)
    return Marked("", not right, right)


def shifted(box: Box, chance: random.Random) -> Box:
    """A box of the same size that overlaps ``box`` by an IoU under one half, inside the picture where there is room."""
    width, height = box.right - box.left, box.bottom - box.top
    tries = []
    for _ in range(24):
        across, down = (chance.choice((-1, 1)) * chance.uniform(*SHIFTS) for _ in range(2))
        left = min(max(box.left + across * width, 0.0), 1.0 - width)
        top = min(max(box.top + down * height, 0.0), 1.0 - height)
        moved = Box(left, top, left + width, top + height)
        if not same_place(moved, box):
            return moved
        tries.append(moved)
    # It fills nearly the whole picture, so the only wrong box is a part of it.
    half = math.sqrt(0.4)
    return Box(box.left, box.top, box.left + half * width, box.top + half * height)


def _is_right(known: Known, said: Said) -> bool:
    if not known.accepted or not said.accepted:
        return known.accepted == said.accepted
    on_it = same_place(said.box, known.box) and said.category == known.category
    return on_it and (not said.asked or said.product == known.product)
