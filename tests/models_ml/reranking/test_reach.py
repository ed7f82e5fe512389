"""How far an item may stand above where relevance alone would put it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from models_ml.reranking.ordering import order

FREE = np.inf


def ordered(means: list[float], relevance: list[float], reach: list[float], **more: object):
    shape = np.full(len(means), 5.0)
    given = {"lists": np.zeros(len(means), np.int64), "floor": 0.5, "pull": 0.0} | more
    return order(shape, shape / np.array(means), np.array(relevance), reach=np.array(reach), **given)


def test_it_works() -> None:
    means, relevance = [0.1, 0.2, 0.3, 0.4], [0.9, 0.8, 0.7, 0.6]
    assert ordered(means, relevance, [FREE] * 4).items.tolist() == [3, 2, 1, 0]
    assert ordered(means, relevance, [FREE, FREE, FREE, 1]).items.tolist() == [2, 1, 3, 0]
    assert ordered(means, relevance, [0.0] * 4).items.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("seed", range(30))
def test_it_is_the_best_of_all_orders_that_keep_to_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    means, relevance = rng.uniform(0.01, 0.5, 5), rng.uniform(0.5, 1, 5)
    reach = rng.choice([0.0, 1.0, 2.0, FREE], 5)
    base = np.argsort(np.argsort(-relevance))
    kept = [o for o in itertools.permutations(range(5)) if all(base[i] - at <= reach[i] for at, i in enumerate(o))]
    best = max(kept, key=lambda o: [means[i] for i in o])
    assert ordered(means.tolist(), relevance.tolist(), reach.tolist()).items.tolist() == list(best)


@pytest.mark.parametrize("seed", range(20))
def test_no_draw_goes_beyond_it(seed: int) -> None:
    relevance = [0.6, 0.9, 0.8, 0.7, 0.4]
    found = ordered([0.9, 0.1, 0.1, 0.5, 0.9], relevance, [1.0] * 5, rng=np.random.default_rng(seed))
    assert found.positions[0] >= 3
    assert found.positions[3] >= 2
    assert found.positions[4] == 5
    assert ((found.chances > 0) & (found.chances <= 1)).all()


def test_each_list_has_places_of_its_own() -> None:
    lists = np.array([7, 3, 7, 3, 7])
    found = ordered([0.1, 0.1, 0.2, 0.4, 0.9], [0.9, 0.9, 0.8, 0.8, 0.7], [1.0] * 5, lists=lists)
    assert found.items.tolist() == [3, 1, 2, 4, 0]
    assert found.positions.tolist() == [3, 2, 1, 1, 2]
