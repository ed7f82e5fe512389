"""Reading pairs, snapshots, and what among the pairs the models contradict."""

from labeling.datasets.selectors.exporting import dataset_of, pairs_count
from labeling.datasets.selectors.finding import Found, Wanted, pairs_fitting, pairs_found
from labeling.datasets.selectors.frozen import (
    SnapshotTampered,
    rows_changed,
    snapshot_digest,
    snapshot_statistics,
    snapshot_verify,
)
from labeling.datasets.selectors.likeness import (
    LIKENESS,
    SnapshotLeaks,
    Unseen,
    leak_report_of,
    likeness_unseen,
    pictures_unseen,
    scenes_alike,
    snapshot_without_leaks,
    snapshots_unreported,
)
from labeling.datasets.selectors.pairs import (
    curation_last,
    pairs_admitted,
    pairs_page,
    pairs_shown,
    products_refused,
    snapshot_rows,
    snapshots_of,
)
from labeling.datasets.selectors.suspects import Suspect, pairs_suspicious, suspects_shown
from labeling.datasets.selectors.wholes import Unpaired, scenes_whole

__all__ = [
    "LIKENESS",
    "Found",
    "SnapshotLeaks",
    "SnapshotTampered",
    "Suspect",
    "Unpaired",
    "Unseen",
    "Wanted",
    "curation_last",
    "dataset_of",
    "leak_report_of",
    "likeness_unseen",
    "pairs_admitted",
    "pairs_count",
    "pairs_fitting",
    "pairs_found",
    "pairs_page",
    "pairs_shown",
    "pairs_suspicious",
    "pictures_unseen",
    "products_refused",
    "rows_changed",
    "scenes_alike",
    "scenes_whole",
    "snapshot_digest",
    "snapshot_rows",
    "snapshot_statistics",
    "snapshot_verify",
    "snapshot_without_leaks",
    "snapshots_of",
    "snapshots_unreported",
    "suspects_shown",
]
