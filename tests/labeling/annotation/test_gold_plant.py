"""Planting gold: at the set share, only to people who have not seen it, and with nothing to tell it by."""

from __future__ import annotations

from typing import Any

import pytest

from labeling.annotation.models import Annotation, Assignment, BurstItem, Gold, Mark, Plant, Resolution
from labeling.annotation.selectors import assignments_shown
from labeling.annotation.services import assignment_lend, assignment_skip, gold_make, gold_retire
from labeling.common.errors import ApplicationError
from labeling.common.models import AuditEvent
from labeling.datasets.models import Pair
from labeling.datasets.tasks import settle_waiting
from labeling.tags.models import Tag
from models_ml.types import Box
from tests.labeling.bursting import lend_shown, send
from tests.labeling.tagging import resolve
from tests.labeling.trusting import annotator, answer, gold_scene, measured, proposed_scene, visit
from tests.world import World


def work(who: Any, campaign: Any, most: int = 100, **changes: Any) -> list[Assignment]:
    """Everything that is lent, settled after each seat."""
    seats = []
    while len(seats) < most and (seat := visit(who, campaign, **changes)) is not None:
        seats.append(seat)
        settle_waiting()
    return seats


def test_it_works(world: World) -> None:
    for n in range(6):
        gold_scene(world, f"gold-{n}")
    campaign = measured(world, scenes=16, gold_share=0.2)
    seats = work(world.ann, campaign)
    gold = [seat for seat in seats if seat.purpose == "gold"]
    assert len(seats) - len(gold) == 16
    assert 3 <= len(gold) <= 5
    assert Mark.objects.filter(annotator=world.ann, right=True).count() == len(gold)


def test_a_person_never_gets_gold_of_a_scene_they_know(world: World) -> None:
    gold_scene(world, "gold-0")
    campaign = measured(world, scenes=6, gold_share=0.5)
    assert [seat.purpose for seat in work(world.ann, campaign)].count("gold") == 1
    other = measured(world, scenes=8, gold_share=0.5)
    assert "gold" not in {seat.purpose for seat in work(world.ann, other, most=4)}
    assert "gold" in {seat.purpose for seat in work(world.arif, other)}


def test_gold_leaves_neither_resolutions_nor_tags_nor_pairs(world: World) -> None:
    (gold,) = gold_scene(world, "gold-0")
    before = set(Resolution.objects.filter(scene=gold.scene).values_list("pk", flat=True))
    campaign = measured(world, scenes=6, gold_share=0.5)
    seats = work(world.ann, campaign, product=world.sofas[1].pk)
    assert "gold" in {seat.purpose for seat in seats}
    assert set(Resolution.objects.filter(scene=gold.scene).values_list("pk", flat=True)) == before
    assert not Tag.objects.filter(scene=gold.scene).exists()
    assert not Pair.objects.filter(scene=gold.scene).exists()
    assert not Assignment.objects.filter(settled=False).exclude(state="waiting").exists()


def test_a_gold_seat_looks_like_work(world: World) -> None:
    gold_scene(world, "gold-0")
    campaign = measured(world, scenes=4, gold_share=0.5, trick_share=1.0)
    visit(world.ann, campaign)
    settle_waiting()
    shown = lend_shown(world.ann, campaign, want=3)
    purposes = {seat.pk: seat.purpose for seat in Assignment.objects.filter(pk__in=[each["id"] for each in shown])}
    (planted,) = [each for each in shown if purposes[each["id"]] == "gold"]
    ordinary = next(each for each in shown if purposes[each["id"]] == "work")
    assert planted.keys() == ordinary.keys()
    assert {name: planted[name] for name in ("kind", "revision", "draft", "submission", "returned", "training")} == {
        name: ordinary[name] for name in ("kind", "revision", "draft", "submission", "returned", "training")
    }
    assert planted["objects"][0].keys() == ordinary["objects"][0].keys()
    scores = [card["score"] for card in planted["objects"][0]["candidates"]]
    assert scores == sorted(scores, reverse=True)
    assert [card["rank"] for card in planted["objects"][0]["candidates"]] == [1, 2, 3]


