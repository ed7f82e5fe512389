"""A worker killed with -9 in the middle of ``propose`` loses no scene and doubles no proposal once a worker is back."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from labeling.catalog.models import Scene
from labeling.inference import runtime, selectors, services, tasks
from labeling.inference.models import Candidate, Proposal, Scan
from tests.e2e.conftest import StartWorker
from tests.e2e.workers import wait_until
from tests.tiny import tiny_detector, tiny_embedder
from tests.world import World, make_scene

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
SCENES = 60


@pytest.fixture
def ready(start_worker: StartWorker, world: World, settings: Any, tmp_path: Path) -> World:
    """Many scenes, tiny models live with an index, nothing scanned."""
    settings.DETECTION_MIN_SCORE, settings.DETECTIONS_MAX = 0.0, 3
    Scan.objects.all().delete()
    for number in range(SCENES - 2):
        make_scene(world.vertical, f"more-{number}")
    checkpoints = {
        "detector": tiny_detector(tmp_path / "made", ["lamp", "sofa"]),
        "embedder": tiny_embedder(tmp_path / "made"),
    }
    versions = {
        kind: services.version_register(vertical=world.vertical, kind=kind, checkpoint=path)
        for kind, path in checkpoints.items()
    }
    built = runtime.index_build(selectors.catalogue_pictures(world.vertical), embedder=versions["embedder"])
    index = services.index_record(
        vertical=world.vertical,
        embedder=versions["embedder"],
        path=built.path,
        products=built.products,
        catalogue_hash="x",
    )
    services.version_go_live(version=versions["detector"])
    services.version_go_live(version=versions["embedder"], index=index)
    return world


def done() -> int:
    return Scan.objects.filter(state=Scan.State.DONE).count()


def sweep_later() -> None:
    """What the beat does a while later."""
    Scan.objects.filter(state=Scan.State.WAITING).update(nudged_at=timezone.now() - timedelta(minutes=1))
    tasks.sweep_scans()


def test_a_killed_worker_loses_and_doubles_nothing(ready: World, start_worker: StartWorker) -> None:
    for chunk in tasks.chunked(services.scan_queue(vertical=ready.vertical, scenes=Scene.objects.all())):
        tasks.propose_scenes.delay_on_commit(chunk)
    first = start_worker()
    wait_until(lambda: done() >= tasks.SCAN_CHUNK, what="the first chunk", log=first.log)
    first.kill()
    between = done()
    assert between < SCENES, "the worker was too quick to be killed in the middle"

    second = start_worker()
    sweep_later()
    wait_until(lambda: done() == SCENES, what="every scene", log=second.log)
    second.stop()
    scans = Counter(Scan.objects.values_list("scene_id", "state"))
    assert scans == Counter({(pk, "done"): 1 for pk in Scene.objects.values_list("pk", flat=True)})
    places = Counter(Proposal.objects.values_list("scene_id", "position"))
    assert places and set(places.values()) == {1}
    ranks = Counter(Candidate.objects.values_list("proposal_id", "rank"))
    assert ranks and set(ranks.values()) == {1}


def test_two_workers_share_without_doubling(ready: World, start_worker: StartWorker) -> None:
    queued = services.scan_queue(vertical=ready.vertical, scenes=Scene.objects.all())
    for chunk in tasks.chunked(queued) * 2:
        tasks.propose_scenes.delay_on_commit(chunk)
    workers = [start_worker(), start_worker()]
    wait_until(lambda: done() == SCENES, what="every scene", log=workers[0].log)
    for worker in workers:
        worker.stop()
    places = Counter(Proposal.objects.values_list("scene_id", "position"))
    assert places and set(places.values()) == {1}
    assert set(Scan.objects.values_list("attempts", flat=True)) == {1}
