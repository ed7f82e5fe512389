"""A scene that people judged as a whole is known to its edges; one of which they saw objects alone is not."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from labeling.annotation.models import Kind
from labeling.annotation.services import Decision, assignment_submit
from labeling.datasets.models import Pair
from labeling.datasets.selectors import Unpaired, scenes_whole
from labeling.datasets.services import assignment_settle, pairs_curate, snapshot_freeze, snapshot_pack
from models_ml.data import SceneBatches
from models_ml.manifest import Manifest
from tests.labeling.bursting import campaign_of, said, work_through
from tests.labeling.deciding import decide, lend_one, reject
from tests.world import World


def judge(world: World, *decisions: Decision) -> None:
    """Ann's word on the first scene, drawn to its end."""
    seat = lend_one(world.ann, world)
    assignment_submit(
        annotator=world.ann,
        assignment_id=seat.pk,
        uuid=uuid.uuid4(),
        token=seat.token,
        seconds=4.0,
        decisions=decisions,
    )
    assignment_settle(assignment_id=seat.pk)


def found(world: World) -> dict[int, list[Unpaired]]:
    return scenes_whole(
        snapshot=snapshot_freeze(vertical=world.vertical), scenes=[world.scene.pk, world.other_scene.pk]
    )


def packed(world: World) -> dict[str, Any]:
    """The first scene as a new snapshot's pack tells of it."""
    folder = snapshot_pack(snapshot=snapshot_freeze(vertical=world.vertical))
    [scene] = [json.loads(line) for line in (folder / "scenes.jsonl").read_text().splitlines()]
    return dict(scene)


def test_it_works(world: World) -> None:
    sofa, lamp = world.proposals
    judge(world, decide(sofa, product=world.sofas[0].pk), decide(lamp, product=None, grade="none"))
    assert found(world) == {world.scene.pk: [Unpaired(lamp.box, "lamp")]}
    scene = packed(world)
    assert scene["checked"] == [[0.0, 0.0, 1.0, 1.0]]
    assert [(each["category"], each.get("ignore", False)) for each in scene["objects"]] == [
        ("sofa", False),
        ("lamp", True),
    ]


def test_training_takes_the_rest_for_background_and_the_unpaired_for_neither(world: World) -> None:
    sofa, lamp = world.proposals
    judge(world, decide(sofa, product=world.sofas[0].pk), decide(lamp, product=None, grade="none"))
    packed(world)
    scenes = Manifest.read(snapshot_pack(snapshot=world.vertical.snapshots.latest("pk"))).scenes
    batches = SceneBatches(scenes, ["lamp", "sofa"], side=64, size=1, seed=0, vary=False)
    _, [target] = batches[0]
    assert target["labels"].tolist() == [2]
    assert len(target["ignored"]) == 1
    # Incomplete or not: what is checked is the whole picture, so nothing beyond it is spared.
    assert scenes[0].checked == ((0.0, 0.0, 1.0, 1.0),)


def test_what_was_rejected_is_background(world: World) -> None:
    sofa, lamp = world.proposals
    judge(world, decide(sofa, product=world.sofas[0].pk), reject(lamp))
    assert found(world) == {world.scene.pk: []}


def test_a_withdrawn_pair_may_still_be_an_object(world: World) -> None:
    sofa, lamp = world.proposals
    judge(world, decide(sofa, product=world.sofas[0].pk), decide(lamp, product=world.lamps[0].pk))
    pairs_curate(pairs=[Pair.objects.get(product=world.lamps[0]).pk], verb="withdraw", actor=world.cora)
    assert found(world) == {world.scene.pk: [Unpaired(lamp.box, "lamp")]}


@pytest.mark.parametrize(
    "kinds", [(Kind.MATCH_BURST,), (Kind.MATCH_BURST, Kind.COVERAGE)], ids=["bursts", "and coverage"]
)
def test_bursts_alone_do_not_show_all_there_is(world: World, kinds: tuple[Kind, ...]) -> None:
    work_through(world.ann, campaign_of(world, *kinds), lambda shown, thing: said(thing))
    assert (world.scene.pk in found(world)) == (Kind.COVERAGE in kinds)
    assert ("checked" in packed(world)) == (Kind.COVERAGE in kinds)


def test_a_campaign_over_some_categories_leaves_the_others_open(world: World) -> None:
    work_through(world.ann, campaign_of(world, Kind.SCENE, categories=[world.sofa]), lambda shown, thing: said(thing))
    assert found(world) == {}


def test_what_nobody_can_name_keeps_its_scene_open(world: World) -> None:
    sofa, unnamed = world.proposals
    unnamed.category = None
    unnamed.save()
    judge(world, decide(sofa, product=world.sofas[0].pk), decide(unnamed, product=None, grade="none"))
    assert found(world) == {}
