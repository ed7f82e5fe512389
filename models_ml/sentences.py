"""Texts as vectors, by a pretrained sentence encoder in a local folder (Reimers and Gurevych 2019, *Sentence-BERT*).

encoder = SentenceEncoder.load(Path("all-MiniLM-L6-v2"))
vectors = encoder.encode(["navy velvet sofa", "couch in dark blue"])

The folder is what such models come as: ``config.json`` of a BERT, ``vocab.txt`` and ``model.safetensors``. Nothing is fetched.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from models_ml.text import Floats
from models_ml.wordpiece import VocabularyError, WordPieces

CONFIG, WEIGHTS, VOCABULARY, POOLING = "config.json", "model.safetensors", "vocab.txt", "1_Pooling/config.json"
PIECES = 64
"""Word pieces of a text that are read: captions and titles are short."""
NUMBERS = ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")


class EncoderError(ValueError):
    """A folder holds no sentence encoder that can be used; the message names the file and the remedy."""


class Bert(nn.Module):
    """The encoder of Devlin et al. 2018, its layers those of PyTorch."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        width, epsilon = config["hidden_size"], float(config.get("layer_norm_eps", 1e-12))
        self.words = nn.Embedding(config["vocab_size"], width)
        self.places = nn.Embedding(config.get("max_position_embeddings", 512), width)
        self.kinds = nn.Embedding(config.get("type_vocab_size", 2), width)
        self.norm = nn.LayerNorm(width, epsilon)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width,
                config["num_attention_heads"],
                config["intermediate_size"],
                dropout=0.0,
                activation="gelu",
                layer_norm_eps=epsilon,
                batch_first=True,
            )
            for _ in range(config["num_hidden_layers"])
        )

    def forward(self, pieces: Tensor, padding: Tensor) -> Tensor:
        """Piece numbers (n, length) and where they are only ``padding`` to unit vectors (n, width): the mean over the pieces."""
        places = torch.arange(pieces.shape[1], device=pieces.device)
        states = self.norm(self.words(pieces) + self.places(places) + self.kinds.weight[0])
        for layer in self.layers:
            states = layer(states, src_key_padding_mask=padding)
        kept = (~padding)[:, :, None].float()
        return functional.normalize((states * kept).sum(1) / kept.sum(1), dim=1)


class SentenceEncoder:
    """A pretrained encoder, ready to read; ``fingerprint`` is the sha256 of its weights."""

    def __init__(self, model: Bert, pieces: WordPieces, fingerprint: str) -> None:
        self.model, self.pieces, self.fingerprint = model.eval(), pieces, fingerprint
        self.dim = model.words.embedding_dim
        self.limit = min(PIECES, model.places.num_embeddings)

    @classmethod
    def load(cls, folder: Path) -> SentenceEncoder:
        """Read the folder. Raises :class:`EncoderError`."""
        config = _config(folder)
        tokenizer = _json(folder / "tokenizer_config.json") if (folder / "tokenizer_config.json").is_file() else {}
        try:
            pieces = WordPieces.load(folder / VOCABULARY, caseless=bool(tokenizer.get("do_lower_case", True)))
            tensors = load_file(folder / WEIGHTS)
        except VocabularyError as error:
            raise EncoderError(str(error)) from error
        except (OSError, SafetensorError) as error:
            raise EncoderError(f"{folder / WEIGHTS} cannot be read ({error}); restore the encoder's folder") from error
        if len(pieces.numbers) > config["vocab_size"]:
            raise EncoderError(f"{folder / VOCABULARY} has more pieces than {CONFIG} says; restore both together")
        model = Bert(config)
        try:
            model.load_state_dict(_renamed(tensors, config["num_hidden_layers"]))
        except (KeyError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise EncoderError(
                f"{folder}: weights and {CONFIG} do not fit together ({reason}); restore both"
            ) from error
        if not all(bool(tensor.isfinite().all()) for tensor in model.state_dict().values()):
            raise EncoderError(f"{folder / WEIGHTS} holds values that are no numbers; restore it")
        with (folder / WEIGHTS).open("rb") as stream:
            return cls(model, pieces, hashlib.file_digest(stream, "sha256").hexdigest())

    @torch.inference_mode()
    def encode(self, texts: Sequence[str], *, batch: int = 64) -> Floats:
        """A unit vector for each text, ``(n, dim)`` in the order given; one without a letter gives one as well."""
        read = [self.pieces.read(text, self.limit) for text in texts]
        vectors = np.empty((len(read), self.dim), dtype=np.float32)
        # Texts of like length share a batch, so that little is padding.
        order = sorted(range(len(read)), key=lambda i: len(read[i]))
        for start in range(0, len(order), batch):
            mine = order[start : start + batch]
            longest = len(read[mine[-1]])
            rows = torch.tensor([read[i] + [0] * (longest - len(read[i])) for i in mine])
            padding = torch.arange(longest)[None, :] >= torch.tensor([len(read[i]) for i in mine])[:, None]
            vectors[mine] = self.model(rows, padding).numpy()
        return vectors


def _config(folder: Path) -> dict[str, Any]:
    config = _json(folder / CONFIG)
    if config.get("model_type") != "bert" or config.get("hidden_act", "gelu") != "gelu":
        raise EncoderError(
            f"{folder / CONFIG} describes no BERT with gelu ({config.get('model_type')!r}); give one that does"
        )
    wrong = [name for name in NUMBERS if not isinstance(config.get(name), int) or config[name] < 1]
    if wrong or config["hidden_size"] % config["num_attention_heads"]:
        raise EncoderError(f"{folder / CONFIG}: {(wrong or ['hidden_size'])[0]} makes no network; restore it")
    if (folder / POOLING).is_file() and not _json(folder / POOLING).get("pooling_mode_mean_tokens"):
        raise EncoderError(
            f"{folder / POOLING} asks for another pooling than the mean; give an encoder that takes the mean"
        )
    return config


def _json(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EncoderError(f"{path} cannot be read ({error}); give the folder of a sentence encoder") from error
    if not isinstance(record, dict):
        raise EncoderError(f"{path} must hold one JSON object; restore it")
    return record


def _renamed(tensors: Mapping[str, Tensor], layers: int) -> dict[str, Tensor]:
    """The weights under the names of :class:`Bert`; KeyError names what is missing."""
    given = {name.removeprefix("bert."): tensor.float() for name, tensor in tensors.items()}
    state = {f"{ours}.weight": given[f"embeddings.{theirs}_embeddings.weight"] for ours, theirs in EMBEDDINGS.items()}
    for end in ("weight", "bias"):
        state[f"norm.{end}"] = given[f"embeddings.LayerNorm.{end}"]
        for i in range(layers):
            at = f"encoder.layer.{i}"
            parts = [given[f"{at}.attention.self.{part}.{end}"] for part in ("query", "key", "value")]
            state[f"layers.{i}.self_attn.in_proj_{end}"] = torch.cat(parts)
            state |= {f"layers.{i}.{ours}.{end}": given[f"{at}.{theirs}.{end}"] for ours, theirs in LAYER.items()}
    return state


EMBEDDINGS = {"words": "word", "places": "position", "kinds": "token_type"}
LAYER = {
    "self_attn.out_proj": "attention.output.dense",
    "norm1": "attention.output.LayerNorm",
    "linear1": "intermediate.dense",
    "linear2": "output.dense",
    "norm2": "output.LayerNorm",
}
"""Our names of a layer's parts, and theirs."""
