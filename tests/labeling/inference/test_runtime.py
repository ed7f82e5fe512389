"""The door to the models: chunks change nothing, one bad picture harms no other, and an export is judged by what is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from labeling.catalog.models import Product, Scene
from labeling.catalog.services import scene_add
from labeling.inference import runtime, selectors, tasks
from labeling.inference.findings import Finding, Refusal
from labeling.inference.models import IndexBuild, ModelVersion
from tests.world import World, picture


def look(world: World, scenes: list[Scene]) -> list[list[Finding] | Refusal]:
    return runtime.findings(
        scenes,
        detector=world.detector,
        embedder=world.embedder,
        index=IndexBuild.objects.get(),
        categories=selectors.class_categories(world.vertical),
    )


def in_short(found: list[Finding] | Refusal) -> list[tuple[Any, ...]]:
    assert not isinstance(found, Refusal)
    return [
        (item.category, *(round(edge, 3) for edge in item.detection.box), [match.product_id for match in item.matches])
        for item in found
    ]


@pytest.fixture
def crowd(modelled: World) -> list[Scene]:
    """Five scenes of different colours."""
    colours = ("plum", "olive", "teal", "navy", "gold")
    for colour in colours:
        scene_add(vertical=modelled.vertical, external_id=colour, data=picture(colour))
    return list(Scene.objects.filter(external_id__in=colours).order_by("pk"))


def test_it_works(modelled: World, crowd: list[Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "SCENE_CHUNK", 2)
    together = look(modelled, crowd)
    assert len(together) == 5
    for scene, found in zip(crowd, together, strict=True):
        [alone] = look(modelled, [scene])
        assert in_short(alone) == in_short(found) != []


def test_a_damaged_picture_is_refused_and_the_others_go_on(modelled: World, crowd: list[Scene]) -> None:
    whole = look(modelled, crowd)
    default_storage.delete(crowd[2].image)
    default_storage.save(crowd[2].image, ContentFile(b"\xff\xd8\xff\xe0 no picture"))
    found = look(modelled, crowd)
    refusal = found.pop(2)
    assert isinstance(refusal, Refusal) and "teal: " in refusal.reason
    assert [in_short(item) for item in found] == [in_short(item) for n, item in enumerate(whole) if n != 2]


def test_no_scenes(modelled: World) -> None:
    assert look(modelled, []) == []


def test_scenes_with_known_boxes_are_judged_by_first(modelled: World, crowd: list[Scene]) -> None:
    known = {"objects": [{"box": [0.1, 0.1, 0.5, 0.5], "category": "sofa"}]}
    Scene.objects.filter(pk=crowd[3].pk).update(truth=known)
    judged_by = selectors.scenes_to_judge_by(modelled.detector.path)
    assert judged_by[0] == crowd[3]
    assert len(judged_by) == Scene.objects.filter(vertical=modelled.vertical).count()
    assert selectors.scenes_to_judge_by("detector/unknown") == []


def test_pictures_of_the_catalogue_judge_an_embedder(modelled: World) -> None:
    images = selectors.pictures_to_judge_by(modelled.embedder.path)
    assert len(images) == 6 and all(default_storage.exists(image) for image in images)


def test_an_export_that_cannot_be_judged_is_not_used(modelled: World, crowd: list[Scene], settings: Any) -> None:
    """The tiny detector is sure of nothing, so nothing shows that an export finds the same."""
    pytest.importorskip("openvino")
    before = [in_short(item) for item in look(modelled, crowd)]
    settings.RUNTIME = "float32"
    runtime._runtimes.cache_clear()
    runtime._detector.cache_clear()
    try:
        assert [in_short(item) for item in look(modelled, crowd)] == before
        [verdict] = Path(settings.MODELS_ROOT, "exports").glob("*/verdict.json")
        assert "nothing to judge by: eager is sure of nothing" in verdict.read_text()
    finally:
        runtime._runtimes.cache_clear()
        runtime._detector.cache_clear()


@pytest.mark.parametrize(("queues", "read"), [({"default", "fast"}, True), ({"train"}, False)])
def test_a_worker_that_looks_reads_its_models_before_work_comes(
    modelled: World, monkeypatch: pytest.MonkeyPatch, queues: set[str], read: bool
) -> None:
    runtime._detector.cache_clear()
    monkeypatch.setattr(current_app.amqp.queues, "_consume_from", dict.fromkeys(queues))
    tasks.warm_up_worker()
    assert runtime._detector.cache_info().currsize == int(read)


def test_a_worker_starts_without_its_models(
    modelled: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    runtime._detector.cache_clear()
    monkeypatch.setattr(current_app.amqp.queues, "_consume_from", {"gpu": None})
    for file in Path(runtime.settings.MODELS_ROOT).glob("detector/*"):
        file.unlink()
    tasks.warm_up_worker()
    assert "could not be read ahead" in caplog.text


def test_a_worker_starts_before_any_version_is_live(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(current_app.amqp.queues, "_consume_from", {"gpu": None})
    ModelVersion.objects.update(live=False)
    tasks.warm_up_worker()
    assert not caplog.records


def test_a_scan_proposes_only_what_is_on_offer(modelled: World, crowd: list[Scene]) -> None:
    [before] = look(modelled, crowd[:1])
    gone = next(matches[0] for *_, matches in in_short(before) if matches)
    Product.objects.filter(pk=gone).update(available=False)
    tasks.refresh_index(modelled.vertical.pk)
    [scan] = runtime.findings(
        crowd[:1],
        detector=modelled.detector,
        embedder=modelled.embedder,
        index=IndexBuild.objects.get(live=True),
        categories=selectors.class_categories(modelled.vertical),
    )
    left = [[key for key in matches if key != gone] for *_, matches in in_short(before)]
    assert [matches for *_, matches in in_short(scan)] == left
