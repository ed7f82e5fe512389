"""The words around a scene re-order its candidates where an embedder came with the proof that they pay."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from labeling.catalog.models import Product, Scene
from labeling.common.models import AuditEvent
from labeling.inference import runtime, tasks
from labeling.inference.models import Candidate, IndexBuild, ModelVersion
from labeling.inference.selectors import catalogue_hash, class_categories
from labeling.inference.services import (
    CheckpointRefused,
    index_refresh,
    retrieval_queue,
    scan_queue,
    version_go_live,
    version_register,
)
from models_ml.context import ContextModel
from models_ml.types import Box
from tests.world import World

WEIGHT = 30.0
"""So much that what is named comes first, whatever it looks like."""


def fitted_beside(world: World, models: Path, folder: Path, *, on: bool = True, leaning: float = 0.0) -> Path:
    for file in models.glob("embedder.*"):
        shutil.copy(file, folder)
    judged = {"gain": 0.1, "low": 0.05, "high": 0.2}
    model = ContextModel(on, WEIGHT, world.embedder.fingerprint, judged=judged, leaning=leaning, named=judged)
    model.write(folder / "embedder.context.json")
    return folder / "embedder"


@pytest.fixture
def read(modelled: World, tiny_models: Path, tmp_path: Path) -> World:
    """The modelled world with context switched on, each product of a colour of its own."""
    for colour, product in zip(("navy", "sage", "rust"), modelled.lamps, strict=True):
        Product.objects.filter(pk=product.pk).update(title=f"{colour} lamp")
    modelled.embedder = version_register(
        vertical=modelled.vertical, kind="embedder", checkpoint=fitted_beside(modelled, tiny_models, tmp_path)
    )
    index = index_refresh(embedder=modelled.embedder, build=runtime.index_build)
    version_go_live(version=modelled.embedder, index=index)
    return modelled


def candidates_of_lamps(world: World, title: str) -> list[list[Candidate]]:
    world.vertical.class_map = dict.fromkeys(("lamp", "sofa", "thing"), "lamp")
    world.vertical.save()
    Scene.objects.update(title=title, description="", boards=[])
    tasks.propose_scenes(scan_queue(vertical=world.vertical, scenes=Scene.objects.filter(pk=world.scene.pk)))
    proposals = world.scene.proposals.filter(scan__embedder=world.embedder)
    return [list(proposal.candidates.all()) for proposal in proposals]


def test_the_named_product_comes_first_and_keeps_its_visual_score(read: World) -> None:
    slates = candidates_of_lamps(read, "Our room, with a rust lamp")
    firsts = [slate[0].product_id for slate in slates]
    assert read.lamps[2].pk in firsts
    for slate in slates:
        assert [candidate.rank for candidate in slate] == [1, 2, 3]
        assert all(-1 <= candidate.score <= 1 for candidate in slate)


def test_without_words_the_order_is_visual(read: World) -> None:
    for slate in candidates_of_lamps(read, ""):
        assert [c.score for c in slate] == sorted((c.score for c in slate), reverse=True)


def test_a_setting_switches_it_off(read: World, settings: Any) -> None:
    settings.CONTEXT = False
    for slate in candidates_of_lamps(read, "Our room, with a rust lamp"):
        assert [c.score for c in slate] == sorted((c.score for c in slate), reverse=True)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_retrieval_reads_the_words_too(read: World, number: int) -> None:
    Scene.objects.update(title=f"A {('navy', 'sage', 'rust')[number]} lamp")
    box = Box(0.1, 0.1, 0.6, 0.7)
    asked = retrieval_queue(scene=Scene.objects.get(pk=read.scene.pk), box=box, category=read.lamp, asked_by=read.ann)
    tasks.retrieve_candidates(asked.pk)
    asked.refresh_from_db()
    assert asked.candidates[0]["product"] == read.lamps[number].pk


def test_new_words_of_a_product_ask_for_a_new_index_where_they_are_read(read: World) -> None:
    before, plain = catalogue_hash(read.vertical, texts=True), catalogue_hash(read.vertical)
    Product.objects.filter(pk=read.lamps[0].pk).update(title="a plum lamp")
    assert catalogue_hash(read.vertical, texts=True) != before
    assert catalogue_hash(read.vertical) == plain
    count = IndexBuild.objects.count()
    index_refresh(embedder=read.embedder, build=runtime.index_build)
    index_refresh(embedder=read.embedder, build=runtime.index_build)
    assert IndexBuild.objects.count() == count + 1


def test_switching_on_and_off_is_on_record(modelled: World, tiny_models: Path, tmp_path: Path) -> None:
    checkpoint = fitted_beside(modelled, tiny_models, tmp_path)
    on = version_register(vertical=modelled.vertical, kind="embedder", checkpoint=checkpoint)
    assert on.pk == modelled.embedder.pk and on.config["context"]["weight"] == WEIGHT
    fitted_beside(modelled, tiny_models, tmp_path, on=False)
    off = version_register(vertical=modelled.vertical, kind="embedder", checkpoint=checkpoint)
    assert "context" not in off.config
    assert "context" not in ModelVersion.objects.get(pk=off.pk).config
    assert [event.detail["on"] for event in AuditEvent.objects.filter(verb="version.context").order_by("pk")] == [
        True,
        False,
    ]


def test_context_of_other_weights_is_refused(modelled: World, tiny_models: Path, tmp_path: Path) -> None:
    checkpoint = fitted_beside(modelled, tiny_models, tmp_path)
    ContextModel(False, 0.1, "0" * 64).write(tmp_path / "embedder.context.json")
    with pytest.raises(CheckpointRefused, match="fitted beside other weights"):
        version_register(vertical=modelled.vertical, kind="embedder", checkpoint=checkpoint)


def classes_found(world: World, title: str) -> list[str]:
    Scene.objects.filter(pk=world.scene.pk).update(title=title, description="", boards=[])
    scene = Scene.objects.get(pk=world.scene.pk)
    [found] = runtime.findings(
        [scene],
        detector=world.detector,
        embedder=world.embedder,
        index=IndexBuild.objects.get(live=True),
        categories=class_categories(world.vertical),
    )
    assert isinstance(found, list)
    return sorted(item.detection.category for item in found)


def test_words_choose_between_what_the_detector_holds_possible(
    modelled: World, tiny_models: Path, tmp_path: Path, settings: Any
) -> None:
    for product in modelled.lamps:
        Product.objects.filter(pk=product.pk).update(title="a lamp")
    for product in modelled.sofas:
        Product.objects.filter(pk=product.pk).update(title="a sofa")
    settings.DETECTION_MIN_SCORE = 0.02
    plain = classes_found(modelled, "A lamp")
    checkpoint = fitted_beside(modelled, tiny_models, tmp_path, on=False, leaning=30.0)
    modelled.embedder = version_register(vertical=modelled.vertical, kind="embedder", checkpoint=checkpoint)
    index = index_refresh(embedder=modelled.embedder, build=runtime.index_build)
    version_go_live(version=modelled.embedder, index=index)
    lamps, sofas = classes_found(modelled, "A lamp"), classes_found(modelled, "A sofa")
    assert classes_found(modelled, "") == plain
    assert lamps.count("lamp") > sofas.count("lamp") and sofas.count("sofa") > lamps.count("sofa")


def test_a_leaning_alone_leaves_the_slates_in_their_visual_order(
    modelled: World, tiny_models: Path, tmp_path: Path
) -> None:
    checkpoint = fitted_beside(modelled, tiny_models, tmp_path, on=False, leaning=2.0)
    modelled.embedder = version_register(vertical=modelled.vertical, kind="embedder", checkpoint=checkpoint)
    version_go_live(
        version=modelled.embedder, index=index_refresh(embedder=modelled.embedder, build=runtime.index_build)
    )
    for slate in candidates_of_lamps(modelled, "Our room, with a rust lamp"):
        assert [c.score for c in slate] == sorted((c.score for c in slate), reverse=True)
