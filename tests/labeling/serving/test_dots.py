"""Dots lie in their boxes and not on each other."""

from __future__ import annotations

from math import dist

from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.serving.dots import SPACING, dot_positions
from models_ml.types import Box

BOXES = st.builds(
    lambda left, top, width, height: Box(left, top, left + width, top + height),
    st.floats(0, 0.6), st.floats(0, 0.6), st.floats(0.25, 0.4), st.floats(0.25, 0.4),
)  # fmt: skip


def test_it_works() -> None:
    assert dot_positions([Box(0.0, 0.0, 0.5, 1.0)]) == [(0.25, 0.5)]
    assert dot_positions([]) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(BOXES, max_size=6))
def test_none_on_another(boxes: list[Box]) -> None:
    dots = dot_positions(boxes)
    for i, (x, y) in enumerate(dots):
        assert boxes[i].left <= x <= boxes[i].right
        assert boxes[i].top <= y <= boxes[i].bottom
        assert all(dist((x, y), other) >= SPACING - 1e-9 for other in dots[:i])


def test_nested_boxes_give_way_to_the_smaller() -> None:
    dots = dot_positions([Box(0.0, 0.0, 1.0, 1.0), Box(0.4, 0.4, 0.6, 0.6)])
    assert dots[1] == (0.5, 0.5)
    assert dist(*dots) >= SPACING
