"""The engine and its effort are measured: what is promised is the recall, never a time."""

from __future__ import annotations

import numpy as np
import pytest

from models_ml.index import Facts, FlatIndex, HnswIndex, IvfIndex, Tuning, VectorIndexError
from models_ml.index.tuning import CROP_COSINE, SMALLEST_TRIAL, crops_like, recall_of, tuned
from tests.models_ml.vectors import families, unit


def test_it_works() -> None:
    vectors = families(3000)
    for kind in ("hnsw", "ivf"):
        engine = Tuning(exact_below=1000, engine=kind).engine_for(np.arange(3000), vectors, Facts.unknown(3000))
        assert not engine.exact
        asked = crops_like(vectors, 200, seed=9)
        truth = (asked @ vectors.T).argsort(axis=1)[:, ::-1][:, :10]
        # Other queries than it was tuned on, so a little is allowed.
        assert recall_of(engine.search(asked, 10).ids, truth) >= 0.94


def test_small_categories_stay_exact_without_a_trial() -> None:
    engine = Tuning().engine_for(np.arange(100), unit(100), Facts.unknown(100))
    assert isinstance(engine, FlatIndex)
    assert Tuning().crossover(unit(100)) == SMALLEST_TRIAL


def test_the_crossover_is_measured_once_and_kept() -> None:
    tuning, vectors = Tuning(), families(2100)
    size = tuning.crossover(vectors)
    assert size >= SMALLEST_TRIAL
    assert tuning.crossover(vectors[:600]) == size
    assert Tuning(exact_below=77).crossover(vectors) == 77


def test_the_faster_engine_is_taken_where_none_is_named() -> None:
    engine = Tuning(exact_below=500).engine_for(np.arange(1000), families(1000), Facts.unknown(1000))
    assert isinstance(engine, HnswIndex | IvfIndex)
    assert len(engine) == 1000


def test_a_recall_of_one_takes_all_lists_if_need_be() -> None:
    lists = IvfIndex(12, probes=1)
    lists.add(range(400), unit(400))
    before = lists.search(crops_like(unit(400), 100, 0), 10).ids
    tuned(lists, Tuning(recall=1.0))
    truth = lists.search_exactly(crops_like(unit(400), 100, 0), 10).ids
    assert recall_of(before, truth) < 1
    assert lists.probes > 1
    assert recall_of(lists.search(crops_like(unit(400), 100, 0), 10).ids, truth) > 0.98


def test_crops_stand_at_the_angle_they_should() -> None:
    vectors = unit(50)
    crops = crops_like(vectors, 50, seed=3)
    assert np.linalg.norm(crops, axis=1) == pytest.approx(1, abs=1e-5)
    assert (crops @ vectors.T).max(axis=1).min() >= CROP_COSINE - 1e-5
    assert np.array_equal(crops, crops_like(vectors, 50, seed=3))


def test_recall_counts_what_a_loop_counts() -> None:
    rng = np.random.default_rng(0)
    truth = np.stack([rng.permutation(30)[:8] for _ in range(20)])
    found = np.stack([rng.permutation(30)[:8] for _ in range(20)])
    truth[3, 5:] = found[3, 2:] = -1
    hits = sum(key in set(row.tolist()) for wanted, row in zip(truth, found, strict=True) for key in wanted if key >= 0)
    wanted = sum(int(key >= 0) for row in truth for key in row)
    assert recall_of(found, truth) == pytest.approx(hits / wanted)
    assert recall_of(found[:0], truth[:0]) == 1


@pytest.mark.parametrize("wrong", [{"recall": 0.0}, {"recall": 1.1}, {"k": 0}, {"engine": "tree"}])
def test_impossible_wishes_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(VectorIndexError):
        Tuning(**wrong)  # type: ignore[arg-type]


def test_the_recall_reached_is_that_of_a_loop_over_other_queries() -> None:
    rows = families(3000, seed=3)
    tuning = Tuning(recall=0.9, exact_below=1000, engine="ivf", k=5)
    engine = tuning.engine_for(np.arange(3000), rows, Facts.unknown(3000))
    asked = crops_like(rows, 256, 1)
    hits = 0
    for query, ids in zip(asked, engine.search(asked, 5).ids, strict=True):
        true = np.argsort(-(rows @ query), kind="stable")[:5]
        hits += len(set(true.tolist()) & set(ids.tolist()))
    assert tuning.recall_reached(engine) == pytest.approx(hits / (256 * 5), abs=0.002)
    exact = tuning.engine_for(np.arange(500), rows[:500], Facts.unknown(500))
    assert tuning.recall_reached(exact) == 1.0
