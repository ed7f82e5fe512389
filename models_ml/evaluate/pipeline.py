"""Judge the whole pipeline, from photo to nine candidate products a box."""

from __future__ import annotations

from collections.abc import Mapping

from models_ml.data import is_clear
from models_ml.detection import Detector
from models_ml.embedding import Embedder
from models_ml.evaluate.inputs import check_categories, check_vectors, mapped
from models_ml.images import crop, open_image
from models_ml.index import CategoryIndexes
from models_ml.manifest import Manifest, SceneEntry
from models_ml.pipeline_metrics import CANDIDATES, PipelineMetrics, TruthObject, pipeline_metrics
from models_ml.retrieval_metrics import embed_catalogue, right_products
from models_ml.types import Detection


def build_indexes(embedder: Embedder, manifest: Manifest) -> CategoryIndexes:
    """An index of the manifest's catalogue; ids are positions in ``manifest.products``."""
    indexes = CategoryIndexes(embedder.dim, embedder.fingerprint)
    vectors = embed_catalogue(embedder, manifest)
    check_vectors(vectors, [f"product {product.id} ({product.image})" for product in manifest.products])
    for category in sorted({product.category for product in manifest.products}):
        ids = [i for i, product in enumerate(manifest.products) if product.category == category]
        indexes.add(category, ids, vectors[ids])
    return indexes


def find(
    scene: SceneEntry,
    detector: Detector,
    embedder: Embedder,
    indexes: CategoryIndexes,
    *,
    min_score: float,
    class_map: Mapping[str, str],
) -> tuple[list[Detection], list[list[int]]]:
    """The detections of one scene and for each the ids of its nearest products in the detected category."""
    image = open_image(scene.image)
    [seen] = detector.detect([image], min_score=min_score)
    detections = mapped(seen, class_map)
    vectors = embedder.embed([crop(image, detection.box) for detection in detections])
    check_vectors(vectors, [f"scene {scene.id} ({scene.image}), box {i + 1}" for i in range(len(vectors))])
    slates = indexes.search(vectors, [detection.category for detection in detections], CANDIDATES)
    return detections, [[match.product_id for match in slate] for slate in slates]


def evaluate_pipeline(
    manifest: Manifest,
    detector: Detector,
    embedder: Embedder,
    *,
    split: str = "test",
    min_score: float = 0.05,
    class_map: Mapping[str, str] | None = None,
) -> PipelineMetrics:
    """Detect, embed and search every scene of ``split`` and judge what comes out; objects hardly seen are not asked for.

    Raises :class:`models_ml.evaluate.inputs.EvaluationError` for a category that the detector cannot know.
    """
    names = class_map or {}
    scenes = manifest.part(split).scenes
    check_categories(scenes, detector, names)
    indexes = build_indexes(embedder, manifest)
    position = {product.id: i for i, product in enumerate(manifest.products)}
    right = {name: frozenset(position[i] for i in alike) for name, alike in right_products(manifest).items()}
    truths: dict[str, list[TruthObject]] = {}
    detections: dict[str, list[Detection]] = {}
    candidates: dict[str, list[list[int]]] = {}
    for scene in scenes:
        truths[scene.id] = [
            TruthObject(item.box, item.category, right[item.product] if item.product else frozenset())
            for item in scene.objects
            if is_clear(item)
        ]
        detections[scene.id], candidates[scene.id] = find(
            scene, detector, embedder, indexes, min_score=min_score, class_map=names
        )
    return pipeline_metrics(truths, detections, candidates)


def as_table(metrics: PipelineMetrics) -> str:
    """The figures for a terminal, a line a category."""
    lines = [f"{'category':24} {'AP50':>6} {'R@9':>6} {'found':>6} {'of':>6}"]
    for name, row in metrics["per_category"].items():
        lines.append(f"{name:24} {row['ap50']:6.3f} {row['recall_at_9']:6.3f} {row['found']:6d} {row['objects']:6d}")
    total = f"{metrics['map50']:6.3f} {metrics['recall_at_9']:6.3f} {metrics['found']:6d} {metrics['objects']:6d}"
    return "\n".join([*lines, f"{'all':24} {total}"])
