"""The recall monitor counts what a loop counts, for all processes together, and never breaks a search."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from models_ml.index import RecallMonitor, VectorIndexError
from models_ml.index_notes import RecallCount, recall_recorded


def test_it_works(tmp_path: Path) -> None:
    live = np.array([[1, 2, 3], [4, 5, -1]])
    exact = np.array([[1, 2, 9], [5, 4, -1]])
    for _ in range(2):
        # Two monitors stand for two workers.
        monitor = RecallMonitor(10, folder=tmp_path)
        monitor.record("sofa", live, exact)
        assert monitor.counts == {"sofa": RecallCount(samples=2, found=4, wanted=5)}
    assert recall_recorded(tmp_path) == {"sofa": RecallCount(samples=4, found=8, wanted=10)}
    assert recall_recorded(tmp_path)["sofa"].recall == pytest.approx(0.8)


def test_every_nth_query_is_picked_whatever_the_batches() -> None:
    monitor, picked, asked = RecallMonitor(7), [], 0
    for batch in (1, 3, 20, 0, 5, 14):
        picked += [asked + row for row in monitor.picked(batch)]
        asked += batch
    assert picked == [query for query in range(asked) if query % 7 == 0]


def test_nothing_recorded_is_no_error(tmp_path: Path) -> None:
    assert recall_recorded(tmp_path) == {}
    assert RecallCount().recall == 1


def test_a_line_cut_short_is_passed_over(tmp_path: Path) -> None:
    RecallMonitor(1, folder=tmp_path).record("lamp", np.array([[1]]), np.array([[1]]))
    with (tmp_path / "recall.jsonl").open("a") as file:
        file.write('{"category": "lamp", "fou')
    assert recall_recorded(tmp_path) == {"lamp": RecallCount(1, 1, 1)}


def test_a_low_recall_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    monitor = RecallMonitor(1)
    with caplog.at_level(logging.WARNING):
        monitor.record("lamp", np.full((50, 2), 1), np.tile([1, 2], (50, 1)))
    assert "recall in lamp is 0.500 over 50 queries" in caplog.text


def test_a_full_disk_does_not_stop_the_search(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    monitor = RecallMonitor(1, folder=tmp_path / "gone")
    monitor.record("lamp", np.array([[1]]), np.array([[1]]))
    assert monitor.counts["lamp"].samples == 1
    assert "is not kept" in caplog.text


def test_one_in_none_is_refused() -> None:
    with pytest.raises(VectorIndexError):
        RecallMonitor(0)
