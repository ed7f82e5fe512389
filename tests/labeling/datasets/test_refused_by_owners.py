"""What a brand owner says an object is not is a hard negative of its pair, in the pack that models are trained on."""

from __future__ import annotations

import uuid

import pytest

from labeling.brands.models import Policy
from labeling.catalog.models import Product
from labeling.datasets.selectors import products_refused, snapshot_rows
from labeling.datasets.services import pairs_admit, reviews_conclude, reviews_undo, snapshot_freeze, snapshot_pack
from labeling.tags.models import Tag, TagReview
from labeling.tags.services import Ruling
from models_ml.manifest import Manifest
from tests.labeling.tagging import hold_place, resolve, tagged
from tests.world import World

HIDE, CORRECT = TagReview.Ruling.HIDE, TagReview.Ruling.CORRECT


@pytest.fixture
def tag(world: World) -> Tag:
    hold_place(world, Policy.OPEN)
    return tagged(world, scene=world.other_scene)


def rule(
    world: World, tag: Tag, ruling: TagReview.Ruling, product: Product | None = None, *, wrong: bool = False
) -> uuid.UUID:
    name = uuid.uuid4()
    said = Ruling(tag=tag.pk, ruling=ruling, product=product, wrong=wrong, uuid=name)
    reviews_conclude(said=[said], owner=world.bram)
    return name


def refused(world: World) -> dict[str, list[str]]:
    rows = list(snapshot_rows(snapshot=snapshot_freeze(vertical=world.vertical)))
    by_row = products_refused(rows=rows)
    return {row.product.external_id: by_row.get(row.pk, []) for row in rows}


def test_it_works(world: World, tag: Tag) -> None:
    rule(world, tag, CORRECT, world.sofas[2])
    assert refused(world) == {"sofa-2": ["sofa-0"]}
    (scene,) = Manifest.read(snapshot_pack(snapshot=world.vertical.snapshots.get())).scenes
    assert [(item.product, item.rejected) for item in scene.objects] == [("sofa-2", ("sofa-0",))]


def test_each_correction_refuses_one_more(world: World, tag: Tag) -> None:
    rule(world, tag, CORRECT, world.sofas[1])
    rule(world, tag, CORRECT, world.sofas[2])
    assert refused(world) == {"sofa-2": ["sofa-0", "sofa-1"]}


def test_hidden_as_wrong_counts_for_another_pair_of_the_object(world: World, tag: Tag) -> None:
    rule(world, tag, HIDE, wrong=True)
    pairs_admit(
        resolutions=[resolve(world, scene=world.other_scene, product=world.sofas[1], box=(0.21, 0.3, 0.5, 0.7))]
    )
    assert refused(world) == {"sofa-1": ["sofa-0"]}


def test_hidden_for_other_reasons_does_not(world: World, tag: Tag) -> None:
    rule(world, tag, HIDE)
    pairs_admit(
        resolutions=[resolve(world, scene=world.other_scene, product=world.sofas[1], box=(0.21, 0.3, 0.5, 0.7))]
    )
    assert refused(world) == {"sofa-1": []}


def test_nor_does_what_was_taken_back(world: World, tag: Tag) -> None:
    pairs_admit(resolutions=[tag.resolution])  # type: ignore[list-item]
    name = rule(world, tag, CORRECT, world.sofas[2])
    reviews_undo(rulings=[(name, uuid.uuid4())], owner=world.bram)
    assert refused(world) == {"sofa-0": []}


def test_nor_what_was_said_of_another_place(world: World, tag: Tag) -> None:
    rule(world, tag, HIDE, wrong=True)
    pairs_admit(resolutions=[resolve(world, scene=world.other_scene, product=world.sofas[1], box=(0.6, 0.3, 0.9, 0.7))])
    assert refused(world) == {"sofa-1": []}


def test_a_product_is_never_refused_for_itself(world: World, tag: Tag) -> None:
    rule(world, tag, CORRECT, world.sofas[1])
    rule(world, tag, CORRECT, world.sofas[0])
    assert refused(world) == {"sofa-0": ["sofa-1"]}
