"""Batches hold few categories, many of their products, and both kinds of picture of each."""

from __future__ import annotations

import numpy as np
import pytest

from models_ml.samplers import CategoryBatchSampler

# 8 categories of 4 products; each product has one catalogue photo and, but for the last, 6 crops.
LABELS = np.array([label for label in range(32) for _ in range(1 if label == 31 else 7)])
CATEGORIES = LABELS // 4
PHOTOS = np.concatenate([[True], LABELS[1:] != LABELS[:-1]])


def sampler(**changes: int) -> CategoryBatchSampler:
    return CategoryBatchSampler(
        LABELS, CATEGORIES, PHOTOS, **{"batch": 24, "views": 3, "categories_per_batch": 2} | changes
    )


def test_it_works() -> None:
    for step in range(20):
        batch = sampler()[step]
        assert batch.shape == (24,)
        assert len(set(CATEGORIES[batch])) == 2
        assert len(set(LABELS[batch])) == 8
        for label in set(LABELS[batch]):
            mine = batch[LABELS[batch] == label]
            assert PHOTOS[mine].sum() == 1 or label == 31
            if label != 31:
                assert len(set(mine)) == 3


def test_a_batch_depends_on_seed_and_step_alone() -> None:
    one, two = sampler(seed=4), sampler(seed=4)
    _ = one[0], one[1]
    assert (one[7] == two[7]).all()
    assert (one[7] != one[8]).any()
    assert (one[7] != sampler(seed=5)[7]).any()


def test_products_come_evenly_whatever_their_number_of_crops() -> None:
    seen = np.zeros(32)
    batches = sampler()
    for step in range(400):
        for label in set(LABELS[batches[step]]):
            seen[label] += 1
    assert seen.min() > 0.6 * seen.mean()
    assert seen.max() < 1.4 * seen.mean()


def test_half_of_a_batch_are_products_that_scenes_show() -> None:
    """Of 400 products 20 are seen in scenes; and of those that are not, each comes as often as any other."""
    labels = np.concatenate([np.arange(400), np.repeat(np.arange(0, 400, 20), 3)])
    photos = np.arange(len(labels)) < 400
    batches = CategoryBatchSampler(labels, labels % 4, photos, batch=36, views=3, categories_per_batch=4)
    drawn = np.zeros(400)
    for step in range(600):
        products = list(dict.fromkeys(labels[batches[step]]))
        assert len(products) == 12
        assert 6 <= sum(product % 20 == 0 for product in products) <= 12
        drawn[products] += 1
    unseen = drawn[np.arange(400) % 20 > 0]
    assert unseen.min() > 0 and unseen.std() < 1.5 * np.sqrt(unseen.mean())


def test_where_few_are_shown_the_others_fill_the_batch() -> None:
    labels = np.concatenate([np.arange(12), [3]])
    batches = CategoryBatchSampler(labels, np.zeros(13, int), np.arange(13) < 12, batch=24, views=2)
    for step in range(20):
        products = set(labels[batches[step]])
        assert len(products) == 12 and 3 in products


def test_a_product_with_only_a_photo_repeats_it() -> None:
    batches = CategoryBatchSampler([0, 1], [0, 0], [True, True], batch=6, views=3)
    assert sorted(batches[0]) == [0, 0, 0, 1, 1, 1]


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        CategoryBatchSampler([0], [0, 1], [True], batch=4)
    with pytest.raises(ValueError, match="0 items"):
        CategoryBatchSampler([], [], [], batch=4)
