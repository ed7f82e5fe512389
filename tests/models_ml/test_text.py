"""Words and their n-grams: the same in every process, in every script, and short whatever they are given."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from models_ml.text import TEXT_LIMIT, WORD_LIMIT, WORDS_LIMIT, TextRows, features, product_text, words_of


def crc32(data: bytes) -> int:
    """The checksum bit by bit, as ISO 3309 has it."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0xEDB88320 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


@pytest.mark.parametrize("word", ["navy", "a", "沙发", "ß"])
def test_features_are_the_word_and_its_grams(word: str) -> None:
    framed, grams = f"<{word}>", set()
    for size in (3, 4):
        for start in range(len(framed)):
            if start + size <= len(framed):
                grams.add(framed[start : start + size])
    expected = [(crc32(f"w {word}".encode()) % 1000, 1.0)]
    expected += [(crc32(gram.encode()) % 1000, 1 / len(grams)) for gram in grams]
    assert features(word, 1000)[0] == expected[0]
    assert sorted(features(word, 1000)) == sorted(expected)
    assert sum(mass for _, mass in features(word, 1000)) == pytest.approx(2)


def test_the_same_in_another_process() -> None:
    code = "from models_ml.text import features; print(features('navy', 999))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == str(features("navy", 999))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("MÅLA, 3-Sitz", ["mala", "3", "sitz"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("ｎａｖｙ ﬁt", ["navy", "fit"]),
        ("蓝色 沙发", ["蓝色", "沙发"]),
        ("snake_case", ["snake", "case"]),
        (" \n\t!?", []),
        ("", []),
    ],
)
def test_letters_are_folded(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    "text", ["x" * 10**6, "a " * 10**6, "\ufdfa" * 10**5, "e\u0301" * 10**5, "\x00\ud800 ok", "𝔸" * 10**5]
)
def test_hostile_text_is_cut(text: str) -> None:
    words = words_of(text)
    assert len(words) <= WORDS_LIMIT and all(len(word) <= WORD_LIMIT for word in words)
    assert sum(map(len, words)) <= 2 * TEXT_LIMIT
    assert all(features(word) for word in words)


def test_the_text_of_a_product_takes_whatever_json_holds() -> None:
    attributes = {"colour": "navy", "sizes": ["S", {"deep": "M"}], "n": 3, "none": None}
    text = product_text(title="Alva sofa", brand="Ostra", attributes=attributes)
    assert words_of(text) == ["alva", "sofa", "ostra", "navy", "s", "m"]
    endless: dict[str, object] = {"a": "x"}
    endless["self"] = endless
    assert "x" in product_text(title="t", attributes=endless)


def test_rows_become_a_table() -> None:
    rows = TextRows.of([{5: 2.0, 1: 1.0}, {}, {7: 3.0}])
    place = np.full(10, -1, dtype=np.int32)
    place[[5, 7]] = [1, 0]
    table = rows.dense(np.array([2, 0, 1, 2]), place, 2)
    assert table.tolist() == [[3, 0], [0, 2], [0, 0], [3, 0]]
