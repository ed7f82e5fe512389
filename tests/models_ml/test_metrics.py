import math
import random

import pytest

from models_ml.metrics import average_precision, mean_average_precision, ndcg_at_k, recall_at_k
from models_ml.types import Box, Detection


def naive_average_precision(scores: list[float], correct: list[bool], n_truths: int) -> float:
    """The paper's words in loops: at each of 101 recalls, the best precision at that recall or beyond."""
    ranked = [c for _, c in sorted(zip(scores, correct, strict=True), key=lambda pair: -pair[0])]
    curve = [(sum(ranked[:n]) / n_truths, sum(ranked[:n]) / n) for n in range(1, len(ranked) + 1)]
    total = 0.0
    for hundredth in range(101):
        total += max((p for r, p in curve if r >= hundredth / 100 - 1e-9), default=0.0)
    return total / 101


def naive_iou(a: Box, b: Box) -> float:
    wide = max(0.0, min(a.right, b.right) - max(a.left, b.left))
    high = max(0.0, min(a.bottom, b.bottom) - max(a.top, b.top))
    sizes = [(c.right - c.left) * (c.bottom - c.top) for c in (a, b)]
    return wide * high / (sum(sizes) - wide * high)


def naive_map(predictions: list[list[Detection]], truths: list[list[tuple[Box, str]]], iou: float) -> dict[str, float]:
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


def scattered(rng: random.Random) -> Box:
    left, top = rng.uniform(0, 0.7), rng.uniform(0, 0.7)
    return Box(left, top, left + rng.uniform(0.1, 0.3), top + rng.uniform(0.1, 0.3))


def nudged(box: Box, rng: random.Random) -> Box:
    return Box(*(n + rng.uniform(-0.04, 0.04) for n in box))


SOFA = Box(0.1, 0.1, 0.5, 0.5)


def test_it_works() -> None:
    scores, correct = [0.9, 0.8, 0.7, 0.6], [True, False, True, False]
    # Two of three found: precision 1 up to recall 1/3 (34 points), 2/3 up to recall 2/3 (33 points), then nothing.
    assert average_precision(scores, correct, 3) == pytest.approx((34 + 33 * 2 / 3) / 101)


@pytest.mark.parametrize("seed", range(5))
def test_it_agrees_with_loops(seed: int) -> None:
    rng = random.Random(seed)
    truths = [[(scattered(rng), rng.choice(["sofa", "lamp"])) for _ in range(rng.randint(0, 6))] for _ in range(8)]
    predictions = [
        [Detection(nudged(box, rng), name, rng.random()) for box, name in scene if rng.random() < 0.9]
        + [Detection(scattered(rng), "lamp", rng.random()) for _ in range(2)]
        for scene in truths
    ]
    expected = naive_map(predictions, truths, 0.5)
    result = mean_average_precision(predictions, truths, 0.5)
    assert result["per_class"] == pytest.approx(expected)
    assert result["map50"] == pytest.approx(sum(expected.values()) / len(expected))
    assert 0.05 < result["map50"] < 0.95


def test_the_same_object_found_twice_counts_against() -> None:
    twice = [Detection(SOFA, "sofa", 0.9), Detection(SOFA, "sofa", 0.8)]
    truth = [[(SOFA, "sofa")], [(SOFA, "sofa")]]
    second = [Detection(SOFA, "sofa", 0.7)]
    assert mean_average_precision([twice, second], truth)["map50"] < 1.0
    assert mean_average_precision([twice[:1], second], truth)["map50"] == 1.0


def test_an_ignored_object_counts_neither_for_nor_against() -> None:
    far = Box(0.6, 0.6, 0.9, 0.9)
    found = [[Detection(far, "sofa", 0.95), Detection(SOFA, "sofa", 0.9)]]
    truth = [[(SOFA, "sofa")]]
    assert mean_average_precision(found, truth)["map50"] == pytest.approx(0.5)
    assert mean_average_precision(found, truth, ignored=[[(far, "sofa")]])["map50"] == 1.0
    assert mean_average_precision(found, truth, ignored=[[(far, "lamp")]])["map50"] == pytest.approx(0.5)


def test_a_class_never_in_the_truth_is_not_averaged_in() -> None:
    found = [[Detection(SOFA, "sofa", 0.9), Detection(SOFA, "rug", 0.9)]]
    assert mean_average_precision(found, [[(SOFA, "sofa")]]) == {"map50": 1.0, "per_class": {"sofa": 1.0}}


def test_nothing_found_is_zero() -> None:
    assert mean_average_precision([[]], [[(SOFA, "sofa")]]) == {"map50": 0.0, "per_class": {"sofa": 0.0}}


def test_scenes_must_pair_up() -> None:
    with pytest.raises(ValueError, match="2 lists of predictions for 1 scenes"):
        mean_average_precision([[], []], [[]])


def test_recall_counts_ranks_from_one() -> None:
    ranks = [1, 3, None, 10, 11]
    assert [recall_at_k(ranks, k) for k in (1, 3, 10)] == [0.2, 0.4, 0.6]
    assert recall_at_k([], 5) == 0.0


def test_ndcg_agrees_with_the_formula() -> None:
    gains = [1.0, 3.0, 0.0, 2.0]
    got = sum(g / math.log2(i + 2) for i, g in enumerate(gains[:3]))
    best = sum(g / math.log2(i + 2) for i, g in enumerate([3.0, 2.0, 1.0]))
    assert ndcg_at_k(gains, 3) == pytest.approx(got / best)


def test_ndcg_of_the_right_order_is_one_and_of_nothing_zero() -> None:
    assert ndcg_at_k([3, 2, 1, 0], 10) == pytest.approx(1.0)
    assert ndcg_at_k([0, 0], 10) == 0.0
