"""What is taken for what, counted by hand and by loops."""

from __future__ import annotations

import random

import pytest

from models_ml.confusion import confusion
from models_ml.types import Box, Detection
from tests.models_ml.oracles import naive_iou, some_scenes

SOFA, LAMP, RUG = Box(0.0, 0.0, 0.4, 0.4), Box(0.6, 0.6, 0.9, 0.9), Box(0.0, 0.6, 0.5, 1.0)
NAMES = ["lamp", "rug", "sofa"]


def test_it_works() -> None:
    truths = [[(SOFA, "sofa"), (LAMP, "lamp"), (RUG, "rug")]]
    found = [
        [Detection(SOFA, "sofa", 0.9), Detection(LAMP, "rug", 0.8), Detection(Box(0.5, 0.0, 0.6, 0.1), "lamp", 0.7)]
    ]
    table = confusion(found, truths, NAMES)
    assert table["rows"] == [*NAMES, "background"]
    assert table["columns"] == [*NAMES, "missed"]
    assert table["matrix"] == [[0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0], [1, 0, 0, 0]]


@pytest.mark.parametrize("seed", range(4))
def test_it_equals_a_loop(seed: int) -> None:
    predictions, truths = some_scenes(random.Random(seed))
    names = ["lamp", "sofa"]
    expected = [[0, 0, 0] for _ in range(3)]
    for found, objects in zip(predictions, truths, strict=True):
        free = dict(enumerate(objects))
        for detection in sorted((d for d in found if d.score >= 0.3), key=lambda d: -d.score):
            near = {i: naive_iou(detection.box, box) for i, (box, _) in free.items()}
            best = max(near, key=lambda i: near[i], default=None)
            if best is None or near[best] < 0.5:
                expected[2][names.index(detection.category)] += 1
            else:
                expected[names.index(free.pop(best)[1])][names.index(detection.category)] += 1
        for _, name in free.values():
            expected[names.index(name)][2] += 1
    assert confusion(predictions, truths, names)["matrix"] == expected


def test_what_is_not_sure_is_not_counted() -> None:
    table = confusion([[Detection(SOFA, "sofa", 0.2)]], [[(SOFA, "sofa")]], ["sofa"])
    assert table["matrix"] == [[0, 1], [0, 0]]
    table = confusion([[Detection(SOFA, "sofa", 0.2)]], [[(SOFA, "sofa")]], ["sofa"], min_score=0.1)
    assert table["matrix"] == [[1, 0], [0, 0]]


def test_a_detection_of_a_hidden_object_is_excused() -> None:
    found = [[Detection(LAMP, "rug", 0.9)]]
    assert confusion(found, [[]], ["rug"], ignored=[[(LAMP, "lamp")]])["matrix"] == [[0, 0], [0, 0]]
    assert confusion(found, [[]], ["rug"])["matrix"] == [[0, 0], [1, 0]]
