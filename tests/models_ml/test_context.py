"""Context re-orders a slate as computed by hand, never by more than its weight, and is on only with proof."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models_ml.context import ContextError, ContextModel, nearness, order, rank_slates
from models_ml.product_texts import ProductTexts, SceneText
from models_ml.types import Match

TEXTS = ProductTexts.build(
    {
        1: ("sofa", "Alva sofa in navy linen"),
        2: ("sofa", "Dano sofa in sage velvet"),
        3: ("sofa", "Orno sofa in rust leather"),
        4: ("lamp", "Misa lamp in navy linen"),
        5: ("lamp", "Tova lamp in sage paper"),
    }
)
PROOF = {"gain": 0.02, "low": 0.01, "high": 0.03}


def model(weight: float) -> ContextModel:
    return ContextModel(True, weight, "sha", judged=PROOF)


def slate(*couples: tuple[int, float]) -> list[Match]:
    return [Match(key, score, rank) for rank, (key, score) in enumerate(couples, start=1)]


def test_the_order_is_that_of_the_weighted_sum() -> None:
    # 0.90, 0.80 + 0.2 * 0.6 = 0.92, 0.85 + 0.2 * 0.1 = 0.87
    assert order([0.9, 0.85, 0.8], np.array([0, 0.1, 0.6], np.float32), 0.2).tolist() == [2, 0, 1]
    assert order([0.9, 0.9, 0.9], np.zeros(3, np.float32), 0.2).tolist() == [0, 1, 2]


def test_a_phrase_counts_where_it_costs_least() -> None:
    # With weight 0.5: in the first slate 0.6 + 0.25 falls short of 0.9; in the second 0.7 + 0.25 is 0.15 above 0.8.
    fits = np.array([[0.0], [0.5], [0.0], [0.5]], np.float32)
    first, second = nearness([[0.9, 0.6], [0.8, 0.7]], fits, 0.5)
    assert (first.tolist(), second.tolist()) == ([0, 0], [0, 0.5])


def test_a_slate_that_fits_already_explains_the_phrase() -> None:
    fits = np.array([[0.5], [0.0], [0.0], [0.5]], np.float32)
    first, second = nearness([[0.9, 0.6], [0.8, 0.79]], fits, 0.5)
    assert (first.tolist(), second.tolist()) == ([0.5, 0], [0, 0])


def test_nearness_by_loops() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        scores = [np.sort(rng.random(n).astype(np.float32))[::-1] for n in (3, 1, 4)]
        fits = rng.random((8, 5)).astype(np.float32)
        expected = np.zeros(8)
        starts = [0, 3, 4]
        for phrase in range(5):
            raised = []
            for start, mine in zip(starts, scores, strict=True):
                raised.append(max(v + 0.4 * fits[start + i, phrase] for i, v in enumerate(mine)) - max(mine))
            owner = raised.index(max(raised))
            for i in range(len(scores[owner])):
                expected[starts[owner] + i] = max(expected[starts[owner] + i], fits[starts[owner] + i, phrase])
        np.testing.assert_allclose(np.concatenate(nearness(scores, fits, 0.4)), expected, rtol=1e-6)


def test_words_move_the_product_they_name_and_scores_stay_visual() -> None:
    offered = slate((3, 0.80), (1, 0.78), (2, 0.77))
    [ranked] = rank_slates([offered], SceneText("Our sage velvet sofa"), TEXTS, model(0.2), 2)
    assert [match.product_id for match in ranked] == [2, 3]
    assert [(match.score, match.rank) for match in ranked] == [(0.77, 1), (0.80, 2)]


def test_without_words_the_visual_order_stays() -> None:
    slates = [slate((3, 0.8), (1, 0.7)), [], slate((5, 0.6))]
    assert rank_slates(slates, SceneText(), TEXTS, model(0.5), 9) == slates


def test_wrong_words_never_overcome_a_lead_of_the_weight() -> None:
    offered = slate((3, 0.80), (1, 0.69), (2, 0.60))
    for words in ("navy linen sofa", "Alva sofa in navy linen", "sage velvet", "x" * 5000):
        [ranked] = rank_slates([offered], SceneText(words), TEXTS, model(0.1), 9)
        assert ranked[0].product_id == 3


def test_written_and_read_it_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "embedder.context.json"
    fitted = ContextModel(True, 0.25, "sha", 40, {"scenes": 3}, PROOF, 1.5, PROOF)
    fitted.write(path)
    assert ContextModel.read(path) == fitted
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "embedder"},
        {"weight": -1.0},
        {"weight": float("nan")},
        {"weight": "much"},
        {"on": "yes"},
        {"depth": 0},
        {"judged": {"low": 0.0}},
        {"judged": {}},
        {"leaning": -1.0},
        {"leaning": float("inf")},
        {"leaning": 1.0},
        {"leaning": 1.0, "named": {"low": -0.01}},
        {"more": 1},
    ],
)
def test_what_claims_too_much_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ContextError, match="is no context model"):
        ContextModel.from_record(model(0.1).record() | change)


def test_a_missing_or_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    with pytest.raises(ContextError, match=r"c\.json is missing"):
        ContextModel.read(path)
    for text in ("{", json.dumps([1]), "{}"):
        path.write_text(text)
        with pytest.raises(ContextError, match=r"c\.json"):
            ContextModel.read(path)
