import numpy as np
import pytest

from models_ml.boxes import area, as_array, box_iou, expand, from_pixels, to_pixels
from models_ml.types import Box


def naive_iou(a: Box, b: Box, cells: int = 200) -> float:
    """Count the cells of a fine grid that lie in both, and in either."""
    both = either = 0
    for x in range(cells):
        for y in range(cells):
            u, v = (x + 0.5) / cells, (y + 0.5) / cells
            in_a = a.left < u < a.right and a.top < v < a.bottom
            in_b = b.left < u < b.right and b.top < v < b.bottom
            both += in_a and in_b
            either += in_a or in_b
    return both / either if either else 0.0


def test_it_works() -> None:
    a, b = Box(0.1, 0.2, 0.6, 0.7), Box(0.35, 0.2, 0.8, 0.9)
    assert box_iou(as_array([a]), as_array([b]))[0, 0] == pytest.approx(naive_iou(a, b), abs=0.01)


def test_every_pair_is_compared() -> None:
    a = [Box(0, 0, 0.5, 0.5), Box(0.5, 0.5, 1, 1)]
    b = [Box(0, 0, 0.5, 0.5), Box(0, 0, 1, 1), Box(0.6, 0, 0.7, 0.1)]
    assert box_iou(as_array(a), as_array(b)) == pytest.approx(np.array([[1, 0.25, 0], [0, 0.25, 0]]))


def test_nothing_against_something_is_an_empty_matrix() -> None:
    assert box_iou(as_array([]), as_array([Box(0, 0, 1, 1)])).shape == (0, 1)


def test_a_box_turned_inside_out_has_no_area() -> None:
    assert area(as_array([(0.5, 0.1, 0.2, 0.9)])).tolist() == [0.0]


def test_pixels_and_fractions_are_each_others_inverse() -> None:
    box = Box(0.25, 0.5, 0.75, 1.0)
    assert to_pixels(box, 640, 480) == (160, 240, 480, 480)
    assert from_pixels((160, 240, 480, 480), 640, 480) == box


def test_pixels_outside_the_picture_are_cut() -> None:
    assert from_pixels((-5, 10, 700, 500), 640, 480) == Box(0.0, 10 / 480, 1.0, 1.0)


def test_expand_grows_each_side_and_stops_at_the_edge() -> None:
    assert expand(Box(0.1, 0.4, 0.5, 0.6), 0.5) == pytest.approx((0.0, 0.3, 0.7, 0.7))
