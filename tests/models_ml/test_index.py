"""The index finds what brute force finds, and a save is whole or not at all."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest

from models_ml.index import CategoryIndexes, FlatIndex, VectorIndexError
from models_ml.types import Vectors

DIM = 12


def unit(n: int, seed: int = 0, dim: int = DIM) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(n, dim))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def brute(ids: list[int], vectors: Vectors, query: Vectors, k: int) -> list[int]:
    near = {
        i: sum(float(a) * float(b) for a, b in zip(v, query, strict=True)) for i, v in zip(ids, vectors, strict=True)
    }
    return sorted(near, key=lambda i: -near[i])[:k]


def filled() -> tuple[CategoryIndexes, dict[str, tuple[list[int], Vectors]]]:
    parts = {"sofa": (list(range(50)), unit(50, 1)), "lamp": (list(range(100, 130)), unit(30, 2))}
    indexes = CategoryIndexes(DIM, "embedder-1")
    for category, (ids, vectors) in parts.items():
        indexes.add(category, ids, vectors)
    return indexes, parts


def test_it_works() -> None:
    ids, vectors, queries = [7 * i for i in range(200)], unit(200), unit(5, 9)
    index = FlatIndex(DIM)
    index.add(ids, vectors)
    for query, matches in zip(queries, index.search(queries, 9), strict=True):
        assert [m.product_id for m in matches] == brute(ids, vectors, query, 9)
        assert [m.rank for m in matches] == list(range(1, 10))
        assert matches[0].score == pytest.approx(float(query @ vectors[ids.index(matches[0].product_id)]), abs=1e-5)


def test_a_search_stays_in_its_category_or_goes_through_all() -> None:
    indexes, parts = filled()
    queries = unit(3, 5)
    sofas, everything, nothing = indexes.search(queries, ["sofa", None, "piano"], 9)
    assert [m.product_id for m in sofas] == brute(*parts["sofa"], queries[0], 9)
    ids = parts["sofa"][0] + parts["lamp"][0]
    vectors = np.concatenate([parts["sofa"][1], parts["lamp"][1]])
    assert [m.product_id for m in everything] == brute(ids, vectors, queries[1], 9)
    assert [m.rank for m in everything] == list(range(1, 10))
    assert nothing == []


def test_asking_for_more_than_there_are() -> None:
    index = FlatIndex(DIM)
    assert index.search(unit(2), 3) == [[], []]
    index.add([4, 5], unit(2))
    assert [len(matches) for matches in index.search(unit(3), 9)] == [2, 2, 2]
    assert index.search(np.zeros((0, DIM), dtype=np.float32), 3) == []


def test_removed_products_are_not_found() -> None:
    indexes, parts = filled()
    assert indexes.remove([3, 101, 999]) == 2
    assert len(indexes) == 78
    [found] = indexes.search(parts["sofa"][1][3:4], [None], 80)
    assert not {3, 101} & {m.product_id for m in found}
    indexes.add("lamp", [3], parts["sofa"][1][3:4])
    assert indexes.search(parts["sofa"][1][3:4], ["lamp"], 1)[0][0].product_id == 3


def test_a_saved_folder_searches_the_same_and_can_be_changed(tmp_path: Path) -> None:
    indexes, _ = filled()
    indexes.save(tmp_path / "index")
    opened = CategoryIndexes.load(tmp_path / "index")
    queries = unit(4, 8)
    asked = ["sofa", "lamp", None, "sofa"]
    assert opened.search(queries, asked, 5) == indexes.search(queries, asked, 5)
    assert (opened.dim, opened.fingerprint, opened.categories) == (DIM, "embedder-1", ("lamp", "sofa"))
    assert opened.remove([0]) == 1
    opened.add("piano", [1000], unit(1, 3))
    opened.save(tmp_path / "index")
    again = CategoryIndexes.load(tmp_path / "index")
    assert len(again) == 80
    assert again.search(unit(1, 3), ["piano"], 1)[0][0].product_id == 1000
    assert len(list((tmp_path / "index").glob("*.faiss"))) == 3


def test_an_open_index_outlives_a_new_save(tmp_path: Path) -> None:
    indexes, _ = filled()
    indexes.save(tmp_path)
    opened = CategoryIndexes.load(tmp_path)
    before = opened.search(unit(2, 8), ["sofa", "lamp"], 9)
    indexes.remove(list(range(40)))
    indexes.save(tmp_path)
    assert opened.search(unit(2, 8), ["sofa", "lamp"], 9) == before


def test_a_save_cut_short_leaves_the_old_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    indexes, _ = filled()
    indexes.save(tmp_path)
    indexes.remove([1, 2])

    def full_disk(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(faiss, "write_index", full_disk)
    with pytest.raises(OSError, match="no space"):
        indexes.save(tmp_path)
    assert len(CategoryIndexes.load(tmp_path)) == 80


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
def test_bad_products_are_refused_and_nothing_is_added(ids: list[int], vectors: Vectors, message: str) -> None:
    index = FlatIndex(DIM)
    index.add([10], unit(1))
    with pytest.raises(VectorIndexError, match=message):
        index.add(ids, vectors)
    assert len(index) == 1


def test_a_product_has_one_category() -> None:
    indexes, _ = filled()
    with pytest.raises(VectorIndexError, match="id 100 is in category 'lamp'"):
        indexes.add("sofa", [100], unit(1))


def test_bad_questions_are_refused() -> None:
    indexes, _ = filled()
    with pytest.raises(VectorIndexError, match="k=0"):
        indexes.search(unit(1), ["sofa"], 0)
    with pytest.raises(VectorIndexError, match="2 categories for 1 vectors"):
        indexes.search(unit(1), ["sofa", "lamp"], 3)


def test_damaged_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"index\.json"):
        CategoryIndexes.load(tmp_path / "nowhere")
    indexes, _ = filled()
    indexes.save(tmp_path)
    next(tmp_path.glob("*.faiss")).write_bytes(b"not an index")
    with pytest.raises(VectorIndexError, match="damaged"):
        CategoryIndexes.load(tmp_path)
    (tmp_path / "index.json").write_text("{")
    with pytest.raises(VectorIndexError, match="damaged"):
        CategoryIndexes.load(tmp_path)
