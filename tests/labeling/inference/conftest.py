"""A vertical with tiny real models that are live, and their index."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from labeling.catalog.models import Vertical
from labeling.inference import runtime, selectors, services
from labeling.inference.models import IndexBuild, ModelVersion, Scan
from tests.tiny import tiny_detector, tiny_embedder
from tests.world import World


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``detector`` and ``embedder``, which know sofas, lamps and something no taxonomy has."""
    folder = tmp_path_factory.mktemp("tiny")
    tiny_detector(folder, ["lamp", "sofa", "thing"])
    tiny_embedder(folder)
    return folder


def build_index(vertical: Vertical, embedder: ModelVersion) -> IndexBuild:
    """Index the catalogue as it is."""
    built = runtime.index_build(selectors.catalogue_pictures(vertical), embedder=embedder)
    return services.index_record(
        vertical=vertical,
        embedder=embedder,
        path=built.path,
        products=built.products,
        catalogue_hash=selectors.catalogue_hash(vertical),
    )


@pytest.fixture
def modelled(world: World, tiny_models: Path, settings: Any) -> World:
    """The world with tiny models live, an index, and no scan yet; random weights are sure of little, so all is kept."""
    settings.DETECTION_MIN_SCORE = 0.0
    settings.DETECTIONS_MAX = 5
    Scan.objects.all().delete()
    world.detector = services.version_register(
        vertical=world.vertical, kind="detector", checkpoint=tiny_models / "detector"
    )
    world.embedder = services.version_register(
        vertical=world.vertical, kind="embedder", checkpoint=tiny_models / "embedder"
    )
    services.version_go_live(version=world.detector)
    services.version_go_live(version=world.embedder, index=build_index(world.vertical, world.embedder))
    return world
