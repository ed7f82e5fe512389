"""Fixtures of the end-to-end tests: real workers on the test's own database, broker and files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from labeling.celery import app
from tests.e2e.browser import chromium, visit
from tests.e2e.servers import web
from tests.e2e.workers import Worker, broker_address, celery_address, empty_broker, worker_environment

# Before anything is sent: whatever these tests enqueue reaches their own workers and no one else's.
app.conf.broker_url = celery_address()

__all__ = ["StartWorker", "chromium", "visit", "web"]

StartWorker = Callable[[], Worker]


@pytest.fixture
def start_worker(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[StartWorker]:
    """Call it for one more worker. What this process enqueues reaches them, and they end with the test.

    Rows must be committed to be seen by a worker, so a test that takes this runs without a transaction around it.
    """
    settings.MEDIA_ROOT, settings.MODELS_ROOT = tmp_path / "media", tmp_path / "models"
    settings.INDEX_ROOT, settings.SNAPSHOT_ROOT = tmp_path / "indexes", tmp_path / "snapshots"
    # A worker takes from the cache what a request has put there, such as word of a nudge.
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": broker_address()}}
    empty_broker()
    started: list[Worker] = []

    def start() -> Worker:
        started.append(Worker(tmp_path / f"worker-{len(started)}.log", worker_environment(tmp_path)))
        return started[-1]

    yield start
    for worker in started:
        worker.kill()
    empty_broker()


@pytest.fixture
def worker(start_worker: StartWorker) -> Worker:
    """One real worker."""
    return start_worker()
