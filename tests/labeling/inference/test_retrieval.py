"""A person moves a box or changes its category, and candidates come anew."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from labeling.catalog.models import Product
from labeling.inference import tasks
from labeling.inference.findings import Wishes
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


def asked_with(world: World, wishes: Wishes) -> set[int]:
    asked = retrieval_queue(scene=world.scene, box=BOX, category=None, asked_by=world.ann, wishes=wishes)
    tasks.retrieve_candidates(asked.pk)
    asked.refresh_from_db()
    return {row["product"] for row in asked.candidates}


def test_wishes_narrow_the_candidates(modelled: World) -> None:
    # Sofas cost 100, 101 and 102 and are of one brand, lamps cost 20, 21 and 22 and are of none.
    sofas, lamps = ({product.pk for product in part} for part in (modelled.sofas, modelled.lamps))
    assert asked_with(modelled, Wishes(max_price=Decimal("21"))) == {modelled.lamps[0].pk, modelled.lamps[1].pk}
    assert asked_with(modelled, Wishes(brands=frozenset({modelled.brand.pk}))) == sofas
    assert asked_with(modelled, Wishes(min_price=Decimal("102"), brands=frozenset({modelled.brand.pk}))) == {
        modelled.sofas[2].pk
    }
    assert asked_with(modelled, Wishes(brands=frozenset())) == set()
    assert asked_with(modelled, Wishes()) == sofas | lamps


def test_what_is_not_on_offer_is_never_returned(modelled: World) -> None:
    gone, stale, deleted = modelled.sofas[0], modelled.lamps[0], modelled.lamps[1]
    Product.objects.filter(pk=gone.pk).update(available=False)
    Product.objects.filter(pk=stale.pk).update(fresh_until=timezone.now() - timedelta(hours=1))
    Product.objects.filter(pk=modelled.lamps[2].pk).update(fresh_until=timezone.now() + timedelta(hours=1))
    keys = {product.pk for product in modelled.sofas + modelled.lamps} - {gone.pk, stale.pk, deleted.pk}
    deleted.delete()
    # Once with an index that does not know yet, once with one that does.
    assert asked_with(modelled, Wishes()) == keys
    tasks.refresh_index(modelled.vertical.pk)
    assert asked_with(modelled, Wishes()) == keys


def test_a_price_that_rose_since_the_index_was_built_counts(modelled: World) -> None:
    Product.objects.filter(pk=modelled.lamps[0].pk).update(price=500)
    assert asked_with(modelled, Wishes(max_price=Decimal("21"))) == {modelled.lamps[1].pk}


@pytest.mark.parametrize(
    "wishes",
    [Wishes(), Wishes(Decimal("1.50"), Decimal("9")), Wishes(brands=frozenset({3, 1})), Wishes(brands=frozenset())],
)
def test_wishes_survive_their_json_form(wishes: Wishes) -> None:
    assert Wishes.of(json.loads(json.dumps(wishes.record()))) == wishes


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
