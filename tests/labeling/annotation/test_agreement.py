"""How far people agree: against published figures, formulas in naive loops, and cases by hand."""

from __future__ import annotations

import random
from itertools import combinations, permutations

import pytest

from labeling.annotation.agreement import Pairing, View, agreement, krippendorff_alpha
from labeling.annotation.consensus import Vote
from labeling.annotation.selectors import agreement_of
from labeling.datasets.tasks import settle_waiting
from models_ml.types import Box
from tests.labeling.trusting import gold_scene, measured, visit
from tests.world import World

# Krippendorff (2011), example C: four observers, twelve units, and what they did not answer left out.
EXAMPLE = [
    (1, 1, 1), (2, 2, 3, 2), (3, 3, 3, 3), (3, 3, 3, 3), (2, 2, 2, 2), (1, 2, 3, 4), (4, 4, 4, 4), (1, 1, 2, 1),
    (2, 2, 2, 2), (5, 5, 5), (1, 1), (3,),
]  # fmt: skip


def test_it_works() -> None:
    assert krippendorff_alpha(EXAMPLE) == pytest.approx(0.743, abs=5e-4)


def naive_alpha(units: list[list[int]]) -> float:
    """Disagreement observed within units over that expected between all answers, pair by pair."""
    units = [unit for unit in units if len(unit) > 1]
    answers = [answer for unit in units for answer in unit]
    observed = sum(sum(a != b for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in units) / len(answers)
    expected = sum(a != b for a, b in permutations(answers, 2)) / (len(answers) * (len(answers) - 1))
    return 1 - observed / expected


def test_alpha_is_what_the_formula_says() -> None:
    chance = random.Random(7)
    for _ in range(50):
        units = [[chance.randint(1, 3) for _ in range(chance.randint(0, 4))] for _ in range(15)]
        assert krippendorff_alpha(units) == pytest.approx(naive_alpha(units))


def test_alpha_at_its_ends() -> None:
    assert krippendorff_alpha([]) is None
    assert krippendorff_alpha([["a"], ["b"]]) is None
    assert krippendorff_alpha([["a", "a"], ["a", "a"]]) == 1.0
    assert krippendorff_alpha([["a", "a"], ["b", "b"]]) == 1.0
    assert krippendorff_alpha([["a", "b"], ["b", "a"]]) < 0  # type: ignore[operator]


HERE, NEAR, AWAY = Box(0.1, 0.1, 0.5, 0.5), Box(0.14, 0.1, 0.54, 0.5), Box(0.6, 0.6, 0.9, 0.9)


def vote(who: int, box: Box = HERE, *, proposal: int | None = None, category: int = 1, product: int = 7) -> Vote:
    return Vote(who * 100 + (proposal or 0), who, proposal, True, box, category, product, "exact")


def view(*votes: Vote, whole: bool = True, decided: tuple[int, ...] = ()) -> View:
    return View(votes, frozenset(decided), whole)


def test_two_people_on_one_scene() -> None:
    found = agreement([{1: view(vote(1), vote(1, AWAY)), 2: view(vote(2, NEAR, category=2))}])
    (pair,) = found.pairs.values()
    assert (pair.both, pair.one, pair.f1) == (1, 1, pytest.approx(2 / 3))
    assert pair.iou == pytest.approx(0.36 / 0.44)
    assert (pair.category, pair.product) == (0.0, 1.0)
    assert found.whole == pair and found.scenes == 1


def test_what_one_was_not_asked_counts_against_neither() -> None:
    mine = view(vote(1, proposal=1), vote(1, AWAY, proposal=2), whole=False, decided=(1, 2))
    theirs = view(vote(2, proposal=1), whole=False, decided=(1,))
    assert agreement([{1: mine, 2: theirs}]).whole.f1 == 1.0
    asked = view(vote(2, proposal=1), whole=False, decided=(1, 2))
    assert agreement([{1: mine, 2: asked}]).whole.f1 == pytest.approx(2 / 3)


def test_all_pairs_come_together() -> None:
    chance = random.Random(5)
    scenes = [
        {
            who: view(*(vote(who, box) for box in (HERE, AWAY) if chance.random() < 0.7))
            for who in chance.sample((1, 2, 3), 2)
        }
        for _ in range(40)
    ]
    found = agreement(scenes)
    assert set(found.pairs) == set(combinations((1, 2, 3), 2))
    assert sum(pair.both for pair in found.pairs.values()) == found.whole.both
    assert sum(pair.one for pair in found.pairs.values()) == found.whole.one
    exact = [sum(len(v.accepted) for v in views.values()) for views in scenes]
    assert 2 * found.whole.both + found.whole.one == sum(exact)


def test_nobody_agrees_alone() -> None:
    found = agreement([{1: view(vote(1))}, {}])
    assert (found.whole, found.pairs, found.scenes, found.alpha_product) == (Pairing(), {}, 0, None)
    assert (found.whole.f1, found.whole.iou, found.whole.category, found.whole.product) == (None, None, None, None)


def test_it_is_read_from_what_people_said(world: World) -> None:
    gold_scene(world, "gold-0")
    campaign = measured(world, scenes=3, gold_share=0.3)
    campaign.overlap = 2
    campaign.save()
    for seat in list(campaign.assignments.all()):
        seat.pk, seat.slot = None, 1
        seat.save()
    while visit(world.ann, campaign) is not None:
        settle_waiting()
    visit(world.arif, campaign, accept=False)
    visit(world.arif, campaign, product=world.sofas[1].pk)
    visit(world.arif, campaign)
    found = agreement_of(campaign=campaign)
    pair = found.pairs[world.ann.pk, world.arif.pk]
    assert (found.scenes, pair.both, pair.one, pair.product) == (3, 2, 1, 0.5)
    assert pair.iou == 1.0
