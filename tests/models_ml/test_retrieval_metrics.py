"""Recall of an embedder, counted by hand with one that reads colours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from models_ml.data import is_clear
from models_ml.embedding import Embedder, EmbedderConfig
from models_ml.images import crop, open_image
from models_ml.manifest import Manifest
from models_ml.retrieval_metrics import judge_embedder, right_products
from models_ml.types import Vectors
from tests.tiny_pack import tiny_pack


class ColourEmbedder(Embedder):
    """Tells pictures apart by the mean colour of their middle; knows nothing of shape."""

    def __init__(self) -> None:
        self.config, self.dim, self.fingerprint = EmbedderConfig(side=16), 3, "colours"

    def embed(self, images: Sequence[Image.Image], *, batch: int = 32) -> Vectors:
        rows = [np.asarray(i.resize((8, 8)), dtype=np.float32)[3:5, 3:5].mean((0, 1)) - 120 for i in images]
        return np.array([row / np.linalg.norm(row) for row in rows], dtype=np.float32).reshape(-1, 3)


def test_it_works(tmp_path: Path) -> None:
    metrics = judge_embedder(ColourEmbedder(), Manifest.read(tiny_pack(tmp_path / "pack")))
    assert metrics["queries"] == 4
    assert metrics["products"] == 8
    assert metrics["in_category"] == {"recall_at_1": 1.0, "recall_at_5": 1.0, "recall_at_9": 1.0}
    assert metrics["overall"]["recall_at_5"] == 1.0
    assert metrics["per_category"] == {"lamp": 1.0, "rug": 1.0}


class BlindEmbedder(ColourEmbedder):
    """Gives every picture the same vector."""

    def embed(self, images: Sequence[Image.Image], *, batch: int = 32) -> Vectors:
        return np.tile(np.float32([1, 0, 0]), (len(images), 1))


def test_an_embedder_that_sees_nothing_finds_nothing(tmp_path: Path) -> None:
    metrics = judge_embedder(BlindEmbedder(), Manifest.read(tiny_pack(tmp_path / "pack")))
    assert metrics["in_category"]["recall_at_1"] == 0.0
    assert metrics["overall"]["recall_at_5"] == 0.0


def test_it_equals_a_loop(tmp_path: Path) -> None:
    manifest = Manifest.read(tiny_pack(tmp_path / "pack", scenes=12))
    embedder = ColourEmbedder()
    photos = {p.id: embedder.embed([open_image(p.image)])[0] for p in manifest.products}
    right, groups = right_products(manifest), {p.id: p.variant_group for p in manifest.products}
    hits = variant_hits = total = 0
    for scene in manifest.part("test").scenes:
        for item in scene.objects:
            assert is_clear(item)
            [vector] = embedder.embed([crop(open_image(scene.image), item.box)])
            best = max(photos, key=lambda name: float(photos[name] @ vector))
            total += 1
            hits += best in right[item.product]
            mine = {name: v for name, v in photos.items() if name.startswith(item.category)}
            best = max(mine, key=lambda name: float(mine[name] @ vector))
            variant_hits += groups[best] == groups[item.product]
    metrics = judge_embedder(embedder, manifest)
    assert metrics["overall"]["recall_at_1"] == round(hits / total, 4)
    assert metrics["variant_group"]["recall_at_1"] == round(variant_hits / total, 4)


def test_a_product_with_the_same_photo_is_right(tmp_path: Path) -> None:
    folder = tiny_pack(tmp_path / "pack")
    text = (folder / "products.jsonl").read_text()
    for name in ("rug-red", "lamp-red"):
        text = text.replace(f'"id": "{name}"', f'"id": "{name}", "same_photo_group": "reds"')
    (folder / "products.jsonl").write_text(text)
    right = right_products(Manifest.read(folder))
    assert right["rug-red"] == right["lamp-red"] == {"rug-red", "lamp-red"}
    assert right["rug-blue"] == {"rug-blue"}
