"""What an index's folder says of itself, for readers who need no FAISS: the engine of each category and what it misses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

LISTING = "index.json"
RECALL_FILE = "recall.jsonl"


@dataclass(frozen=True, slots=True)
class RecallCount:
    """``found`` of ``wanted`` true neighbours in ``samples`` queries."""

    samples: int = 0
    found: int = 0
    wanted: int = 0

    @property
    def recall(self) -> float:
        """In [0, 1]; 1 where nothing was asked."""
        return self.found / self.wanted if self.wanted else 1.0

    def plus(self, found: int, wanted: int) -> RecallCount:
        """One sample more."""
        return RecallCount(self.samples + 1, self.found + found, self.wanted + wanted)


def recall_recorded(folder: Path) -> dict[str, RecallCount]:
    """What all processes have written down of an index, by category; a line cut short is passed over."""
    counts: dict[str, RecallCount] = {}
    file = folder / RECALL_FILE
    if not file.is_file():
        return counts
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                sample = json.loads(line)
                category, found, wanted = str(sample["category"]), int(sample["found"]), int(sample["wanted"])
            except (ValueError, KeyError, TypeError):
                continue
            counts[category] = counts.get(category, RecallCount()).plus(found, wanted)
    return dict(sorted(counts.items()))


def engines_recorded(folder: Path) -> dict[str, str]:
    """The engine of each category: ``flat`` (exact), ``hnsw`` or ``ivf``. Raises FileNotFoundError without an index."""
    listing = json.loads((folder / LISTING).read_text(encoding="utf-8"))
    # An index of an earlier release is all exact and does not say so.
    return {name: listing.get("kinds", {}).get(name, "flat") for name in sorted(listing["files"])}
