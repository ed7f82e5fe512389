"""A snapshot of the tiny pack in the database, and tiny models that are live beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from labeling.accounts.models import Role, User
from labeling.accounts.services import user_create
from labeling.annotation.models import Grade
from labeling.catalog.models import Product, Scene, Vertical
from labeling.datasets.models import Pair, Snapshot, SnapshotRow
from labeling.datasets.selectors import snapshot_digest
from labeling.inference.models import ModelVersion
from labeling.inference.services import version_register
from tests.tiny import tiny_detector, tiny_embedder
from tests.tiny_pack import CATEGORIES, tiny_pack

SCENES, TRAIN = 16, 4
"""Twelve test scenes are enough for the gate to tell anything at all."""


class Trained:
    """A vertical with a frozen snapshot, live tiny models, and a curator."""

    def __init__(self, vertical: Vertical, snapshot: Snapshot, curator: User) -> None:
        self.vertical, self.snapshot, self.curator = vertical, snapshot, curator

    def live(self, kind: str) -> ModelVersion:
        return ModelVersion.objects.get(vertical=self.vertical, kind=kind, live=True)


def freeze(vertical: Vertical, *, train: int = TRAIN) -> Snapshot:
    """A snapshot of all confirmed pairs, of which those of the first ``train`` scenes are for training, the others for testing.

    So few scenes might all fall into one split by themselves.
    """
    number = Snapshot.objects.filter(vertical=vertical).count() + 1
    pairs = Pair.objects.filter(vertical=vertical).select_related("scene").order_by("scene", "pk")
    scenes = list(dict.fromkeys(pair.scene_id for pair in pairs))
    snapshot = Snapshot.objects.create(
        vertical=vertical, number=number, content_hash="", pairs=len(pairs), scenes=len(scenes)
    )
    SnapshotRow.objects.bulk_create(
        SnapshotRow(
            snapshot=snapshot, pair=pair, scene=pair.scene, category_id=pair.category_id, product_id=pair.product_id,
            grade=pair.grade, product_split="train", split="train" if scenes.index(pair.scene_id) < train else "test",
            **pair.box._asdict(),
        )
        for pair in pairs
    )  # fmt: skip
    snapshot.content_hash = snapshot_digest(snapshot=snapshot)
    snapshot.save()
    return snapshot


def confirm(vertical: Vertical) -> None:
    """Confirm all that the pack knows."""
    for scene in Scene.objects.filter(vertical=vertical).order_by("pk"):
        for known in scene.truth["objects"]:
            product = Product.objects.get(vertical=vertical, external_id=known["product"])
            left, top, right, bottom = known["box"]
            Pair.objects.create(
                vertical=vertical, scene=scene, category=product.category, product=product, grade=Grade.EXACT,
                source=Pair.Source.ANNOTATORS, left=left, top=top, right=right, bottom=bottom,
            )  # fmt: skip


def furnish(folder: Path) -> Trained:
    """Import the pack, freeze it, and load tiny models."""
    pack = tiny_pack(folder / "pack", scenes=SCENES)
    call_command("import_pack", str(pack), vertical="home", verbosity=0)
    tiny_detector(folder / "made", CATEGORIES)
    tiny_embedder(folder / "made")
    call_command("load_models", str(folder / "made"), vertical="home", verbosity=0)
    vertical = Vertical.objects.get(slug="home")
    curator = user_create(username="cora", password="correct horse", role=Role.CURATOR, email="")
    confirm(vertical)
    return Trained(vertical, freeze(vertical), curator)


@pytest.fixture
def trained(db: None, files_of_their_own: None, tmp_path: Path) -> Trained:
    """One vertical, fresh for every test."""
    return furnish(tmp_path)


@pytest.fixture
def second(trained: Trained, tmp_path: Path) -> Any:
    """Registers one more version of a kind, by seed, and says how good it is found to be."""

    def made(kind: str, seed: int = 1) -> ModelVersion:
        make = {"detector": lambda: tiny_detector(tmp_path / f"{kind}-{seed}", CATEGORIES, seed=seed),
                "embedder": lambda: tiny_embedder(tmp_path / f"{kind}-{seed}", seed=seed)}[kind]  # fmt: skip
        return version_register(
            vertical=trained.vertical, kind=kind, checkpoint=make(), snapshot_hash=trained.snapshot.content_hash
        )

    return made
