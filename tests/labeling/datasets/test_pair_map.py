"""The map of pairs: the plane of greatest variance, drawn by a worker with the live embedder, once at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from labeling.catalog.models import Scene
from labeling.common.errors import ApplicationError, ConflictError
from labeling.common.jobs import job_cancel
from labeling.common.models import Job
from labeling.datasets.mapping import plane_of
from labeling.datasets.models import Pair, PairChoice, PairMap
from labeling.datasets.services import AT_ONCE, map_queue, pairs_choose
from labeling.datasets.services import mapping as drawing
from labeling.datasets.tasks import draw_map
from labeling.inference import runtime
from labeling.inference.services import version_go_live
from models_ml.types import Box
from tests.e2e.rooms import go_live
from tests.labeling.datasets.pairing import motley
from tests.world import World


def test_it_works() -> None:
    """Against the singular value decomposition, another road to the same axes."""
    draw = np.random.default_rng(4)
    vectors = (draw.normal(size=(60, 7)) * [5, 3, 1, 0.5, 0.2, 0.1, 0.1]).astype(np.float32)
    plane = plane_of(vectors)
    centred = vectors - vectors.mean(0)
    left, lengths, _ = np.linalg.svd(centred, full_matrices=False)
    flat = left[:, :2] * lengths[:2]
    for axis in (0, 1):
        assert abs(np.corrcoef(plane.points[:, axis], flat[:, axis])[0, 1]) == pytest.approx(1, abs=1e-6)
    assert plane.shares == pytest.approx(tuple(lengths[:2] ** 2 / (lengths**2).sum()), abs=1e-6)
    # One scale for both axes, and nothing off the page.
    ratio = np.ptp(flat[:, 0]) / np.ptp(flat[:, 1])
    assert np.ptp(plane.points[:, 0]) / np.ptp(plane.points[:, 1]) == pytest.approx(ratio, abs=1e-4)
    assert plane.points.min() >= -1e-9 and plane.points.max() <= 1 + 1e-9
    assert (plane_of(vectors).points == plane.points).all()


@pytest.mark.parametrize("vectors", [np.zeros((0, 3)), np.ones((1, 3)), np.ones((5, 3)), np.ones((2, 1))])
def test_what_does_not_differ_stands_in_the_middle(vectors: np.ndarray) -> None:
    plane = plane_of(vectors.astype(np.float32))
    assert plane.points.shape == (len(vectors), 2) and (plane.points == 0.5).all() and plane.shares == (0.0, 0.0)


@pytest.fixture
def pairs(world: World, tmp_path: Path) -> list[Pair]:
    go_live(world, tmp_path)
    version_go_live(version=world.detector)
    made = motley(world, 12)
    Pair.objects.update(withdrawn_at=None)
    return made


def test_a_worker_draws_it(world: World, pairs: list[Pair]) -> None:
    Pair.objects.filter(pk=pairs[0].pk).update(withdrawn_at="2026-01-01T00:00:00Z")
    lost = pairs[1]
    Scene.objects.filter(pk=lost.scene_id).update(image="images/none.jpg")
    job = map_queue(vertical=world.vertical, actor=world.cora)
    draw_map(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == (Job.State.DONE, {"pairs": 10, "not_opened": 1})
    drawn = PairMap.objects.get()
    points = drawn.points
    shown = {pair.pk: pair for pair in pairs[2:]}
    assert set(points["pairs"]) == set(shown) and drawn.embedder == world.embedder
    boxes = [(shown[pk].scene, Box(*shown[pk].box)) for pk in points["pairs"]]
    seen = [runtime.crops_seen(scene, [box], world.embedder) for scene, box in boxes]
    expected = plane_of(np.concatenate([each for each in seen if each is not None])).points
    assert np.allclose(np.stack([points["x"], points["y"]], 1), expected, atol=2e-4)
    for at, pk in enumerate(points["pairs"]):
        pair = shown[pk]
        assert points["categories"][points["category"][at]] == (pair.category or pair.product.category).name
        assert pair.resolution is not None and pair.resolution.proposal is not None
        first = pair.resolution.proposal.candidates.filter(rank=1).first()
        assert points["error"][at] == (2 if first is None else 0 if first.product_id == pair.product_id else 1)


def test_no_more_than_can_be_told_apart_and_always_the_same(
    world: World, pairs: list[Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "PAIRS", 5)
    seen = []
    for _ in range(2):
        draw_map(map_queue(vertical=world.vertical, actor=world.cora).pk)
        seen.append(PairMap.objects.get().points)
    assert seen[0] == seen[1] and len(seen[0]["pairs"]) == 5


def test_one_at_a_time(world: World, pairs: list[Pair]) -> None:
    job = map_queue(vertical=world.vertical, actor=world.cora)
    with pytest.raises(ConflictError, match="being drawn already"):
        map_queue(vertical=world.vertical, actor=world.cora)
    job_cancel(job=job, actor=world.cora)
    draw_map(job.pk)
    assert not PairMap.objects.exists()
    assert map_queue(vertical=world.vertical, actor=world.cora).pk != job.pk


def test_without_live_models(world: World) -> None:
    world.embedder.live = False
    world.embedder.save()
    with pytest.raises(ConflictError, match="no live models"):
        map_queue(vertical=world.vertical, actor=world.cora)
    assert not Job.objects.exists()


def test_what_is_picked_out_is_kept_as_a_list(world: World) -> None:
    choice = pairs_choose(pairs=[5, 3, 5], person=world.cora)
    assert PairChoice.objects.get(pk=choice.pk).pairs == [3, 5]
    for wrong in ([], range(AT_ONCE + 1)):
        with pytest.raises(ApplicationError, match="Choose between 1 and"):
            pairs_choose(pairs=list(wrong), person=world.cora)
