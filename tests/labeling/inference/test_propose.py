"""Queued scenes are looked at by real (tiny) models, once, and what goes wrong with one harms no other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from labeling.catalog.models import Scene
from labeling.inference import runtime, tasks
from labeling.inference.models import Candidate, Proposal, Scan
from labeling.inference.selectors import proposals_of, scans_progress
from labeling.inference.services import scan_queue, scans_claim, scans_sweep
from tests.world import World


def queue(world: World) -> list[int]:
    return scan_queue(vertical=world.vertical, scenes=Scene.objects.all())


def age(**fields: Any) -> None:
    Scan.objects.update(nudged_at=timezone.now() - timedelta(minutes=1), **fields)


def test_it_works(modelled: World) -> None:
    tasks.propose_scenes(queue(modelled))
    progress = scans_progress(modelled.vertical)
    assert (progress.scenes, progress.done, progress.waiting, progress.failed) == (2, 2, 0, 0)
    proposals = proposals_of(modelled.scene)
    assert 0 < len(proposals) <= 5
    assert [item.position for item in proposals] == list(range(len(proposals)))
    assert [item.score for item in proposals] == sorted((item.score for item in proposals), reverse=True)


def test_candidates_are_of_the_category_nearest_first(modelled: World) -> None:
    tasks.propose_scenes(queue(modelled))
    for proposal in Proposal.objects.all():
        slate = list(proposal.candidates.all())
        kinds = {candidate.product.category_id for candidate in slate}
        if proposal.detector_class == "thing":
            assert proposal.category is None and len(slate) == 6
        else:
            assert proposal.category is not None and kinds == {proposal.category_id} and len(slate) == 3
        assert [candidate.rank for candidate in slate] == list(range(1, len(slate) + 1))
        assert [c.score for c in slate] == sorted((c.score for c in slate), reverse=True)


def test_a_class_map_leads_to_the_category(modelled: World) -> None:
    modelled.vertical.class_map = dict.fromkeys(("lamp", "sofa", "thing"), "lamp")
    modelled.vertical.save()
    tasks.propose_scenes(queue(modelled))
    assert set(Proposal.objects.values_list("category__slug", flat=True)) == {"lamp"}


def test_run_twice_is_run_once(modelled: World) -> None:
    scan_ids = queue(modelled)
    tasks.propose_scenes(scan_ids)
    before = (Proposal.objects.count(), Candidate.objects.count())
    tasks.propose_scenes(scan_ids)
    tasks.propose_scene(scan_ids[0])
    assert (Proposal.objects.count(), Candidate.objects.count()) == before
    assert set(Scan.objects.values_list("attempts", flat=True)) == {1}


def test_a_scan_that_is_gone(modelled: World) -> None:
    tasks.propose_scene(987654)
    assert not Proposal.objects.exists()


def test_a_missing_picture_fails_its_scene_alone(modelled: World) -> None:
    scan_ids = queue(modelled)
    default_storage.delete(modelled.scene.image)
    tasks.propose_scenes(scan_ids)
    assert Scan.objects.get(scene=modelled.other_scene).state == Scan.State.DONE
    failed = Scan.objects.get(scene=modelled.scene)
    assert failed.state == Scan.State.FAILED and "Import the scene's picture again" in failed.error


def test_a_failed_scene_may_be_queued_again(modelled: World) -> None:
    Scan.objects.filter(pk__in=queue(modelled)).update(state=Scan.State.FAILED, attempts=3, error="x")
    again = queue(modelled)
    assert len(again) == 2
    assert set(Scan.objects.values_list("state", "attempts", "error")) == {("waiting", 0, "")}
    assert Scan.objects.count() == 2


def test_three_failed_attempts_and_the_reason_is_kept(modelled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise MemoryError("no room")

    monkeypatch.setattr(runtime, "findings", broken)
    scan_ids = queue(modelled)
    for attempt in (1, 2, 3):
        with pytest.raises(MemoryError):
            tasks.propose_scenes(scan_ids)
        assert set(Scan.objects.values_list("attempts", flat=True)) == {attempt}
    assert set(Scan.objects.values_list("state", "error")) == {("failed", "MemoryError: no room")}


def test_the_sweep_leaves_fresh_rows_alone(modelled: World) -> None:
    queue(modelled)
    assert scans_sweep(limit=10) == ([], [])


def test_the_sweep_finds_what_was_lost(modelled: World) -> None:
    scan_ids = queue(modelled)
    age()
    scans_claim(scan_ids=scan_ids[:1])
    age()
    assert scans_sweep(limit=10) == (scan_ids[1:], scan_ids[:1])
    assert scans_sweep(limit=10) == ([], [])


def test_the_sweep_gives_up_what_killed_three_workers(modelled: World) -> None:
    queue(modelled)
    age(attempts=3)
    assert scans_sweep(limit=10) == ([], [])
    assert set(Scan.objects.values_list("state", flat=True)) == {"failed"}
    assert "worker died" in Scan.objects.all()[0].error


def test_reading_proposals_takes_few_queries(modelled: World, django_assert_max_num_queries: Any) -> None:
    tasks.propose_scenes(queue(modelled))
    with django_assert_max_num_queries(4):
        for proposal in proposals_of(modelled.scene):
            for candidate in proposal.candidates.all():
                assert candidate.product.title and candidate.product.category.name
                assert len(candidate.product.images.all()) == 1
