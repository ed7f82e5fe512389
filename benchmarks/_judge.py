"""What a detector and an embedder reach on the test scenes of a pack, and how far apart two of them are, with intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from _report import ROOT

from models_ml.bootstrap import Counts, bootstrap
from models_ml.detection import Detector
from models_ml.embedding import Embedder
from models_ml.evaluate.detector import detections_of
from models_ml.evaluate.inputs import truths_of
from models_ml.evaluate.queries import open_gallery, true_queries
from models_ml.manifest import Manifest
from models_ml.metrics import judge, resampled_map

ROUNDS = 1000
MODELS = ROOT / "showroom" / "checkpoints"
"""The demo's models, from which all learning starts."""


@dataclass(frozen=True)
class Figure:
    """A share over ``scenes`` scenes: ``of(times)`` is what it would be, had each been drawn so often."""

    scenes: int
    of: Callable[[Counts], float]

    @property
    def value(self) -> float:
        """On the scenes as they are."""
        return round(float(self.of(np.ones(self.scenes, dtype=np.int64))), 4)

    def over(self, other: Figure) -> dict[str, float]:
        """How far it is above another on the same scenes, with a 95 % interval over scenes drawn anew, the same for both."""
        low, high = bootstrap(lambda times: self.of(times) - other.of(times), self.scenes, rounds=ROUNDS)
        return {"gain": round(self.value - other.value, 4), "low": round(low, 4), "high": round(high, 4)}


def detector_map(checkpoint: Path, pack: Manifest) -> Figure:
    """mAP at IoU 0.5 on the pack's test scenes."""
    scenes = pack.part("test").scenes
    found, _ = detections_of(scenes, Detector.load(checkpoint), {})
    truths, unclear = truths_of(scenes)
    judged = judge(found, truths, 0.5, ignored=unclear)
    return Figure(len(scenes), partial(resampled_map, [judged]))


def embedder_r1(checkpoint: Path, pack: Manifest) -> Figure:
    """Recall at 1 of crops of the test scenes, by their true boxes, among the products of their category."""
    embedder = Embedder.load(checkpoint)
    gallery = open_gallery(embedder, [pack])
    queries = true_queries(embedder, pack, "test")
    hits = np.array([gallery.rank(query.vector, query.place, category=query.category) == 1 for query in queries], float)
    scene = np.array([query.scene for query in queries])
    return Figure(len(pack.part("test").scenes), partial(_share, hits, scene))


def _share(hits: npt.NDArray[np.float64], scene: npt.NDArray[np.int64], times: Counts) -> float:
    weights = times[scene]
    return float(weights @ hits / weights.sum()) if weights.sum() else float("nan")


JUDGES = {"detector": detector_map, "embedder": embedder_r1}
