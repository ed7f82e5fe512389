"""Word pieces as BERT's own tokenizer cuts them: the expected numbers were made by the library ``tokenizers``."""

from __future__ import annotations

from pathlib import Path

import pytest

from models_ml.wordpiece import VocabularyError, WordPieces, words

PIECES = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "sofa",
    "so",
    "##fa",
    "##s",
    "navy",
    "!",
    "-",
    "壁",
    "emil",
    "##e",
    "a",
    "##b",
]


@pytest.fixture
def pieces(tmp_path: Path) -> WordPieces:
    (tmp_path / "vocab.txt").write_text("\n".join(PIECES) + "\n", encoding="utf-8")
    return WordPieces.load(tmp_path / "vocab.txt")


def cut(pieces: WordPieces, text: str, limit: int = 64) -> list[str]:
    return [PIECES[number] for number in pieces.read(text, limit)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Navy sofas!", ["navy", "sofa", "##s", "!"]),
        ("sofa-sofa", ["sofa", "-", "sofa"]),
        ("ÉMILE", ["emil", "##e"]),
        ("壁壁 sofa", ["壁", "壁", "sofa"]),
        ("navyblue sofa", ["[UNK]", "sofa"]),
        ("so\u200bfa\x00 \u00a0a", ["sofa", "a"]),
        ("a" + "b" * 99, ["a"] + ["##b"] * 99),
        ("a" + "b" * 100, ["[UNK]"]),
        ("", []),
    ],
)
def test_it_works(pieces: WordPieces, text: str, expected: list[str]) -> None:
    assert cut(pieces, text, 128) == ["[CLS]", *expected, "[SEP]"]


def test_a_long_text_is_cut_before_its_end_mark(pieces: WordPieces) -> None:
    assert cut(pieces, "sofa " * 50, 6) == ["[CLS]", "sofa", "sofa", "sofa", "sofa", "[SEP]"]


def test_with_case_accents_stay() -> None:
    assert list(words("Émile, Émile", caseless=False)) == ["Émile", ",", "Émile"]
    assert list(words("Émile", caseless=True)) == ["emile"]


@pytest.mark.parametrize("content", [None, b"sofa\nnavy\n", b"\xff\xfe\xff"])
def test_what_is_no_vocabulary_is_named(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "vocab.txt").write_bytes(content)
    with pytest.raises(VocabularyError, match=r"vocab\.txt"):
        WordPieces.load(tmp_path / "vocab.txt")
