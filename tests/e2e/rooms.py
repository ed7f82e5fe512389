"""Scenes to annotate with a real worker behind: tiny models are live, and four things are proposed in each room."""

from __future__ import annotations

from pathlib import Path

from labeling.annotation.models import Campaign
from labeling.annotation.services import campaign_create, campaign_fill
from labeling.catalog.models import Category, Product, Scene
from labeling.inference import runtime, selectors, services
from labeling.inference.findings import Finding
from labeling.inference.models import IndexBuild, Scan
from models_ml.types import Box, Detection, Match
from tests.tiny import tiny_embedder
from tests.world import World, make_scene

WIDTH, HEIGHT = 640, 480
SOFA_BOX, LAMP_BOX = Box(0.05, 0.5, 0.45, 0.9), Box(0.55, 0.1, 0.65, 0.4)
CHAIR_BOX, SHADOW_BOX = Box(0.5, 0.55, 0.75, 0.85), Box(0.8, 0.1, 0.9, 0.3)


def go_live(world: World, folder: Path) -> IndexBuild:
    """Make a tiny embedder and its index live, so that a worker can look for candidates again."""
    embedder = services.version_register(vertical=world.vertical, kind="embedder", checkpoint=tiny_embedder(folder))
    built = runtime.index_build(selectors.catalogue_pictures(world.vertical), embedder=embedder)
    index = services.index_record(
        vertical=world.vertical,
        embedder=embedder,
        path=built.path,
        products=built.products,
        catalogue_hash=selectors.catalogue_hash(world.vertical),
    )
    services.version_go_live(version=embedder, index=index)
    world.embedder = embedder
    return index


def furnish(world: World, index: IndexBuild | None, name: str) -> Scene:
    """A room in which a sofa, a lamp, a sofa and a lamp are proposed, in this order, each with its three products."""
    scene = make_scene(world.vertical, name, width=WIDTH, height=HEIGHT, title=f"A {name}")
    scan = Scan.objects.create(scene=scene, detector=world.detector, embedder=world.embedder)
    found = [
        _finding(SOFA_BOX, world.sofa, world.sofas, 0.9),
        _finding(LAMP_BOX, world.lamp, world.lamps, 0.8),
        _finding(CHAIR_BOX, world.sofa, world.sofas, 0.7),
        _finding(SHADOW_BOX, world.lamp, world.lamps, 0.6),
    ]
    services.scan_record(scan_id=scan.pk, findings=found, index=index)
    return scene


def open_campaign(world: World, *scenes: Scene) -> Campaign:
    """A campaign over just these scenes."""
    campaign = campaign_create(vertical=world.vertical, name="Furnished rooms", actor=world.cora)
    campaign_fill(campaign=campaign, scenes=scenes)
    return campaign


def _finding(box: Box, category: Category, products: list[Product], score: float) -> Finding:
    matches = [Match(product.pk, 0.9 - rank / 10, rank) for rank, product in enumerate(products, start=1)]
    return Finding(Detection(box, category.slug, score), category.slug, matches)