@pytest.mark.parametrize("seed", range(4))
def test_tricks_show_something_wrong(world: World, seed: int) -> None:
    golds = gold_scene(world, f"gold-{seed}", objects=4)
    campaign = measured(world, scenes=1, gold_share=0.5, trick_share=1.0)
    visit(world.ann, campaign)
    settle_waiting()
    shown = lend_shown(world.ann, campaign)[0]
    by_proposal = {gold.proposal_id: gold for gold in golds}
    for each in shown["objects"]:
        gold = by_proposal[each["proposal"]]
        first = each["candidates"][0]["product"]
        wrong = [
            max(abs(a - b) for a, b in zip(each["box"], gold.box, strict=True)) > 1e-6,
            each["category"] != "sofa",
            first != gold.product_id,
        ]
        assert any(wrong)
    send(world.ann, shown, [answer(each) for each in shown["objects"]])
    settle_waiting()
    assert set(Mark.objects.values_list("fooled", "right")) == {(True, False)}
    assert "" not in set(Mark.objects.values_list("wrong", flat=True))


def test_what_is_shown_may_be_kept_and_is_checked_as_shown(world: World) -> None:
    """A moved box that is confirmed is kept as it was shown, and its products are those that were offered."""
    gold_scene(world, "gold-0")
    campaign = measured(world, scenes=1, gold_share=0.5, trick_share=1.0)
    visit(world.ann, campaign)
    settle_waiting()
    shown = lend_shown(world.ann, campaign)[0]
    send(world.ann, shown, [answer(each) for each in shown["objects"]])
    kept = Annotation.objects.latest("pk")
    assert tuple(kept.box) == pytest.approx(tuple(shown["objects"][0]["box"]))
    assert (kept.planted, kept.verdict) == (True, "confirmed")


def test_bursts_hold_gold_in_places_that_tell_nothing(world: World) -> None:
    for n in range(8):
        gold_scene(world, f"gold-{n}")
    campaign = measured(world, scenes=24, kinds=("match_burst",), gold_share=0.2)
    items = BurstItem.objects.filter(campaign=campaign)
    planted = items.exclude(plant=None)
    assert planted.count() == 6 and items.count() == 30
    assert len(set(planted.values_list("position", flat=True))) > 3
    assert sorted(items.values_list("position", flat=True)) != list(range(24)) + list(range(6))
    shown = lend_shown(world.ann, campaign)[0]
    assert len(shown["objects"]) == 30
    assert len({frozenset(each) for each in shown["objects"]}) == 1
    send(world.ann, shown, [answer(each) for each in shown["objects"]])
    settle_waiting()
    assert Mark.objects.filter(right=True, wrong="").count() == 6
    assert Pair.objects.count() == Tag.objects.count() == 24
    assert not Pair.objects.filter(scene__external_id__startswith="gold").exists()


def test_a_burst_takes_gold_of_another_category_for_a_trick(world: World) -> None:
    for n in range(3):
        (proposal,) = proposed_scene(world, f"lamp-{n}")
        proposal.category = world.lamp
        proposal.save()
        found = resolve(world, proposal=proposal, box=tuple(proposal.box))  # type: ignore[arg-type]
        found.category, found.product = world.lamp, world.lamps[0]
        found.save()
        gold_make(resolution=found)
    campaign = measured(world, scenes=24, kinds=("match_burst",), gold_share=0.1, trick_share=1.0)
    plant = Plant.objects.get(pk=BurstItem.objects.filter(campaign=campaign).exclude(plant=None)[0].plant_id)
    assert (plant.category, plant.gold.category) == (world.sofa, world.lamp)
    assert {match["product"] for match in plant.slate} == {sofa.pk for sofa in world.sofas}


def test_without_gold_work_goes_on(world: World) -> None:
    campaign = measured(world, scenes=3, gold_share=0.5, trick_share=1.0)
    assert {seat.purpose for seat in work(world.ann, campaign)} == {"work"}


