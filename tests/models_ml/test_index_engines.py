"""Each engine against a dictionary of vectors: search, filters, removal, files."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest

from models_ml.index import Facts, FaissEngine, FlatIndex, HnswIndex, IvfIndex, ProductFilter, VectorIndexError
from models_ml.types import Vectors
from tests.models_ml.vectors import DIM, brute, families, found, unit

ENGINES = [FlatIndex, HnswIndex, IvfIndex]
SURE = {FlatIndex: {}, HnswIndex: {"effort": 400}, IvfIndex: {"probes": 1000}}
"""Settings with which even the approximate engines leave nothing out on a few hundred vectors."""


def made(kind: type[FaissEngine]) -> FaissEngine:
    return kind(DIM, **SURE[kind])


@pytest.fixture(params=ENGINES, ids=lambda kind: kind.__name__)
def engine(request: pytest.FixtureRequest) -> FaissEngine:
    return made(request.param)


def test_it_works(engine: FaissEngine) -> None:
    ids, vectors, queries = [7 * i for i in range(300)], unit(300), unit(5, 9)
    engine.add(ids, vectors)
    answer = engine.search(queries, 9)
    held = dict(zip(ids, vectors, strict=True))
    assert found(answer) == [brute(held, query, 9) for query in queries]
    assert answer.scores[2, 0] == pytest.approx(float(queries[2] @ held[int(answer.ids[2, 0])]), abs=1e-5)
    assert found(engine.search_exactly(queries, 9)) == found(answer)


def test_asking_for_more_than_there_are(engine: FaissEngine) -> None:
    assert found(engine.search(unit(2), 3)) == [[], []]
    engine.add([4, 5], unit(2))
    answer = engine.search(unit(3), 9)
    assert answer.ids.shape == (3, 9)
    assert [len(row) for row in found(answer)] == [2, 2, 2]
    assert np.isneginf(answer.scores[:, 2:]).all()
    assert engine.search(np.zeros((0, DIM), dtype=np.float32), 3).ids.shape == (0, 3)


@pytest.mark.parametrize("kind", [HnswIndex, IvfIndex])
def test_little_work_still_fills_the_slate(kind: type[FaissEngine]) -> None:
    engine = kind(DIM, **({"effort": 1} if kind is HnswIndex else {"probes": 1}))
    engine.add(range(3000), families(3000))
    assert (engine.search(unit(20, 3), 200).ids >= 0).all()


def test_a_random_life_ends_like_a_dictionary(engine: FaissEngine, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    pool, held, facts_of = families(600, 4), {}, {}
    for step in range(40):
        fresh = [int(key) for key in rng.choice(600, rng.integers(0, 40), replace=False) if key not in held]
        facts = Facts.of(rng.integers(1, 9, len(fresh)).tolist(), rng.integers(0, 4, len(fresh)).tolist())
        engine.add(fresh, pool[fresh], facts)
        held.update({key: pool[key] for key in fresh})
        facts_of.update({key: (facts.price[i], facts.brand[i]) for i, key in enumerate(fresh)})
        gone = [int(key) for key in rng.choice(600, rng.integers(0, 30), replace=False)]
        assert engine.remove(gone) == len(set(gone) & set(held))
        held = {key: row for key, row in held.items() if key not in gone}
        if step % 8 == 7:
            engine.save(tmp_path / "one.faiss")
            engine = type(engine).load(tmp_path / "one.faiss")
        query, k = unit(1, step), int(rng.integers(1, 12))
        assert found(engine.search(query, k)) == [brute(held, query[0], k)]
        where = ProductFilter(max_price=5, brands=frozenset({1, 2}))
        allowed = {key: row for key, row in held.items() if facts_of[key][0] <= 5 and facts_of[key][1] in {1, 2}}
        assert found(engine.search(query, k, where)) == [brute(allowed, query[0], k)]
    assert len(engine) == len(held)
    assert sorted(engine.ids.tolist()) == sorted(held)
    for key, row in zip(engine.ids.tolist(), engine.vectors, strict=True):
        assert np.array_equal(row, held[key])


@pytest.mark.parametrize("kind", [HnswIndex, IvfIndex])
@pytest.mark.parametrize("share", [0.9, 0.75, 0.02])
def test_filters_find_what_a_loop_finds_among_many(kind: type[FaissEngine], share: float) -> None:
    vectors, rng = families(3000, 2), np.random.default_rng(1)
    prices = rng.random(3000)
    engine = made(kind)
    engine.add(range(3000), vectors, Facts.of(prices.tolist(), [None] * 3000))
    queries, where = unit(6, 8), ProductFilter(max_price=share)
    allowed = {i: vectors[i] for i in range(3000) if prices[i] <= share}
    assert found(engine.search(queries, 10, where)) == [brute(allowed, query, 10) for query in queries]


def test_the_dead_make_way(engine: FaissEngine) -> None:
    engine.add(range(200), unit(200))
    engine.remove(range(0, 10))
    before = len(engine.ids)
    engine.remove(range(10, 120))
    assert before == 190
    assert engine.vectors.shape == (80, DIM)
    # Nothing of the removed is left in the structure itself.
    assert engine._inner.ntotal == 80
    engine.add([3], unit(200)[3:4])
    assert found(engine.search(unit(200)[3:4], 1)) == [[3]]


def test_all_gone_and_back_again(engine: FaissEngine, tmp_path: Path) -> None:
    engine.add(range(50), unit(50))
    assert engine.remove(range(50)) == 50
    assert found(engine.search(unit(1), 3)) == [[]]
    engine.save(tmp_path / "none.faiss")
    opened = type(engine).load(tmp_path / "none.faiss")
    assert len(opened) == 0
    opened.add([9], unit(1))
    assert found(opened.search(unit(1), 3)) == [[9]]


def test_a_mapped_file_may_be_replaced_and_the_open_index_changed(engine: FaissEngine, tmp_path: Path) -> None:
    engine.add(range(100), unit(100), Facts.of([float(i) for i in range(100)], [None] * 100))
    engine.save(tmp_path / "one.faiss")
    opened = type(engine).load(tmp_path / "one.faiss")
    engine.remove(range(90))
    engine.save(tmp_path / "one.faiss")
    assert len(opened) == 100
    assert found(opened.search(unit(100)[4:5], 1)) == [[4]]
    opened.add([500], unit(1, 77))
    assert found(opened.search(unit(1, 77), 1)) == [[500]]
    assert found(opened.search(unit(1), 99, ProductFilter(max_price=2)))[0] == brute(
        {i: unit(100)[i] for i in range(3)}, unit(1)[0], 3
    )


def test_the_work_of_a_search_is_saved(tmp_path: Path) -> None:
    graph, lists = HnswIndex(DIM, effort=33), IvfIndex(DIM, probes=5)
    for engine in (graph, lists):
        engine.add(range(200), unit(200))
        engine.save(tmp_path / type(engine).__name__)
    assert HnswIndex.load(tmp_path / "HnswIndex").effort == 33
    assert IvfIndex.load(tmp_path / "IvfIndex").probes == 5


def test_lists_are_sorted_anew_when_they_have_grown_long() -> None:
    lists, vectors = IvfIndex(DIM), unit(2000)
    lists.add(range(100), vectors[:100])
    assert lists.lists == 10
    lists.add(range(100, 2000), vectors[100:])
    assert lists.lists == 45


@pytest.mark.parametrize(
    ("ids", "vectors", "message"),
    [
        ([1], unit(2), "1 ids for 2 vectors"),
        ([1], unit(1, dim=5), "do not fit"),
        ([1], unit(1) * 2, "vector 0 is not of unit length"),
        ([1, 2], np.full((2, DIM), np.nan, dtype=np.float32), "not of unit length"),
        ([1, 1], unit(2), "id 1 is in the index already"),
        ([-1], unit(1), "whole numbers"),
        ([10], unit(1), "id 10 is in the index already"),
    ],
)
def test_bad_products_are_refused_and_nothing_is_added(
    engine: FaissEngine, ids: list[int], vectors: Vectors, message: str
) -> None:
    engine.add([10], unit(1))
    with pytest.raises(VectorIndexError, match=message):
        engine.add(ids, vectors)
    assert engine.ids.tolist() == [10]


def test_bad_queries_are_refused(engine: FaissEngine) -> None:
    engine.add([10], unit(1))
    with pytest.raises(VectorIndexError, match="vector 1 is not of unit length"):
        engine.search(np.stack([unit(1)[0], np.full(DIM, np.nan, dtype=np.float32)]), 3)
    with pytest.raises(VectorIndexError, match="do not fit"):
        engine.search(unit(1, dim=4), 3)
    with pytest.raises(VectorIndexError, match="k=0"):
        engine.search(unit(1), 0)


def test_impossible_settings_are_refused() -> None:
    for make in (lambda: FlatIndex(0), lambda: HnswIndex(4, effort=0), lambda: IvfIndex(4, probes=0)):
        with pytest.raises(VectorIndexError):
            make()


def test_damaged_and_foreign_files_are_named(engine: FaissEngine, tmp_path: Path) -> None:
    path = tmp_path / "one.faiss"
    with pytest.raises(FileNotFoundError, match="build it first"):
        type(engine).load(path)
    engine.add(range(50), unit(50))
    engine.save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(VectorIndexError, match=r"one\.faiss is damaged"):
        type(engine).load(path)
    faiss.write_index(faiss.IndexFlatL2(DIM), str(path))
    with pytest.raises(VectorIndexError, match="not an index with ids"):
        type(engine).load(path)
    faiss.write_index(faiss.IndexIDMap(faiss.IndexPQ(DIM, 3, 4)), str(path))
    with pytest.raises(VectorIndexError, match="IndexPQ"):
        type(engine).load(path)


def test_a_filter_asked_before_a_change_is_asked_anew_after_it(engine: FaissEngine) -> None:
    where, rows = ProductFilter(max_price=5), unit(5)
    engine.add([1, 2, 3], rows[:3], Facts.of([4, 9, 5], [None] * 3))
    assert sorted(found(engine.search(rows[:1], 9, where))[0]) == [1, 3]
    engine.add([4, 5], rows[3:], Facts.of([1, 7], [None] * 2))
    assert sorted(found(engine.search(rows[:1], 9, where))[0]) == [1, 3, 4]
    engine.remove([3])
    assert sorted(found(engine.search(rows[:1], 9, where))[0]) == [1, 4]
    engine.rebuild()
    assert sorted(found(engine.search(rows[:1], 9, where))[0]) == [1, 4]


def test_more_filters_than_are_remembered(engine: FaissEngine) -> None:
    rows = unit(60)
    engine.add(range(60), rows, Facts.of(list(range(60)), [None] * 60))
    for dearest in [*range(59), *range(59)]:
        answer = engine.search(rows[:1], 60, ProductFilter(max_price=dearest))
        assert sorted(found(answer)[0]) == list(range(dearest + 1))


def test_one_alone_is_answered_as_it_is_among_others(engine: FaissEngine) -> None:
    """The same vector twice, its own double and its opposite: what is equal stands by id, and no score leaves [-1, 1]."""
    rows = unit(50)
    engine.add([*range(50), 90, 70, 80], np.concatenate([rows, rows[:1], rows[:1], -rows[:1]]))
    together = engine.search(rows, 53)
    alone = [engine.search(row[None], 53) for row in rows]
    assert found(together) == [found(answer)[0] for answer in alone]
    assert together.ids[0, :3].tolist() == [0, 70, 90] and together.ids[0, -1] == 80
    for answer in [together, *alone]:
        assert answer.scores.max() <= 1 and answer.scores.min() >= -1
        assert (np.diff(answer.scores) <= 0).all()
