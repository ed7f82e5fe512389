"""What we train on: human-confirmed pairs, what looks alike among their pictures, and snapshots that never change."""

from labeling.datasets.models.doubts import PairDoubt, Weighing
from labeling.datasets.models.likeness import Likeness, ProductLikeness, SceneLikeness
from labeling.datasets.models.maps import PairMap
from labeling.datasets.models.pairs import Curation, Pair, PairChoice, PairVoice
from labeling.datasets.models.snapshots import LeakReport, Snapshot, SnapshotRow

__all__ = [
    "Curation",
    "LeakReport",
    "Likeness",
    "Pair",
    "PairChoice",
    "PairDoubt",
    "PairMap",
    "PairVoice",
    "ProductLikeness",
    "SceneLikeness",
    "Snapshot",
    "SnapshotRow",
    "Weighing",
]
