"""A sentence encoder so small that a test can make one: a real BERT's files, random weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "sofa",
    "lamp",
    "navy",
    "rust",
    "sage",
    "oak",
    "velvet",
    "room",
    "a",
    "with",
    "##s",
]
CONFIG: dict[str, Any] = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "vocab_size": len(WORDS),
    "hidden_size": 12,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 20,
    "max_position_embeddings": 16,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
}


def weights(seed: int = 0) -> dict[str, Tensor]:
    """Under the names that such files have."""
    generator = torch.Generator().manual_seed(seed)

    def drawn(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator) * 0.5

    width, inner = CONFIG["hidden_size"], CONFIG["intermediate_size"]
    state = {
        "embeddings.word_embeddings.weight": drawn(len(WORDS), width),
        "embeddings.position_embeddings.weight": drawn(CONFIG["max_position_embeddings"], width),
        "embeddings.token_type_embeddings.weight": drawn(2, width),
        "embeddings.LayerNorm.weight": drawn(width) + 1,
        "embeddings.LayerNorm.bias": drawn(width),
    }
    for layer in range(CONFIG["num_hidden_layers"]):
        at = f"encoder.layer.{layer}"
        shapes = {
            "attention.self.query": (width, width),
            "attention.self.key": (width, width),
            "attention.self.value": (width, width),
            "attention.output.dense": (width, width),
            "intermediate.dense": (inner, width),
            "output.dense": (width, inner),
        }
        for part, shape in shapes.items():
            state[f"{at}.{part}.weight"], state[f"{at}.{part}.bias"] = drawn(*shape), drawn(shape[0])
        for part in ("attention.output.LayerNorm", "output.LayerNorm"):
            state[f"{at}.{part}.weight"], state[f"{at}.{part}.bias"] = drawn(width) + 1, drawn(width)
    return state


def sentence_folder(folder: Path, **changes: object) -> Path:
    """Write the folder; ``changes`` are of its config."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({**CONFIG, **changes}))
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    save_file(weights(), folder / "model.safetensors")
    return folder
