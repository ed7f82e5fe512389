"""What gold shows wrongly and whether a person saw it: case by case, by hand."""

from __future__ import annotations

import random

import pytest

from labeling.annotation.golds import Known, Marked, Said, Shown, kept, marked, shifted
from models_ml.types import Box

HERE, OFF, AWAY = Box(0.2, 0.2, 0.5, 0.6), Box(0.4, 0.4, 0.7, 0.8), Box(0.7, 0.7, 0.9, 0.9)
SOFA, LAMP = 1, 2
KNOWN = Known(True, HERE, SOFA, "a")
NOTHING_THERE = Known(False, HERE, None, None)
NO_MATCH = Known(True, HERE, SOFA, None)


def said(box: Box = HERE, category: int | None = SOFA, product: str | None = "a", *, asked: bool = True) -> Said:
    return Said(True, box, category, product, asked)


REJECTED = Said(False, HERE, SOFA, None, True)
RIGHT = Shown(HERE, SOFA, "a")
MOVED = Shown(OFF, SOFA, "a")
RENAMED = Shown(HERE, LAMP, "x")
ON_TOP = Shown(HERE, SOFA, "b")


@pytest.mark.parametrize(
    ("known", "shown", "answer", "came_to"),
    [
        (KNOWN, RIGHT, said(), Marked("", False, True)),
        (KNOWN, RIGHT, REJECTED, Marked("", True, False)),
        (KNOWN, RIGHT, said(product="b"), Marked("", True, False)),
        (KNOWN, RIGHT, said(product=None), Marked("", True, False)),
        (KNOWN, RIGHT, said(category=LAMP), Marked("", True, False)),
        (KNOWN, RIGHT, said(AWAY), Marked("", True, False)),
        (KNOWN, RIGHT, said(product=None, asked=False), Marked("", False, True)),
        (KNOWN, MOVED, said(OFF), Marked("box", True, False)),
        (KNOWN, MOVED, said(HERE), Marked("box", False, True)),
        (KNOWN, MOVED, said(HERE, product="b"), Marked("box", False, False)),
        (KNOWN, MOVED, REJECTED, Marked("box", False, True)),
        (KNOWN, RENAMED, said(category=LAMP, product="x"), Marked("category", True, False)),
        (KNOWN, RENAMED, said(), Marked("category", False, True)),
        (KNOWN, RENAMED, REJECTED, Marked("category", False, True)),
        (KNOWN, ON_TOP, said(product="b"), Marked("product", True, False)),
        (KNOWN, ON_TOP, said(), Marked("product", False, True)),
        (KNOWN, ON_TOP, said(product="c"), Marked("product", False, False)),
        (KNOWN, ON_TOP, REJECTED, Marked("product", False, False)),
        (KNOWN, ON_TOP, said(product=None, asked=False), Marked("", False, True)),
        (NOTHING_THERE, RIGHT, REJECTED, Marked("box", False, True)),
        (NOTHING_THERE, RIGHT, said(), Marked("box", True, False)),
        (NO_MATCH, RIGHT, said(), Marked("product", True, False)),
        (NO_MATCH, RIGHT, said(product=None), Marked("product", False, True)),
    ],
)
def test_it_works(known: Known, shown: Shown, answer: Said, came_to: Marked) -> None:
    assert marked(known, shown, answer) == came_to


def test_each_question_is_told_apart() -> None:
    assert kept(KNOWN, RIGHT, said()) == {"object": (True, True), "category": (True, True), "product": (True, True)}
    assert kept(KNOWN, RIGHT, REJECTED) == {"object": (True, False)}
    assert kept(KNOWN, MOVED, said(OFF))["object"] == (False, True)
    assert kept(KNOWN, MOVED, said(HERE))["object"] == (False, False)
    assert kept(KNOWN, RENAMED, said()) == {"object": (True, True), "category": (False, False)}
    assert kept(KNOWN, ON_TOP, said())["product"] == (False, False)
    assert kept(NOTHING_THERE, RIGHT, said()) == {"object": (False, True)}


def test_a_wrong_box_is_wrong_and_inside_the_picture() -> None:
    chance = random.Random(2)
    for _ in range(2000):
        left, top = chance.uniform(0, 0.9), chance.uniform(0, 0.9)
        box = Box(left, top, chance.uniform(left + 0.02, 1.0), chance.uniform(top + 0.02, 1.0))
        moved = shifted(box, chance)
        assert 0 <= moved.left < moved.right <= 1 + 1e-12 and 0 <= moved.top < moved.bottom <= 1 + 1e-12
        assert 0 < _iou(box, moved) < 0.5


def _iou(a: Box, b: Box) -> float:
    width = max(0.0, min(a.right, b.right) - max(a.left, b.left))
    height = max(0.0, min(a.bottom, b.bottom) - max(a.top, b.top))
    return (
        width
        * height
        / ((a.right - a.left) * (a.bottom - a.top) + (b.right - b.left) * (b.bottom - b.top) - width * height)
    )
