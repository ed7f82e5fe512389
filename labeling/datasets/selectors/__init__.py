"""Reading pairs, snapshots, and what among the pairs the models contradict."""

from labeling.datasets.selectors.pairs import (
    pair_rows,
    pairs_admitted,
    pairs_page,
    pairs_withdrawn,
    products_refused,
    snapshot_rows,
    snapshots_of,
)
from labeling.datasets.selectors.suspects import Suspect, pairs_suspicious, suspects_shown
from labeling.datasets.selectors.wholes import Unpaired, scenes_whole

__all__ = [
    "Suspect",
    "Unpaired",
    "pair_rows",
    "pairs_admitted",
    "pairs_page",
    "pairs_suspicious",
    "pairs_withdrawn",
    "products_refused",
    "scenes_whole",
    "snapshot_rows",
    "snapshots_of",
    "suspects_shown",
]
