"""What approximate search misses can be read by a command, without torch."""

from __future__ import annotations

import json
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from labeling.inference import runtime, services, tasks
from labeling.inference.models import IndexBuild
from labeling.inference.selectors import catalogue_hash, catalogue_pictures
from models_ml.types import Box
from tests.world import World


def told(**options: Any) -> str:
    out = StringIO()
    call_command("index_recall", stdout=out, **options)
    return out.getvalue()


def test_it_works(modelled: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert json.loads(told(json=True)) == {
        "home": [{"category": name, "engine": "flat", "samples": 0, "recall": None} for name in ("lamp", "sofa")]
    }
    settings.INDEX_EXACT_BELOW, settings.INDEX_RECALL_ONE_IN = 1, 1
    runtime._tuning.cache_clear()
    built = runtime.index_build(catalogue_pictures(modelled.vertical), embedder=modelled.embedder)
    runtime._tuning.cache_clear()
    services.index_record(
        vertical=modelled.vertical,
        embedder=modelled.embedder,
        path=built.path,
        products=built.products,
        catalogue_hash=catalogue_hash(modelled.vertical),
    )
    asked = services.retrieval_queue(
        scene=modelled.scene, box=Box(0.1, 0.1, 0.6, 0.7), category=modelled.lamp, asked_by=modelled.ann
    )
    assert "lamp" in told() and "not checked yet" in told()
    tasks.retrieve_candidates(asked.pk)
    lamp, sofa = json.loads(told(json=True, vertical="home"))["home"]
    assert (lamp["engine"] in {"ivf", "hnsw"}, lamp["samples"], lamp["recall"]) == (True, 1, 1.0)
    assert sofa["samples"] == 0
    assert "recall 1.000 over 1 searches" in told()


def test_an_index_that_is_gone_is_named(modelled: World, settings: Any) -> None:
    shutil.rmtree(Path(settings.INDEX_ROOT) / IndexBuild.objects.get().path)
    with pytest.raises(CommandError, match="builds the index anew"):
        told()


def test_an_unknown_vertical_is_named(db: None) -> None:
    with pytest.raises(CommandError, match="no vertical 'attic'"):
        told(vertical="attic")
