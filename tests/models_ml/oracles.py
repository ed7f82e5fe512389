"""The figures once more, in plain loops from the papers' words; slow, and with nothing borrowed from what they judge."""

from __future__ import annotations

import random
from collections.abc import Sequence

from models_ml.types import Box, Detection

Truth = Sequence[Sequence[tuple[Box, str]]]


def naive_iou(a: Box, b: Box) -> float:
    """Overlap of two boxes as a share of what they cover together."""
    wide = max(0.0, min(a.right, b.right) - max(a.left, b.left))
    high = max(0.0, min(a.bottom, b.bottom) - max(a.top, b.top))
    sizes = [(c.right - c.left) * (c.bottom - c.top) for c in (a, b)]
    return wide * high / (sum(sizes) - wide * high)


def naive_nms(boxes: Sequence[Box], scores: Sequence[float], limit: float) -> list[int]:
    """Take the surest, drop all that overlap it by more than ``limit``, and again with what is left."""
    left = sorted(range(len(boxes)), key=lambda i: -scores[i])
    kept = []
    while left:
        best = left.pop(0)
        kept.append(best)
        left = [i for i in left if naive_iou(boxes[i], boxes[best]) <= limit]
    return kept


def naive_average_precision(scores: Sequence[float], correct: Sequence[bool], n_truths: int) -> float:
    """At each of 101 recalls, the best precision at that recall or beyond."""
    ranked = [c for _, c in sorted(zip(scores, correct, strict=True), key=lambda pair: -pair[0])]
    curve = [(sum(ranked[:n]) / n_truths, sum(ranked[:n]) / n) for n in range(1, len(ranked) + 1)]
    total = 0.0
    for hundredth in range(101):
        # The product rather than the quotient: where a recall falls on a hundredth, COCO's rounding decides.
        total += max((p for r, p in curve if r >= hundredth * 0.01), default=0.0)
    return total / 101


def naive_map(predictions: Sequence[Sequence[Detection]], truths: Truth, iou: float) -> dict[str, float]:
    """Go through all detections of a class at once, surest first, and tick objects off."""
    result = {}
    for category in {name for scene in truths for _, name in scene}:
        ranked = sorted(
            ((d, s) for s, scene in enumerate(predictions) for d in scene if d.category == category),
            key=lambda pair: -pair[0].score,
        )
        taken: set[tuple[int, int]] = set()
        correct = []
        for detection, s in ranked:
            best, best_iou = None, iou
            for place, (box, name) in enumerate(truths[s]):
                if name == category and (s, place) not in taken and naive_iou(detection.box, box) >= best_iou:
                    best, best_iou = (s, place), naive_iou(detection.box, box)
            correct.append(best is not None)
            if best:
                taken.add(best)
        count = sum(name == category for scene in truths for _, name in scene)
        result[category] = naive_average_precision([d.score for d, _ in ranked], correct, count)
    return result


def naive_coco_map(predictions: Sequence[Sequence[Detection]], truths: Truth) -> dict[str, float]:
    """By category, the mean average precision over the ten IoUs from 0.5 to 0.95."""
    tables = [naive_map(predictions, truths, 0.5 + 0.05 * step) for step in range(10)]
    return {name: sum(table[name] for table in tables) / 10 for name in tables[0]}


def scattered(rng: random.Random) -> Box:
    """A box anywhere."""
    left, top = rng.uniform(0, 0.7), rng.uniform(0, 0.7)
    return Box(left, top, left + rng.uniform(0.1, 0.3), top + rng.uniform(0.1, 0.3))


def nudged(box: Box, rng: random.Random) -> Box:
    """The box, each edge a little off."""
    return Box(*(n + rng.uniform(-0.04, 0.04) for n in box))


def some_scenes(rng: random.Random, scenes: int = 8) -> tuple[list[list[Detection]], list[list[tuple[Box, str]]]]:
    """Detections and truth of a few scenes: most objects found, a little off, some by the wrong name, some of nothing."""
    truths = [[(scattered(rng), rng.choice(["sofa", "lamp"])) for _ in range(rng.randint(0, 6))] for _ in range(scenes)]
    predictions = [
        [
            Detection(nudged(box, rng), name if rng.random() < 0.9 else "lamp", rng.random())
            for box, name in scene
            if rng.random() < 0.9
        ]
        + [Detection(scattered(rng), "lamp", rng.random()) for _ in range(2)]
        for scene in truths
    ]
    return predictions, truths
