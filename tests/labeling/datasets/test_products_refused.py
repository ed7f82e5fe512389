"""What people saw and passed over goes into a snapshot's pack, and nothing that they did not see or did choose."""

from __future__ import annotations

import json
import uuid

import pytest

from labeling.accounts.models import User
from labeling.annotation.models import Assignment, Verdict
from labeling.annotation.services import Decision, assignment_submit
from labeling.catalog.models import Product
from labeling.datasets.selectors import products_refused, snapshot_rows
from labeling.datasets.services import assignment_settle, snapshot_freeze, snapshot_pack
from labeling.inference.models import Candidate
from models_ml.crops import read_crops
from models_ml.manifest import Manifest
from models_ml.types import Box
from tests.labeling.deciding import add, decide, lend_one, reject
from tests.world import World, make_product


def say(world: World, who: User, decisions: list[Decision]) -> None:
    seat = lend_one(who, world)
    assignment_submit(
        annotator=who, assignment_id=seat.pk, uuid=uuid.uuid4(), token=seat.token, seconds=4.0, decisions=decisions
    )
    assignment_settle(assignment_id=seat.pk)


def refused(world: World) -> dict[str, list[str]]:
    """By the product that was chosen, in a snapshot of all pairs."""
    rows = list(snapshot_rows(snapshot=snapshot_freeze(vertical=world.vertical)))
    by_row = products_refused(rows=rows)
    return {row.product.external_id: by_row.get(row.pk, []) for row in rows}


def lengthen(world: World, length: int) -> list[Product]:
    """The slate of the first proposal, that many candidates long: its three sofas first."""
    more = [make_product(world.sofa, f"more-{number}") for number in range(length - 3)]
    for rank, product in enumerate(more, start=4):
        Candidate.objects.create(proposal=world.proposals[0], product=product, rank=rank, score=0.1)
    return [*world.sofas, *more]


def test_it_works(world: World) -> None:
    say(world, world.ann, [decide(world.proposals[0], product=world.sofas[1].pk), reject(world.proposals[1])])
    assert refused(world) == {"sofa-1": ["sofa-0", "sofa-2"]}
    folder = snapshot_pack(snapshot=world.vertical.snapshots.get())
    [scene] = [json.loads(line) for line in (folder / "scenes.jsonl").read_text().splitlines()]
    assert [item["rejected"] for item in scene["objects"]] == [["sofa-0", "sofa-2"]]
    # Training reads the same file: the crop's rejected labels are those two products.
    [item] = Manifest.read(folder).scenes[0].objects
    assert item.rejected == ("sofa-0", "sofa-2")


def test_an_embedder_learns_from_what_was_refused(world: World) -> None:
    say(world, world.ann, [decide(world.proposals[0], product=world.sofas[1].pk), reject(world.proposals[1])])
    folder = snapshot_pack(snapshot=snapshot_freeze(vertical=world.vertical))
    crops = read_crops([Manifest.read(folder)], window=32)
    taught = {
        (crops.names[label], crops.names[other])
        for label, row in zip(crops.labels.tolist(), crops.rejected.tolist(), strict=True)
        for other in row
        if other >= 0
    }
    assert taught == {("sofa-1", "sofa-0"), ("sofa-1", "sofa-2")}


@pytest.mark.parametrize(("chosen", "seen"), [(4, 9), (8, 9), (9, 18), (19, 20)])
def test_only_the_pages_that_were_seen(world: World, chosen: int, seen: int) -> None:
    slate = lengthen(world, 20)
    say(world, world.ann, [decide(world.proposals[0], product=slate[chosen].pk), reject(world.proposals[1])])
    names = [product.external_id for product in slate[:seen] if product != slate[chosen]]
    assert refused(world) == {slate[chosen].external_id: names}


def test_a_product_found_by_other_means_refuses_the_first_page(world: World) -> None:
    names = [product.external_id for product in lengthen(world, 12)]
    elsewhere = make_product(world.sofa, "elsewhere")
    say(world, world.ann, [decide(world.proposals[0], product=elsewhere.pk), reject(world.proposals[1])])
    assert refused(world) == {"elsewhere": names[:9]}


def test_a_moved_box_or_another_category_showed_another_slate(world: World) -> None:
    moved = decide(
        world.proposals[0], product=world.sofas[0].pk, verdict=Verdict.ADJUSTED, box=Box(0.12, 0.4, 0.6, 0.9)
    )
    other = decide(world.proposals[1], product=world.sofas[2].pk, verdict=Verdict.ADJUSTED, category="sofa")
    drawn = add(Box(0.0, 0.0, 0.2, 0.2), category="lamp", product=world.lamps[2].pk)
    say(world, world.ann, [moved, other, drawn])
    assert refused(world) == {"sofa-0": [], "sofa-2": [], "lamp-2": []}
    folder = snapshot_pack(snapshot=world.vertical.snapshots.get())
    assert "rejected" not in (folder / "scenes.jsonl").read_text()


def test_what_another_person_chose_was_not_refused(world: World) -> None:
    world.campaign.overlap = 3
    world.campaign.save()
    for slot in (1, 2):
        Assignment.objects.create(campaign=world.campaign, scene=world.scene, slot=slot)
    for who, product in ((world.ann, 0), (world.arif, 0), (world.sana, 2)):
        say(world, who, [decide(world.proposals[0], product=world.sofas[product].pk), reject(world.proposals[1])])
    assert refused(world) == {"sofa-0": ["sofa-1"]}


def test_no_rows(world: World) -> None:
    assert products_refused(rows=[]) == {}
