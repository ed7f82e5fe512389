"""How well products' words fit a scene's by meaning, and which category they name, against loops."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from models_ml.product_texts import ProductTexts, SceneText
from models_ml.sentence_texts import SHARP, SentenceTexts
from models_ml.sentences import SentenceEncoder
from tests.models_ml.sentence_folder import sentence_folder

CATALOGUE = {
    3: ("sofa", "navy sofa"),
    5: ("sofa", "sage velvet sofa"),
    7: ("sofa", "rust sofa"),
    8: ("lamp", "navy lamp"),
    9: ("lamp", "oak lamp"),
}
SCENE = SceneText("A room with a navy sofa", "velvet", ("oak lamps",))


@pytest.fixture
def texts(tmp_path: Path) -> SentenceTexts:
    return SentenceTexts.build(CATALOGUE, SentenceEncoder.load(sentence_folder(tmp_path / "encoder")))


def cosine(texts: SentenceTexts, one: str, other: str) -> float:
    a, b = texts.encoder.encode([one]), texts.encoder.encode([other])
    return float(a[0] @ b[0])


def usual(texts: SentenceTexts, category: str, phrase: str) -> float:
    mine = [text for name, text in CATALOGUE.values() if name == category]
    return sum(cosine(texts, text, phrase) for text in mine) / len(mine)


def test_fits_are_told_times_meant(texts: SentenceTexts) -> None:
    phrases = texts.plain.phrases(SCENE)
    assert len(phrases) >= 3
    fits = texts.fits(SCENE, [9, 5, 3, 5])
    assert fits.shape == (4, len(phrases))
    for row, product in zip(fits, (9, 5, 3, 5), strict=True):
        mine, text = CATALOGUE[product]
        for value, phrase in zip(row, phrases, strict=True):
            near = {name: usual(texts, name, phrase) for name in ("sofa", "lamp")}
            told = (cosine(texts, text, phrase) - near[mine]) / (1 - near[mine])
            meant = math.exp((near[mine] - max(near.values())) / SHARP)
            assert value == pytest.approx(min(max(told * meant, 0), 1), abs=1e-4)


def test_the_named_category_is_the_nearest(texts: SentenceTexts) -> None:
    expected = {"sofa": 0.0, "lamp": 0.0}
    for phrase in texts.plain.phrases(SCENE):
        near = {name: usual(texts, name, phrase) for name in expected}
        name = max(near, key=lambda key: near[key])
        expected[name] = max(expected[name], min(max(near[name], 0), 1))
    assert texts.named(SCENE) == pytest.approx({name: value for name, value in expected.items() if value > 0}, abs=1e-4)


def test_a_product_that_is_not_here_fits_nothing(texts: SentenceTexts) -> None:
    assert not texts.fits(SCENE, [1, 4, 100]).any()


def test_without_words_or_products_there_is_nothing(texts: SentenceTexts, tmp_path: Path) -> None:
    assert texts.fits(SceneText(), [3, 5]).shape == (2, 0)
    assert texts.fits(SCENE, []).shape[0] == 0
    assert texts.named(SceneText()) == {}
    empty = SentenceTexts.build({}, texts.encoder)
    assert not empty.fits(SCENE, [3]).any() and empty.named(SCENE) == {}


def test_the_letters_alone_name_a_category_as_well() -> None:
    """The phrase "navy sofa" shares more of what it says with sofas than with lamps, "oak" more with lamps."""
    plain = ProductTexts.build(CATALOGUE)
    named = plain.named(SceneText("navy sofa"))
    assert set(named) == {"sofa"} and 0 < named["sofa"] <= 1
    assert set(plain.named(SceneText("oak"))) == {"lamp"}
    assert plain.named(SceneText("qwertz")) == plain.named(SceneText()) == {}
    both = plain.named(SceneText("navy sofa", "oak lamp"))
    assert both["sofa"] == pytest.approx(named["sofa"]) and both["lamp"] > 0
    assert np.isfinite(list(both.values())).all()
