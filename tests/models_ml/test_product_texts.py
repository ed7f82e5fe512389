"""How well products' words fit what is written around a scene, against the formula spelt out in loops."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from models_ml.product_texts import DOUBT, LEAST_SHARE, ProductTexts, SceneText, TextsError
from models_ml.text import features, words_of

DIM = 1 << 14
CATALOGUE = {
    3: ("sofa", "Alva sofa with a navy linen seat"),
    5: ("sofa", "Dano sofa with a sage velvet seat"),
    7: ("sofa", "Orno sofa with a rust leather seat"),
    8: ("lamp", "Misa lamp with a navy linen shade"),
    9: ("lamp", "Tova lamp with a sage paper shade"),
}


@pytest.fixture
def texts() -> ProductTexts:
    return ProductTexts.build(CATALOGUE, dim=DIM)


def masses(words: list[str]) -> dict[int, float]:
    found: dict[int, float] = {}
    for word in words:
        for column, mass in features(word, DIM):
            found[column] = max(found.get(column, 0.0), mass)
    return found


def by_loops(phrase: list[str], product: int) -> float:
    """``told * meant`` of one phrase and one product, from the words alone. No product here has too many features."""
    held = {key: set(masses(words_of(text))) for key, (_, text) in CATALOGUE.items()}

    def rarity(column: int, category: str | None) -> float:
        keys = [key for key in held if category in (None, CATALOGUE[key][0])]
        return math.log((1 + len(keys)) / (0.5 + sum(column in held[key] for key in keys)))

    spoken = masses(phrase)
    total = sum(mass * rarity(column, None) ** 2 for column, mass in spoken.items())
    told, shared = 0.0, {"sofa": 0.0, "lamp": 0.0}
    mine = CATALOGUE[product][0]
    for column, mass in spoken.items():
        if column in held[product]:
            told += mass * min(rarity(column, mine), rarity(column, None)) ** 2 / total
        for category in shared:
            keys = [key for key in held if CATALOGUE[key][0] == category]
            share = sum(column in held[key] for key in keys) / len(keys)
            if share >= LEAST_SHARE:
                shared[category] += share * mass * rarity(column, None) ** 2 / total
    return told * (shared[mine] + DOUBT) / (max(shared.values()) + DOUBT)


def test_fits_are_told_times_meant(texts: ProductTexts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models_ml.product_texts.FEATURES_LIMIT", 1000)
    texts = ProductTexts.build(CATALOGUE, dim=DIM)
    fits = texts.fits(SceneText("A navy sofa with a blue lamp"), [9, 3, 5, 8, 3])
    expected = [[by_loops(["navy", "sofa"], key), by_loops(["blue", "lamp"], key)] for key in (9, 3, 5, 8, 3)]
    np.testing.assert_allclose(fits, expected, atol=1e-5)


def test_the_named_product_fits_best(texts: ProductTexts) -> None:
    fits = texts.fits(SceneText(description="Our sage velvet sofa"), [3, 5, 7, 8, 9])
    assert fits.max(axis=1).argmax() == 1
    assert fits.min() >= 0 and fits.max() <= 1


def test_what_all_of_a_category_have_tells_none_apart(texts: ProductTexts) -> None:
    fits = texts.fits(SceneText(title="sofa"), [3, 5, 7])
    assert np.ptp(fits) == 0 and fits.max() < 0.1


def test_inflection_and_accents_fit_in_part(texts: ProductTexts) -> None:
    exact, inflected, none = (texts.fits(SceneText(word), [5])[0, 0] for word in ("velvet", "Vélvets", "brick"))
    assert exact > inflected > none


def test_without_words_there_are_no_phrases(texts: ProductTexts) -> None:
    assert texts.fits(SceneText("", " \n", ("",)), [3, 5]).shape == (2, 0)
    assert texts.fits(SceneText("with a"), [3]).shape == (1, 0)


def test_a_product_that_is_not_here_fits_nothing(texts: ProductTexts) -> None:
    assert texts.fits(SceneText("a navy sofa"), [4, 3, 99])[[0, 2]].max() == 0
    assert ProductTexts.build({}).fits(SceneText("a navy sofa"), [1]).shape[0] == 1


def test_hostile_contexts_are_cut(texts: ProductTexts) -> None:
    boards = tuple(f"board {'navy ' * 1000}" for _ in range(500))
    fits = texts.fits(SceneText("x" * 10**6, "'; DROP TABLE <script> " * 10**4, boards), [3, 8])
    assert fits.shape[1] <= 64 and np.isfinite(fits).all()


def test_saved_and_read_it_says_the_same(texts: ProductTexts, tmp_path: Path) -> None:
    texts.save(tmp_path)
    words = SceneText("A navy sofa", boards=("Velvet",))
    again = ProductTexts.load(tmp_path)
    assert again.slugs == ("lamp", "sofa")
    np.testing.assert_array_equal(again.fits(words, [3, 5, 8]), texts.fits(words, [3, 5, 8]))


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TextsError, match=r"texts\.npz cannot be read .* build the index again"):
        ProductTexts.load(tmp_path)
    (tmp_path / "texts.npz").write_bytes(b"PK\x03\x04 not an archive")
    with pytest.raises(TextsError, match="build the index again"):
        ProductTexts.load(tmp_path)
