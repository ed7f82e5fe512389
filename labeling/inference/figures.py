"""How good the stored proposals are, judged against the scenes' known truth: the door to the models' metrics."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.conf import settings

from labeling.catalog.models import Product, Scene, Vertical
from labeling.inference.models import IndexBuild
from labeling.inference.selectors import scans_evaluated
from models_ml.index_notes import RecallCount, engines_recorded, recall_recorded
from models_ml.pipeline_metrics import PipelineMetrics, TruthObject, pipeline_metrics
from models_ml.types import Box, Detection

LEAST_VISIBLE = 0.15
"""Objects that show less of themselves are not asked of a detector, as in training."""


@dataclass(frozen=True, slots=True)
class IndexRecall:
    """How one category is searched, and what the checks beside its live searches found.

    ``engine`` is ``flat`` (exact, never checked), ``hnsw`` or ``ivf``.
    """

    category: str
    engine: str
    count: RecallCount


def index_recall(index: IndexBuild) -> list[IndexRecall]:
    """By category; needs neither torch nor FAISS. Raises FileNotFoundError where the index's folder is gone."""
    folder = settings.INDEX_ROOT / index.path
    counts = recall_recorded(folder)
    return [
        IndexRecall(category, engine, counts.get(category, RecallCount()))
        for category, engine in engines_recorded(folder).items()
    ]


def proposal_figures(vertical: Vertical, *, split: str = "") -> PipelineMetrics:
    """mAP and retrieval figures over the scanned scenes of ``split`` (all, where empty) that have known boxes.

    Ids are the pack's own; products with the same photo count as the same. What is not on offer is proposed by nobody,
    so nobody is asked for it.
    """
    alike = _alike(vertical)
    truths: dict[str, list[TruthObject]] = {}
    detections: dict[str, list[Detection]] = {}
    candidates: dict[str, list[list[str]]] = {}
    for scan in scans_evaluated(vertical, split=split):
        scene = scan.scene
        truths[scene.external_id] = _truths(scene, alike)
        proposals = list(scan.proposals.all())
        detections[scene.external_id] = [
            Detection(item.box, item.category.slug if item.category else item.detector_class, item.score)
            for item in proposals
        ]
        candidates[scene.external_id] = [
            [candidate.product.external_id for candidate in item.candidates.all()] for item in proposals
        ]
    return pipeline_metrics(truths, detections, candidates)


def _truths(scene: Scene, alike: dict[str, frozenset[str]]) -> list[TruthObject]:
    return [
        TruthObject(Box(*item["box"]), item["category"], alike.get(item.get("product", ""), frozenset()))
        for item in scene.truth["objects"]
        if item.get("visible", 1.0) >= LEAST_VISIBLE
    ]


def _alike(vertical: Vertical) -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    offered = Product.objects.filter(vertical=vertical, available=True)
    rows = list(offered.values_list("external_id", "same_photo_group"))
    for external_id, group in rows:
        if group:
            groups[group].add(external_id)
    return {external_id: frozenset(groups[group] if group else {external_id}) for external_id, group in rows}
