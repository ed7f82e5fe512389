"""A person moves a box or changes its category, and candidates come anew."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from labeling.inference import tasks
from labeling.inference.models import Retrieval
from labeling.inference.services import retrieval_queue, retrieval_record, retrievals_sweep
from models_ml.types import Box, Match
from tests.world import World

BOX = Box(0.1, 0.1, 0.6, 0.7)


def test_it_works(modelled: World) -> None:
    asked = retrieval_queue(scene=modelled.scene, box=BOX, category=modelled.lamp, asked_by=modelled.ann)
    tasks.retrieve_candidates(asked.pk)
    asked.refresh_from_db()
    assert asked.state == Retrieval.State.DONE
    assert {row["product"] for row in asked.candidates} == {product.pk for product in modelled.lamps}
    assert [row["rank"] for row in asked.candidates] == [1, 2, 3]
    assert asked.index is not None and asked.index.live


def test_without_a_category_the_whole_vertical_is_searched(modelled: World) -> None:
    asked = retrieval_queue(scene=modelled.scene, box=BOX, category=None, asked_by=modelled.ann)
    tasks.retrieve_candidates(asked.pk)
    asked.refresh_from_db()
    assert len(asked.candidates) == 6


def test_answered_once(modelled: World) -> None:
    asked = retrieval_queue(scene=modelled.scene, box=BOX, category=modelled.lamp, asked_by=modelled.ann)
    tasks.retrieve_candidates(asked.pk)
    retrieval_record(retrieval_id=asked.pk, matches=[Match(modelled.sofas[0].pk, 1.0, 1)])
    tasks.retrieve_candidates(asked.pk)
    asked.refresh_from_db()
    assert len(asked.candidates) == 3


def test_what_went_wrong_is_told(modelled: World) -> None:
    asked = retrieval_queue(scene=modelled.scene, box=BOX, category=modelled.lamp, asked_by=modelled.ann)
    default_storage.delete(modelled.scene.image)
    with pytest.raises(FileNotFoundError):
        tasks.retrieve_candidates(asked.pk)
    asked.refresh_from_db()
    assert asked.state == Retrieval.State.FAILED and "FileNotFoundError" in asked.error


def test_the_sweep(world: World) -> None:
    asked = [retrieval_queue(scene=world.scene, box=BOX, category=None, asked_by=world.ann) for _ in range(3)]
    assert retrievals_sweep(limit=9) == []
    for retrieval, seconds in zip(asked, (1, 20, 3600), strict=True):
        then = timezone.now() - timedelta(seconds=seconds)
        Retrieval.objects.filter(pk=retrieval.pk).update(created_at=then)
    assert retrievals_sweep(limit=9) == [asked[1].pk]
    asked[2].refresh_from_db()
    assert asked[2].state == Retrieval.State.FAILED
