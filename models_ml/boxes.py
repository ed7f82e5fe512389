"""Box arithmetic on ``(n, 4)`` arrays of ``left, top, right, bottom``. Free of torch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models_ml.types import Box

Boxes = npt.NDArray[np.float64]


def as_array(boxes: object) -> Boxes:
    """Turn a list of boxes into ``(n, 4)``; an empty list becomes ``(0, 4)``."""
    return np.asarray(boxes, dtype=np.float64).reshape(-1, 4)


def area(boxes: Boxes) -> npt.NDArray[np.float64]:
    """Area of each box, in the square of the boxes' unit."""
    sides = (boxes[:, 2:] - boxes[:, :2]).clip(0)
    return np.asarray(sides[:, 0] * sides[:, 1])


def box_iou(a: Boxes, b: Boxes) -> npt.NDArray[np.float64]:
    """Intersection over union of each pair, ``(len(a), len(b))``, in [0, 1]; 0 where both are empty."""
    top_left = np.maximum(a[:, None, :2], b[None, :, :2])
    bottom_right = np.minimum(a[:, None, 2:], b[None, :, 2:])
    overlap = (bottom_right - top_left).clip(0).prod(2)
    union = area(a)[:, None] + area(b)[None, :] - overlap
    return np.asarray(np.divide(overlap, union, out=np.zeros_like(overlap), where=union > 0))


def from_pixels(box: tuple[float, float, float, float], width: int, height: int) -> Box:
    """Normalise a pixel box ``(left, top, right, bottom)`` and cut it at the picture's edge."""
    left, top, right, bottom = box
    return Box(
        min(max(left / width, 0.0), 1.0),
        min(max(top / height, 0.0), 1.0),
        min(max(right / width, 0.0), 1.0),
        min(max(bottom / height, 0.0), 1.0),
    )


def to_pixels(box: Box, width: int, height: int) -> tuple[float, float, float, float]:
    """The box in pixels of a picture of that size, not rounded."""
    return box.left * width, box.top * height, box.right * width, box.bottom * height


def expand(box: Box, margin: float) -> Box:
    """Grow a box by ``margin`` times its own width and height on each side, cut at the picture's edge."""
    dx, dy = (box.right - box.left) * margin, (box.bottom - box.top) * margin
    return Box(max(box.left - dx, 0.0), max(box.top - dy, 0.0), min(box.right + dx, 1.0), min(box.bottom + dy, 1.0))