def test_whoever_made_gold_is_not_measured_by_it(world: World) -> None:
    campaign = measured(world, scenes=2, kinds=("match_burst",), gold_share=0.0)
    work(world.ann, campaign)
    for resolution in Resolution.objects.filter(campaign=campaign):
        assert gold_make(resolution=resolution).authors == [world.ann.pk]
    other = measured(world, scenes=10, kinds=("match_burst",), gold_share=0.3)
    assert BurstItem.objects.filter(campaign=other).exclude(plant=None).count() == 2
    work(world.ann, other)
    assert not Mark.objects.exists()
    third = measured(world, scenes=10, kinds=("match_burst",), gold_share=0.3)
    work(world.arif, third)
    assert Mark.objects.filter(annotator=world.arif).count() == 2


def test_retired_gold_is_planted_no_more(world: World) -> None:
    (gold,) = gold_scene(world, "gold-0")
    gold_retire(gold=gold, actor=world.cora)
    campaign = measured(world, scenes=6, gold_share=0.5)
    assert {seat.purpose for seat in work(world.ann, campaign)} == {"work"}
    assert AuditEvent.objects.filter(verb="gold retired", actor=world.cora).exists()
    # Made again of the same object, it is back.
    assert gold.resolution is not None
    assert gold_make(resolution=gold.resolution, actor=world.cora).pk == gold.pk
    assert not Gold.objects.get().retired


def test_a_box_that_people_drew_cannot_be_gold(world: World) -> None:
    with pytest.raises(ApplicationError, match="drawn by people"):
        gold_make(resolution=resolve(world, box=Box(0.1, 0.1, 0.2, 0.2)))


def test_a_skipped_gold_scene_comes_back_as_nobodys_work(world: World) -> None:
    gold_scene(world, "gold-0")
    campaign = measured(world, scenes=1, gold_share=0.5)
    visit(world.ann, campaign)
    settle_waiting()
    seat = Assignment.objects.get(purpose="gold")
    assert [each.pk for each in assignment_lend(annotator=world.ann, campaign_id=campaign.pk)] == [seat.pk]
    seat.refresh_from_db()
    assert seat.token is not None
    assignment_skip(annotator=world.ann, assignment_id=seat.pk, uuid=seat.token, token=seat.token, reason="unsure")  # type: ignore[arg-type]
    settle_waiting()
    assert not Assignment.objects.filter(campaign=campaign, state="waiting").exists()


def test_reserved_gold_is_lent_to_nobody_else(world: World) -> None:
    gold_scene(world, "gold-0")
    campaign = measured(world, scenes=1, gold_share=0.5)
    visit(world.ann, campaign)
    settle_waiting()
    assert Assignment.objects.filter(purpose="gold", annotator=world.ann, state="waiting").exists()
    assert assignment_lend(annotator=world.arif, campaign_id=campaign.pk) == []
    assert len(assignment_lend(annotator=world.ann, campaign_id=campaign.pk)) == 1


def test_gold_blocks_no_real_work_at_its_scene(world: World) -> None:
    """A gold seat at a scene that is in the campaign too keeps nobody from that scene, nor it from being resolved."""
    (gold,) = gold_scene(world, "gold-0")
    campaign = measured(world, scenes=1, gold_share=0.5)
    visit(world.ann, campaign)
    settle_waiting()
    assert Assignment.objects.filter(purpose="gold", scene=gold.scene, state="waiting").exists()
    seat = Assignment.objects.create(campaign=campaign, scene=gold.scene, slot=7, scan=gold.proposal.scan)
    lent = assignment_lend(annotator=world.arif, campaign_id=campaign.pk)
    assert [each.pk for each in lent] == [seat.pk]
    shown = assignments_shown(seats=lent)
    assert len(shown) == 1
    visit(world.arif, campaign)
    settle_waiting()
    assert Resolution.objects.filter(campaign=campaign, scene=gold.scene).count() == 1
    assert annotator("third").pk
