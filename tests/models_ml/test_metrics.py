import math
import random

import numpy as np
import pytest

from models_ml.metrics import (
    average_precision,
    judge,
    mean_average_precision,
    ndcg_at_k,
    recall_at_k,
    resampled_map,
    weighted_average_precision,
)
from models_ml.types import Box, Detection
from tests.models_ml.oracles import naive_average_precision, naive_map, some_scenes

SOFA = Box(0.1, 0.1, 0.5, 0.5)


def test_it_works() -> None:
    scores, correct = [0.9, 0.8, 0.7, 0.6], [True, False, True, False]
    # Two of three found: precision 1 up to recall 1/3 (34 points), 2/3 up to recall 2/3 (33 points), then nothing.
    assert average_precision(scores, correct, 3) == pytest.approx((34 + 33 * 2 / 3) / 101)


@pytest.mark.parametrize("seed", range(5))
def test_it_agrees_with_loops(seed: int) -> None:
    predictions, truths = some_scenes(random.Random(seed))
    expected = naive_map(predictions, truths, 0.5)
    result = mean_average_precision(predictions, truths, 0.5)
    assert result["per_class"] == pytest.approx(expected)
    assert result["map50"] == pytest.approx(sum(expected.values()) / len(expected))
    assert 0.05 < result["map50"] < 0.95


@pytest.mark.parametrize("seed", range(3))
def test_a_scene_weighed_is_a_scene_repeated(seed: int) -> None:
    predictions, truths = some_scenes(random.Random(seed))
    times = np.array([0, 2, 1, 0, 3, 1, 1, 0])
    again = [place for place, n in enumerate(times) for _ in range(n)]
    expected = naive_map([predictions[i] for i in again], [truths[i] for i in again], 0.5)
    judged = judge(predictions, truths, 0.5)
    assert {name: weighted_average_precision(mine, times) for name, mine in judged.items()} == pytest.approx(expected)
    assert resampled_map([judged], times) == pytest.approx(sum(expected.values()) / len(expected))


def test_a_category_that_is_not_drawn_is_not_averaged_in() -> None:
    truths = [[(SOFA, "sofa")], [(SOFA, "rug")]]
    judged = judge([[Detection(SOFA, "sofa", 0.9)], []], truths, 0.5)
    assert resampled_map([judged], np.array([1, 0])) == 1.0
    assert math.isnan(resampled_map([judged], np.array([0, 0])))


def test_average_precision_agrees_with_a_loop() -> None:
    rng = random.Random(1)
    for _ in range(10):
        scores, correct = [rng.random() for _ in range(12)], [rng.random() < 0.6 for _ in range(12)]
        assert average_precision(scores, correct, 14) == pytest.approx(naive_average_precision(scores, correct, 14))


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
