"""How well an embedder finds the product of a scene crop in a catalogue of photos."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple, TypedDict

import numpy as np

from models_ml.data import is_clear
from models_ml.embedding import Embedder
from models_ml.images import crop, open_image
from models_ml.manifest import Manifest, ProductEntry
from models_ml.metrics import recall_at_k
from models_ml.types import Vectors

CUTS = (1, 5, 9)


class RetrievalMetrics(TypedDict):
    """Shares of the ``queries`` whose product is among the first 1, 5 or 9 photos of the ``products``.

    ``overall`` searches the whole catalogue, ``in_category`` the true category. ``held_out`` is ``in_category`` for products
    never trained on. ``variant_group`` asks for any variant of the product, ``per_category`` for recall at 9 in category.
    """

    queries: int
    products: int
    overall: dict[str, float]
    in_category: dict[str, float]
    held_out: dict[str, float]
    variant_group: dict[str, float]
    per_category: dict[str, float]


class Query(NamedTuple):
    """A crop's vector and the product it shows."""

    vector: Vectors
    product: ProductEntry


def right_products(manifest: Manifest) -> dict[str, frozenset[str]]:
    """For each product the ids that are a right answer: its own and those of products with the same photo."""
    return _alike(manifest, lambda product: product.same_photo_group or product.id)


def embed_catalogue(embedder: Embedder, manifest: Manifest, batch: int = 64) -> Vectors:
    """A vector for each product of the manifest, in its order, ``(products, dim)``."""
    parts = [
        embedder.embed(
            [open_image(p.image, max_side=4 * embedder.config.side) for p in manifest.products[i : i + batch]]
        )
        for i in range(0, len(manifest.products), batch)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, embedder.dim), dtype=np.float32)


def judge_embedder(embedder: Embedder, manifest: Manifest, split: str = "test") -> RetrievalMetrics:
    """Search the manifest's whole catalogue for every clear object of a known product in the scenes of ``split``."""
    gallery = embed_catalogue(embedder, manifest)
    queries = _queries(embedder, manifest, split)
    names = [product.id for product in manifest.products]
    category = np.array([product.category for product in manifest.products])
    right = right_products(manifest)
    variants = _alike(manifest, lambda product: product.variant_group or product.id)

    def rank(query: Query, answers: frozenset[str], *, within: bool) -> int:
        scores = gallery @ query.vector
        true = np.array([name in answers for name in names])
        rivals = ~true & (category == query.product.category) if within else ~true
        # A tie counts against the embedder: one that gives every picture the same vector finds nothing.
        return 1 + int((scores[rivals] >= scores[true].max()).sum())

    ranks = [rank(q, right[q.product.id], within=True) for q in queries]
    by_category: dict[str, list[int]] = defaultdict(list)
    for query, place in zip(queries, ranks, strict=True):
        by_category[query.product.category].append(place)
    return {
        "queries": len(queries),
        "products": len(manifest.products),
        "overall": _recalls([rank(q, right[q.product.id], within=False) for q in queries]),
        "in_category": _recalls(ranks),
        "held_out": _recalls([r for q, r in zip(queries, ranks, strict=True) if q.product.split == "test"]),
        "variant_group": _recalls([rank(q, variants[q.product.id], within=True) for q in queries]),
        "per_category": {name: recall_at_k(places, CUTS[-1]) for name, places in sorted(by_category.items())},
    }


def _queries(embedder: Embedder, manifest: Manifest, split: str) -> list[Query]:
    products = {product.id: product for product in manifest.products}
    queries: list[Query] = []
    for scene in manifest.part(split).scenes:
        known = [item for item in scene.objects if item.product is not None and is_clear(item)]
        if known:
            image = open_image(scene.image)
            vectors = embedder.embed([crop(image, item.box) for item in known])
            queries += [Query(v, products[str(item.product)]) for v, item in zip(vectors, known, strict=True)]
    return queries


def _alike(manifest: Manifest, key: Callable[[ProductEntry], str]) -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    for product in manifest.products:
        groups[key(product)].add(product.id)
    return {product.id: frozenset(groups[key(product)]) for product in manifest.products}


def _recalls(ranks: list[int]) -> dict[str, float]:
    return {f"recall_at_{k}": round(recall_at_k(ranks, k), 4) for k in CUTS}
