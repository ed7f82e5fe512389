"""Places of products among photos, counted by loops."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models_ml.gallery import Gallery, joined_entries, product_entries, recalls
from models_ml.manifest import Manifest, ProductEntry
from tests.tiny_pack import tiny_pack


def product(name: str, category: str) -> ProductEntry:
    return ProductEntry(name, Path(name), category, None, None, None)


def gallery(seed: int = 0, size: int = 30) -> Gallery:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(size, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    products = tuple(product(f"p{i}", "rug" if i % 3 else "lamp") for i in range(size))
    return Gallery(products, vectors, np.array([i - (i % 5 == 4) for i in range(size)]))


def naive_rank(shown: Gallery, vector: np.ndarray, place: int, category: str | None) -> int | None:
    best: dict[int, float] = {}
    for i, entry in enumerate(shown.entries.tolist()):
        if category is None or shown.products[i].category == category:
            score = float(shown.vectors[i] @ vector)
            best[entry] = max(best.get(entry, -2.0), score)
    own = int(shown.entries[place])
    if own not in best:
        return None
    return 1 + sum(score >= best[own] for entry, score in best.items() if entry != own)


def test_it_equals_a_loop() -> None:
    shown = gallery()
    for place in range(30):
        vector = 0.6 * shown.vectors[place] + shown.vectors[(7 * place) % 30]
        for category in (None, "rug", "lamp"):
            assert shown.rank(vector, place, category=category) == naive_rank(shown, vector, place, category)


def test_a_product_of_another_category_is_not_found() -> None:
    shown = gallery()
    assert shown.rank(shown.vectors[0], 0, category="lamp") == 1
    assert shown.rank(shown.vectors[0], 0, category="rug") is None


def test_a_tie_counts_against_the_product() -> None:
    shown = Gallery(
        tuple(product(name, "rug") for name in "abc"), np.tile(np.float32([1, 0]), (3, 1)), np.array([0, 1, 2])
    )
    assert shown.rank(np.float32([1, 0]), 0) == 3


def test_products_with_one_photo_take_one_place() -> None:
    vectors = np.float32([[1, 0], [0.9, 0.1], [0.9, 0.1], [0, 1]])
    shown = Gallery(tuple(product(name, "rug") for name in "abcd"), vectors, np.array([0, 1, 1, 2]))
    assert shown.rank(np.float32([1, 0]), 3) == 3
    assert shown.rank(np.float32([1, 0]), 2) == shown.rank(np.float32([1, 0]), 1) == 2
    assert [found.id for found, _ in shown.nearest(np.float32([1, 0]), 3)] == ["a", "b", "d"]


def test_the_nearest_may_be_asked_of_one_category() -> None:
    shown = gallery()
    near = shown.nearest(shown.vectors[4], 3, category="rug")
    assert near[0][0] is shown.products[4]
    assert {found.category for found, _ in near} == {"rug"}
    assert [score for _, score in near] == sorted((score for _, score in near), reverse=True)


def test_items_that_share_a_key_are_joined_through_others() -> None:
    joined = joined_entries([["a"], ["b"], ["b", "c"], ["c"], [], ["a", "d"]]).tolist()
    assert joined[1] == joined[2] == joined[3]
    assert joined[0] == joined[5]
    assert sorted(set(joined)) == [0, 1, 2]
    assert joined_entries([]).tolist() == []


def test_the_same_file_in_two_packs_is_one_entry(tmp_path: Path) -> None:
    first, second = (Manifest.read(tiny_pack(tmp_path / name)) for name in ("one", "two"))
    entries = product_entries([first, second]).tolist()
    assert entries[:8] == entries[8:]
    assert len(set(entries)) == 8


def test_groups_of_two_packs_are_not_the_same(tmp_path: Path) -> None:
    manifests = []
    for name, member in (("one", "rug-red"), ("two", "lamp-blue")):
        folder = tiny_pack(tmp_path / name)
        text = (folder / "products.jsonl").read_text()
        text = text.replace(f'"id": "{member}"', f'"id": "{member}", "same_photo_group": "g"')
        (folder / "products.jsonl").write_text(text)
        manifests.append(Manifest.read(folder))
    assert len(set(product_entries(manifests).tolist())) == 8


def test_recalls_count_places_from_one() -> None:
    assert recalls([1, 5, 6, 10, 11, None]) == {"recall_at_1": 0.1667, "recall_at_5": 0.3333, "recall_at_10": 0.6667}
