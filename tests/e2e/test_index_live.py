"""A real worker searches an index that follows the catalogue, and never a mix of two embedders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from labeling.catalog.models import Product, Vertical
from labeling.inference import runtime, services, tasks
from labeling.inference.models import IndexBuild, ModelVersion, Retrieval
from labeling.inference.services import retrieval_queue, version_go_live, version_register
from models_ml.types import Box
from tests.e2e.conftest import StartWorker
from tests.e2e.workers import Worker, wait_until
from tests.tiny import tiny_detector, tiny_embedder
from tests.world import World, make_product

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
WHOLE = Box(0.0, 0.0, 1.0, 1.0)
ASKED = 40


@pytest.fixture
def living(start_worker: StartWorker, world: World, tmp_path: Path) -> World:
    """The world with tiny models live, as ``load_models`` leaves it."""
    tiny_detector(tmp_path / "made", ["lamp", "sofa"])
    tiny_embedder(tmp_path / "made")
    call_command("load_models", str(tmp_path / "made"), vertical="home", verbosity=0)
    world.embedder = ModelVersion.objects.get(kind="embedder", live=True)
    return world


def ask(world: World) -> Retrieval:
    retrieval = retrieval_queue(scene=world.scene, box=WHOLE, category=None, asked_by=world.ann)
    tasks.retrieve_candidates.delay_on_commit(retrieval.pk)
    return retrieval


def answered(retrieval: Retrieval, worker: Worker) -> set[int]:
    def over() -> bool:
        retrieval.refresh_from_db()
        return retrieval.state != Retrieval.State.WAITING

    wait_until(over, what="an answer", log=worker.log)
    assert retrieval.error == ""
    return {each["product"] for each in retrieval.candidates}


def test_new_products_come_and_withdrawn_ones_go_at_once(living: World, start_worker: StartWorker) -> None:
    worker = start_worker()
    everything = set(Product.objects.values_list("pk", flat=True))
    assert answered(ask(living), worker) == everything
    new = make_product(living.sofa, "sofa-new")
    # What the beat does every ten seconds.
    tasks.sync_indexes.delay()
    wait_until(lambda: new.pk in answered(ask(living), worker), what="the new product", log=worker.log)
    assert IndexBuild.objects.count() == 1, "that took no rebuild"

    # Nobody has told the index yet, and the very next request leaves it out.
    Product.objects.filter(pk=living.sofas[0].pk).update(available=False)
    assert answered(ask(living), worker) == everything - {living.sofas[0].pk} | {new.pk}


def test_embedder_and_index_are_never_mixed(living: World, start_worker: StartWorker, tmp_path: Path) -> None:
    """Two embedders go live in turn as fast as they can while a worker answers: each answer is wholly of one of them."""
    second = version_register(
        vertical=Vertical.objects.get(), kind="embedder", checkpoint=tiny_embedder(tmp_path / "second", seed=1)
    )
    couples = [
        (version, services.index_refresh(embedder=version, build=runtime.index_build, live=False))
        for version in (living.embedder, second)
    ]
    expected = {
        index.pk: _told(runtime.retrieve(living.scene, WHOLE, None, embedder=version, index=index))
        for version, index in couples
    }
    assert len({tuple(each.items()) for each in expected.values()}) == 2
    worker = start_worker()
    asked = [ask(living) for _ in range(ASKED)]
    swaps = 0
    while Retrieval.objects.filter(state=Retrieval.State.WAITING).exists():
        version, index = couples[swaps % 2]
        version_go_live(version=version, index=index)
        swaps += 1
        assert swaps < 100_000, worker.log.read_text()[-2000:]
    used = set()
    for retrieval in asked:
        retrieval.refresh_from_db()
        assert retrieval.error == "" and retrieval.index_id is not None
        used.add(retrieval.index_id)
        told = {each["product"]: round(each["score"], 4) for each in retrieval.candidates}
        assert told == expected[retrieval.index_id]
    assert swaps > 1
    assert used <= set(expected)


def _told(matches: Any) -> dict[int, float]:
    return {match.product_id: round(match.score, 4) for match in matches}
