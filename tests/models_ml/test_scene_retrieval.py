"""Products of a scene in a ranking of the catalogue, by loops over pairs."""

from __future__ import annotations

import numpy as np
import pytest

from models_ml.scene_retrieval import average_precision_of, scene_retrieval

PRODUCTS, SCENES = 60, 12


def naive(scores: np.ndarray, relevant: list[set[int]], entries: list[int], categories: list[str]) -> dict[str, object]:
    """For each scene rank the entries one by one; for each pair note its place."""
    places: list[int] = []
    near: list[int] = []
    precisions = []
    for row, products in zip(scores.tolist(), relevant, strict=True):
        best: dict[int, float] = {}
        kind: dict[int, str] = {}
        for i, entry in enumerate(entries):
            best[entry] = max(best.get(entry, float("-inf")), row[i])
            kind.setdefault(entry, categories[i])
        ranking = sorted(best, key=lambda entry: -best[entry])
        known = {entries[i] for i in products}
        found, precision = 0, []
        for place, entry in enumerate(ranking, start=1):
            if entry in known:
                found += 1
                precision.append(found / place)
        precisions.append(sum(precision) / len(known))
        for entry in known:
            places.append(ranking.index(entry) + 1)
            near.append([other for other in ranking if kind[other] == kind[entry]].index(entry) + 1)

    def share(ranks: list[int], k: int) -> float:
        return round(sum(rank <= k for rank in ranks) / len(ranks), 4)

    return {
        **{f"r{k}": share(places, k) for k in (1, 5, 10, 50, 100)},
        "map": round(sum(precisions) / len(precisions), 4),
        "in_category": {f"r{k}": share(near, k) for k in (1, 5, 10, 20)},
    }


@pytest.mark.parametrize("seed", range(3))
def test_it_equals_a_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(SCENES, PRODUCTS)).astype(np.float32)
    relevant = [set(rng.choice(PRODUCTS, size=int(rng.integers(1, 8)), replace=False).tolist()) for _ in range(SCENES)]
    # What stands in a scene is a little easier to find.
    for row, products in zip(scores, relevant, strict=True):
        row[list(products)] += 0.7
    entries = np.unique([i - (i % 7 == 3) for i in range(PRODUCTS)], return_inverse=True)[1]
    categories = [("rug", "lamp", "sofa")[int(entry) % 3] for entry in entries]
    assert scene_retrieval(scores, relevant, entries, categories) == naive(
        scores, relevant, entries.tolist(), categories
    )


def test_a_product_nobody_looked_for_stands_last() -> None:
    scores = np.float32([[-np.inf, -np.inf, 0.5, -np.inf]])
    figures = scene_retrieval(scores, [{0}], np.arange(4), ["rug"] * 4)
    assert (figures["r1"], figures["map"], figures["in_category"]["r1"]) == (0.0, 0.25, 0.0)


def test_a_ranking_that_tells_nothing_apart_finds_nothing() -> None:
    figures = scene_retrieval(np.zeros((1, 30), dtype=np.float32), [{3}], np.arange(30), ["rug"] * 30)
    assert (figures["r1"], figures["r10"], figures["in_category"]["r20"]) == (0.0, 0.0, 0.0)


def test_any_product_of_an_entry_is_right() -> None:
    scores = np.float32([[0.9, 0.1, 0.5]])
    assert scene_retrieval(scores, [{1}], np.array([0, 0, 1]), ["rug"] * 3)["r1"] == 1.0
    # Both stand in the scene and are one pair.
    assert scene_retrieval(scores, [{0, 1}], np.array([0, 0, 1]), ["rug"] * 3)["map"] == 1.0


def test_a_scene_without_known_products_is_not_judged() -> None:
    scores = np.float32([[0.9, 0.1], [0.1, 0.9]])
    assert scene_retrieval(scores, [{0}, set()], np.arange(2), ["rug", "rug"])["map"] == 1.0


def test_average_precision_by_hand() -> None:
    assert average_precision_of([5, 1]) == pytest.approx((1 / 1 + 2 / 5) / 2)


def test_shapes_must_fit() -> None:
    with pytest.raises(ValueError, match="for 1 scenes and 3 products"):
        scene_retrieval(np.zeros((2, 3), dtype=np.float32), [set()], np.arange(3), ["a"] * 3)
