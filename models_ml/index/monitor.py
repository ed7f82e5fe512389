"""What the approximate search misses: an exact search beside every n-th live one, counted by category.

After the monitor of Pinterest's Manas HNSW. Each process appends its samples to one file in the index's folder, a line
a sample, so that all workers count together and whoever wants to know reads the file (:mod:`models_ml.index_notes`).
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path

from models_ml.index.ground import Ids, VectorIndexError
from models_ml.index_notes import RECALL_FILE, RecallCount

LOW_AFTER = 50
"""Samples of a category after which a low recall is worth a warning."""

logger = logging.getLogger(__name__)


class RecallMonitor:
    """Picks every ``one_in``-th query and keeps what it says. ``folder``: where to write it down too; None: nowhere."""

    def __init__(self, one_in: int, *, folder: Path | None = None, alarm: float = 0.9) -> None:
        if one_in < 1:
            raise VectorIndexError(f"a monitor looks at one query in 1 or more, got one in {one_in}")
        self.one_in, self.alarm = one_in, alarm
        self._file = None if folder is None else folder / RECALL_FILE
        self._asked = 0
        self._counts: dict[str, RecallCount] = {}

    @property
    def counts(self) -> Mapping[str, RecallCount]:
        """What this process has seen, by category."""
        return dict(self._counts)

    def picked(self, queries: int) -> list[int]:
        """Which of the next ``queries`` to look at beside the exact search."""
        first = -self._asked % self.one_in
        self._asked += queries
        return list(range(first, queries, self.one_in))

    def record(self, category: str, live: Ids, exact: Ids) -> None:
        """Count the rows of a live answer against the exact one; both ``(n, k)``, -1 for empty places."""
        lines = []
        for found_row, true_row in zip(live.tolist(), exact.tolist(), strict=True):
            truth = {key for key in true_row if key >= 0}
            found = len(truth & set(found_row))
            count = self._counts.get(category, RecallCount()).plus(found, len(truth))
            self._counts[category] = count
            lines.append(json.dumps({"category": category, "found": found, "wanted": len(truth)}) + "\n")
            if count.samples % LOW_AFTER == 0 and count.recall < self.alarm:
                logger.warning("recall in %s is %.3f over %d queries", category, count.recall, count.samples)
        if self._file is not None and lines:
            self._append("".join(lines))

    def _append(self, text: str) -> None:
        assert self._file is not None
        try:
            # One write in append mode is not torn by another process'.
            handle = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                os.write(handle, text.encode())
            finally:
                os.close(handle)
        except OSError as error:
            # A search must not fail because its check could not be written down.
            logger.warning("%s: the recall sample is not kept (%s)", self._file, error)
