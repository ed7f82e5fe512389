"""Sentence vectors against the formulas of the papers spelt out in numpy, and folders that hold no encoder."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from safetensors.torch import save_file

from models_ml.sentences import EncoderError, SentenceEncoder
from tests.models_ml.sentence_folder import CONFIG, sentence_folder, weights

Array = npt.NDArray[np.float64]


@pytest.fixture
def encoder(tmp_path: Path) -> SentenceEncoder:
    return SentenceEncoder.load(sentence_folder(tmp_path / "encoder"))


def by_loops(pieces: list[int]) -> Array:
    """One text through the encoder of Devlin et al. 2018, head by head and place by place."""
    w = {name: tensor.numpy().astype(np.float64) for name, tensor in weights().items()}

    def linear(x: Array, name: str) -> Array:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def normed(x: Array, name: str) -> Array:
        middle, spread = x.mean(1, keepdims=True), x.var(1, keepdims=True)
        return (x - middle) / np.sqrt(spread + 1e-12) * w[f"{name}.weight"] + w[f"{name}.bias"]

    def gelu(x: Array) -> Array:
        return np.vectorize(lambda v: 0.5 * v * (1 + math.erf(v / math.sqrt(2))))(x)

    rows = w["embeddings.word_embeddings.weight"][pieces] + w["embeddings.token_type_embeddings.weight"][0]
    x = normed(rows + w["embeddings.position_embeddings.weight"][: len(pieces)], "embeddings.LayerNorm")
    heads, width = CONFIG["num_attention_heads"], CONFIG["hidden_size"]
    for layer in range(CONFIG["num_hidden_layers"]):
        at = f"encoder.layer.{layer}"
        query, key, value = (linear(x, f"{at}.attention.self.{part}") for part in ("query", "key", "value"))
        mixed = np.zeros_like(x)
        for head in range(heads):
            own = slice(head * width // heads, (head + 1) * width // heads)
            for place in range(len(x)):
                near = np.exp(key[:, own] @ query[place, own] / math.sqrt(width / heads))
                mixed[place, own] = near / near.sum() @ value[:, own]
        x = normed(x + linear(mixed, f"{at}.attention.output.dense"), f"{at}.attention.output.LayerNorm")
        inner = gelu(linear(x, f"{at}.intermediate.dense"))
        x = normed(x + linear(inner, f"{at}.output.dense"), f"{at}.output.LayerNorm")
    mean = x.mean(0)
    return np.asarray(mean / np.linalg.norm(mean))


TEXTS = ["navy sofa", "a room with sage velvet sofas", "", "lamp", "chrome"]


def test_it_works(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (5, 12) and vectors.dtype == np.float32
    for text, vector in zip(TEXTS, vectors, strict=True):
        np.testing.assert_allclose(vector, by_loops(encoder.pieces.read(text, 16)), atol=2e-5)


def test_a_text_is_read_the_same_alone_and_beside_longer_ones(encoder: SentenceEncoder) -> None:
    together = encoder.encode(TEXTS, batch=2)
    for text, vector in zip(TEXTS, together, strict=True):
        np.testing.assert_allclose(encoder.encode([text])[0], vector, atol=2e-6)


def test_a_text_longer_than_the_network_reads_is_cut(encoder: SentenceEncoder) -> None:
    long, same = encoder.encode(["sofa " * 500, "sofa " * 14])
    np.testing.assert_allclose(long, same, atol=1e-6)


def test_no_texts(encoder: SentenceEncoder) -> None:
    assert encoder.encode([]).shape == (0, 12)


def test_names_may_begin_with_the_models(tmp_path: Path, encoder: SentenceEncoder) -> None:
    folder = sentence_folder(tmp_path / "prefixed")
    save_file({f"bert.{name}": tensor for name, tensor in weights().items()}, folder / "model.safetensors")
    other = SentenceEncoder.load(folder)
    np.testing.assert_allclose(other.encode(TEXTS), encoder.encode(TEXTS), atol=1e-7)
    assert other.fingerprint != encoder.fingerprint


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"model_type": "gpt2"}, "no BERT"),
        ({"hidden_act": "relu"}, "no BERT with gelu"),
        ({"hidden_size": 16}, "hidden_size makes no network"),
        ({"hidden_size": 24}, "do not fit together"),
        ({"num_hidden_layers": 3}, "do not fit together .*encoder.layer.2"),
        ({"num_hidden_layers": 0}, "num_hidden_layers makes no network"),
        ({"vocab_size": 5}, "more pieces than"),
        ({"intermediate_size": "20"}, "intermediate_size makes no network"),
    ],
)
def test_a_config_of_another_network_is_refused(tmp_path: Path, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(EncoderError, match=complaint) as refusal:
        SentenceEncoder.load(sentence_folder(tmp_path / "encoder", **changes))
    assert str(tmp_path) in str(refusal.value) and "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", ["config.json", "vocab.txt", "model.safetensors"])
@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_missing_or_damaged_file_is_named(tmp_path: Path, name: str, damage: str) -> None:
    folder = sentence_folder(tmp_path / "encoder")
    data = (folder / name).read_bytes()
    (folder / name).unlink()
    if damage == "cut":
        (folder / name).write_bytes(data[:20])
    with pytest.raises(EncoderError, match=name.replace(".", r"\.")):
        SentenceEncoder.load(folder)


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    folder, state = sentence_folder(tmp_path / "encoder"), weights()
    state["embeddings.LayerNorm.bias"][3] = torch.nan
    save_file(state, folder / "model.safetensors")
    with pytest.raises(EncoderError, match="no numbers"):
        SentenceEncoder.load(folder)


def test_another_pooling_is_refused(tmp_path: Path) -> None:
    folder = sentence_folder(tmp_path / "encoder")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    with pytest.raises(EncoderError, match="another pooling"):
        SentenceEncoder.load(folder)
