"""The questions an embedder is asked: crops of known products, by true and by detected boxes, and photos for comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from PIL import Image, ImageOps

from models_ml.data import is_clear
from models_ml.detection import Detector
from models_ml.embedding import Embedder
from models_ml.evaluate.inputs import EvaluationError, check_vectors
from models_ml.gallery import Gallery, product_entries
from models_ml.images import crop, open_image
from models_ml.manifest import Manifest, SceneEntry
from models_ml.pipeline_metrics import match_objects
from models_ml.retrieval_metrics import embed_catalogue
from models_ml.types import Box, Vectors


@dataclass(frozen=True, eq=False)
class Query:
    """A known object of scene number ``scene``: the ``place`` of its product in the gallery, the ``box`` and the ``category`` it
    is asked for with, the vector of that crop and its longer ``side`` in pixels.

    Box and vector are None for an object that the detector missed.
    """

    scene: int
    picture: SceneEntry
    place: int
    category: str
    box: Box | None
    vector: Vectors | None
    side: int


def open_gallery(embedder: Embedder, manifests: Sequence[Manifest]) -> Gallery:
    """The photos of all products of the packs; those of the first are asked for, the others stand in the way."""
    products = tuple(product for manifest in manifests for product in manifest.products)
    if not products:
        raise EvaluationError(
            f"{manifests[0].root} has no products; an embedder is judged on a pack with products.jsonl"
        )
    vectors = np.concatenate([embed_catalogue(embedder, manifest) for manifest in manifests])
    check_vectors(vectors, [f"product {product.id} ({product.image})" for product in products])
    return Gallery(products, vectors, product_entries(manifests))


def true_queries(embedder: Embedder, manifest: Manifest, split: str) -> list[Query]:
    """Every clear object of a known product in the scenes of ``split``, by its true box and category."""
    place = {product.id: i for i, product in enumerate(manifest.products)}
    queries: list[Query] = []
    for number, scene in enumerate(manifest.part(split).scenes):
        known = [item for item in scene.objects if item.product is not None and is_clear(item)]
        crops = _crops(scene, [item.box for item in known])
        for item, vector, cut in zip(known, _embedded(embedder, scene, crops), crops, strict=True):
            queries.append(
                Query(number, scene, place[str(item.product)], item.category, item.box, vector, max(cut.size))
            )
    if not queries:
        raise EvaluationError(f"{manifest.root}: no scene of split {split!r} shows an object of a known product")
    return queries


def detected_queries(
    queries: Sequence[Query], detector: Detector, embedder: Embedder, *, min_score: float
) -> list[Query]:
    """The same objects by the boxes and categories that a detector gives them."""
    found: list[Query] = []
    for _, group in groupby(queries, key=lambda query: query.scene):
        mine = list(group)
        scene = mine[0].picture
        [detections] = detector.detect([open_image(scene.image)], min_score=min_score)
        owners = match_objects([query.box for query in mine if query.box], detections)
        crops = _crops(scene, [detections[owner].box for owner in owners if owner is not None])
        vectors = iter(_embedded(embedder, scene, crops))
        for query, owner in zip(mine, owners, strict=True):
            seen = None if owner is None else detections[owner]
            if seen is None:
                found.append(replace(query, box=None, vector=None))
            else:
                found.append(replace(query, box=seen.box, category=seen.category, vector=next(vectors)))
    return found


def photo_queries(queries: Sequence[Query], embedder: Embedder, gallery: Gallery) -> list[Query]:
    """The same products asked for by their own photo: mirrored, and as small as the object is in its scene.

    What these find better than crops do is the gap between the two domains: light, angle, what stands before it.
    """
    views = []
    for query in queries:
        photo = open_image(gallery.products[query.place].image, max_side=query.side)
        views.append(ImageOps.mirror(photo))
    return [replace(query, vector=vector) for query, vector in zip(queries, embedder.embed(views), strict=True)]


def _crops(scene: SceneEntry, boxes: Sequence[Box]) -> list[Image.Image]:
    if not boxes:
        return []
    image = open_image(scene.image)
    return [crop(image, box) for box in boxes]


def _embedded(embedder: Embedder, scene: SceneEntry, crops: Sequence[Image.Image]) -> Vectors:
    names = [f"scene {scene.id} ({scene.image}), object {i + 1}" for i in range(len(crops))]
    return check_vectors(embedder.embed(crops), names)
