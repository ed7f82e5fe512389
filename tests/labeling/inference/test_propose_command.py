"""``propose`` indexes, queues, waits, and says when nobody is there; ``evaluate_proposals`` judges what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from labeling.catalog.services import product_add
from labeling.celery import app
from labeling.inference.management.commands import propose
from labeling.inference.models import Candidate, IndexBuild, ModelVersion, Scan
from labeling.inference.selectors import proposals_of
from labeling.inference.services import scan_record
from tests.world import World, picture


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No worker is there; messages that are sent are done at once in this process, by Celery's eager mode."""
    monkeypatch.setattr(propose, "worker_answers", lambda: False)
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def test_it_works(modelled: World, no_broker: None, capsys: Any, django_capture_on_commit_callbacks: Any) -> None:
    product_add(vertical=modelled.vertical, external_id="c", category=modelled.sofa, data=picture("plum"), title="C")
    with django_capture_on_commit_callbacks(execute=True):
        call_command("propose", "--json")
    captured = capsys.readouterr()
    assert json.loads(captured.out.splitlines()[-1])["scenes"] == 2
    assert "No worker is running" in captured.err
    assert IndexBuild.objects.get(live=True).products == 7
    call_command("propose", "--wait", "--json")
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (summary["scenes"], summary["failed"], summary["waiting"]) == (2, 0, 0)
    assert summary["candidates"] == Candidate.objects.count() > summary["proposals"] > 0


def test_waiting_in_vain(modelled: World, no_broker: None, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(propose, "STILL_FOR", 0.0)
    with pytest.raises(CommandError, match="2 scenes still wait"):
        call_command("propose", "--wait", "--timeout", "1")
    assert "No worker is running for the queue gpu" in capsys.readouterr().err


def test_without_models(world: World) -> None:
    ModelVersion.objects.update(live=False)
    with pytest.raises(CommandError, match="load_models"):
        call_command("propose")
    with pytest.raises(CommandError, match="load_models DIR --vertical home"):
        call_command("propose", "--vertical", "home")
    with pytest.raises(CommandError, match=r"no vertical 'attic'. Known: home"):
        call_command("propose", "--vertical", "attic")


def test_figures_of_what_is_stored(world: World, capsys: Any) -> None:
    """The sofa was found and its product stands second; of the lamp's box only a corner was; a hidden one is not asked for."""
    objects = [
        {"box": [0.1, 0.4, 0.6, 0.9], "category": "sofa", "product": "sofa-1"},
        {"box": [0.8, 0.4, 1.0, 0.8], "category": "lamp", "product": "lamp-0"},
        {"box": [0.0, 0.0, 0.1, 0.1], "category": "lamp", "visible": 0.05},
    ]
    world.scene.truth, world.scene.attributes = {"objects": objects}, {"split": "test"}
    world.scene.save()
    call_command("evaluate_proposals", "--split", "test", "--json")
    figures = json.loads(capsys.readouterr().out)
    assert (figures["map50"], figures["recall_at_1"], figures["recall_at_9"]) == (0.5, 0.0, 1.0)
    assert (figures["found"], figures["objects"]) == (1, 2)
    call_command("evaluate_proposals", "--split", "train", "--json")
    assert json.loads(capsys.readouterr().out)["objects"] == 0
    call_command("evaluate_proposals")
    assert "AP50 0.500" in capsys.readouterr().out


def test_the_same_photo_is_the_same_product(world: World, capsys: Any) -> None:
    for product in world.sofas[::2]:
        product.same_photo_group = "twins"
        product.save()
    world.scene.truth = {"objects": [{"box": [0.1, 0.4, 0.6, 0.9], "category": "sofa", "product": "sofa-2"}]}
    world.scene.save()
    call_command("evaluate_proposals", "--json")
    assert json.loads(capsys.readouterr().out)["recall_at_1"] == 1.0


def test_what_is_not_on_offer_is_asked_of_nobody(world: World, capsys: Any) -> None:
    world.scene.truth = {"objects": [{"box": [0.1, 0.4, 0.6, 0.9], "category": "sofa", "product": "sofa-2"}]}
    world.scene.save()
    call_command("evaluate_proposals", "--json")
    assert json.loads(capsys.readouterr().out)["found"] == 1
    world.sofas[2].available = False
    world.sofas[2].save()
    call_command("evaluate_proposals", "--json")
    assert json.loads(capsys.readouterr().out)["found"] == 0


def test_proposals_of_live_versions_come_first(world: World, tmp_path: Path) -> None:
    assert len(proposals_of(world.scene)) == 2
    assert proposals_of(world.other_scene) == []
    old = ModelVersion.objects.create(vertical=world.vertical, kind="detector", number=9, path="o", fingerprint="o")
    late = Scan.objects.create(scene=world.scene, detector=old, embedder=world.embedder)
    scan_record(scan_id=late.pk, findings=[])
    assert len(proposals_of(world.scene)) == 2
