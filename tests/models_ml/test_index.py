"""One index a category finds what brute force finds, and a save is whole or not at all."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest

from models_ml.index import (
    CategoryIndexes,
    Facts,
    HnswIndex,
    ProductFilter,
    RecallMonitor,
    Tuning,
    VectorIndexError,
)
from models_ml.index_notes import engines_recorded, recall_recorded
from models_ml.types import Vectors
from tests.models_ml.vectors import DIM, brute, unit


def filled() -> tuple[CategoryIndexes, dict[str, tuple[list[int], Vectors]]]:
    parts = {"sofa": (list(range(50)), unit(50, 1)), "lamp": (list(range(100, 130)), unit(30, 2))}
    indexes = CategoryIndexes(DIM, "embedder-1")
    for category, (ids, vectors) in parts.items():
        indexes.add(category, ids, vectors)
    return indexes, parts


def test_it_works() -> None:
    indexes, parts = filled()
    queries = unit(3, 9)
    for query, matches in zip(queries, indexes.search(queries, ["lamp"] * 3, 9), strict=True):
        assert [m.product_id for m in matches] == brute(dict(zip(*parts["lamp"], strict=True)), query, 9)
        assert [m.rank for m in matches] == list(range(1, 10))


def test_a_search_stays_in_its_category_or_goes_through_all() -> None:
    indexes, parts = filled()
    queries = unit(3, 5)
    sofas, everything, nothing = indexes.search(queries, ["sofa", None, "piano"], 9)
    assert [m.product_id for m in sofas] == brute(dict(zip(*parts["sofa"], strict=True)), queries[0], 9)
    held = {key: row for ids, vectors in parts.values() for key, row in zip(ids, vectors, strict=True)}
    assert [m.product_id for m in everything] == brute(held, queries[1], 9)
    assert everything[0].score == pytest.approx(float(queries[1] @ held[everything[0].product_id]), abs=1e-5)
    assert [m.rank for m in everything] == list(range(1, 10))
    assert nothing == []


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


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    indexes, _ = filled()
    indexes.save(tmp_path)
    graph = HnswIndex(DIM)
    graph.add([1], unit(1))
    graph.save(next(tmp_path.glob("*.faiss")))
    with pytest.raises(VectorIndexError, match="IndexHNSWFlat, which is no FlatIndex"):
        CategoryIndexes.load(tmp_path)
    (tmp_path / "index.json").write_text("[]")
    with pytest.raises(VectorIndexError, match="damaged"):
        CategoryIndexes.load(tmp_path)


def test_filters_hold_across_categories_and_saves(tmp_path: Path) -> None:
    indexes = CategoryIndexes(DIM, "embedder-1")
    indexes.add("sofa", [1, 2, 3], unit(3, 1), Facts.of([100, 200, None], [7, 8, 7]))
    indexes.add("lamp", [4, 5], unit(2, 2), Facts.of([150, 50], [7, 7], [True, False]))
    indexes.save(tmp_path)
    for held in (indexes, CategoryIndexes.load(tmp_path)):
        [cheap] = held.search(unit(1, 3), [None], 9, ProductFilter(max_price=150))
        assert {m.product_id for m in cheap} == {1, 4, 5}
        [on_sale] = held.search(unit(1, 3), [None], 9, ProductFilter(brands=frozenset({7}), available=True))
        assert {m.product_id for m in on_sale} == {1, 3, 4}
        [none] = held.search(unit(1, 3), ["sofa"], 9, ProductFilter(min_price=500))
        assert none == []


def test_large_categories_are_approximate_and_small_ones_exact(tmp_path: Path) -> None:
    indexes = CategoryIndexes(DIM, "e", tuning=Tuning(exact_below=300, engine="hnsw"))
    indexes.add("sofa", range(400), unit(400, 1))
    indexes.add("lamp", range(1000, 1100), unit(100, 2))
    assert indexes.kinds() == {"lamp": "flat", "sofa": "hnsw"}
    indexes.save(tmp_path)
    opened = CategoryIndexes.load(tmp_path)
    assert opened.kinds() == indexes.kinds() == engines_recorded(tmp_path)
    assert opened.search(unit(4, 3), ["sofa", "lamp", None, "sofa"], 9) == indexes.search(
        unit(4, 3), ["sofa", "lamp", None, "sofa"], 9
    )


def test_a_category_that_doubles_gets_a_new_choice() -> None:
    indexes = CategoryIndexes(DIM, "e", tuning=Tuning(exact_below=300, engine="ivf"))
    vectors = unit(400, 1)
    for start in range(0, 400, 100):
        indexes.add("sofa", range(start, start + 100), vectors[start : start + 100])
    assert indexes.kinds() == {"sofa": "ivf"}
    assert len(indexes) == 400
    indexes.remove(range(200))
    indexes.rebuild()
    assert indexes.kinds() == {"sofa": "flat"}
    [found] = indexes.search(vectors[300:301], ["sofa"], 1)
    assert found[0].product_id == 300


def test_the_monitor_sees_approximate_searches_alone(tmp_path: Path) -> None:
    monitor = RecallMonitor(3, folder=tmp_path)
    indexes = CategoryIndexes(DIM, "e", tuning=Tuning(exact_below=300, engine="ivf"), monitor=monitor)
    indexes.add("sofa", range(400), unit(400, 1))
    indexes.add("lamp", range(1000, 1100), unit(100, 2))
    for _ in range(4):
        indexes.search(unit(10, 5), ["sofa", "lamp"] * 5, 5)
    counts = recall_recorded(tmp_path)
    assert set(counts) == {"sofa"}
    # 20 queries of sofas, the first and every third after it.
    assert (counts["sofa"].samples, counts["sofa"].wanted) == (7, 35)
    assert dict(monitor.counts) == counts


def test_an_index_of_an_earlier_release_opens(tmp_path: Path) -> None:
    flat = faiss.IndexIDMap2(faiss.IndexFlatIP(DIM))
    flat.add_with_ids(unit(5), np.arange(5))
    faiss.write_index(flat, str(tmp_path / "000.faiss"))
    (tmp_path / "index.json").write_text(
        '{"dim": 12, "fingerprint": "e", "products": 5, "files": {"sofa": "000.faiss"}}'
    )
    opened = CategoryIndexes.load(tmp_path)
    assert engines_recorded(tmp_path) == {"sofa": "flat"}
    assert opened.search(unit(5)[3:4], ["sofa"], 1)[0][0].product_id == 3
    assert opened.search(unit(1), ["sofa"], 9, ProductFilter(max_price=10)) == [[]]
