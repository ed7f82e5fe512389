"""The rule that turns several people's decisions into one, against cases worked out by hand."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from itertools import permutations

import pytest

from labeling.annotation.consensus import Ability, Outcome, Vote, group_added, matched, outcome
from models_ml.types import Box

HERE = Box(0.1, 0.1, 0.5, 0.5)
NEAR = Box(0.12, 0.1, 0.52, 0.5)
FAR = Box(0.6, 0.6, 0.9, 0.9)


def vote(
    annotator: int,
    box: Box = HERE,
    *,
    accepted: bool = True,
    category: int | None = 1,
    product: int | None = 7,
    grade: str = "exact",
    proposal: int | None = 3,
) -> Vote:
    if not accepted:
        category, product, grade = None, None, ""
    return Vote(annotator, annotator, proposal, accepted, box, category, product, grade)


def test_it_works() -> None:
    assert outcome([vote(1)]) == Outcome(True, HERE, 1, 7, "exact", 1.0)


def test_one_rejection_is_a_rejection() -> None:
    assert outcome([vote(1, accepted=False)]) == Outcome(False, HERE, None, None, "", 1.0)


def test_agreeing_boxes_are_averaged() -> None:
    settled = outcome([vote(1, HERE), vote(2, NEAR)])
    assert settled is not None
    assert settled.box == pytest.approx((0.11, 0.1, 0.51, 0.5))
    assert settled.agreement == 1.0


def test_a_box_elsewhere_does_not_pull_the_mean() -> None:
    settled = outcome([vote(1, HERE), vote(2, FAR), vote(3, NEAR)])
    assert settled is not None
    assert settled.box == pytest.approx((0.11, 0.1, 0.51, 0.5))
    assert settled.agreement == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    "second",
    [
        vote(2, accepted=False),
        vote(2, FAR),
        vote(2, category=2),
        vote(2, product=8),
        vote(2, product=None, grade="none"),
        vote(2, grade="similar"),
    ],
)
def test_two_who_differ_need_a_third(second: Vote) -> None:
    assert outcome([vote(1), second]) is None
    third = outcome([vote(1), second, vote(3)])
    assert third is not None
    assert (third.accepted, third.category, third.product, third.grade) == (True, 1, 7, "exact")
    assert third.agreement == pytest.approx(2 / 3)


def test_the_product_is_voted_among_those_who_agree_on_the_category() -> None:
    votes = [vote(1, category=1, product=7), vote(2, category=1, product=7), vote(3, category=2, product=9)]
    votes += [vote(4, category=1, product=9), vote(5, category=2, product=9)]
    settled = outcome(votes)
    assert settled is not None
    assert (settled.category, settled.product, settled.agreement) == (1, 7, pytest.approx(2 / 5))


def test_who_left_an_object_undrawn_votes_against_it() -> None:
    drawn = vote(1, proposal=None)
    assert outcome([drawn], silent=[8]) is None
    rejected = outcome([drawn], silent=[8, 9])
    assert rejected is not None and not rejected.accepted
    assert rejected.agreement == pytest.approx(2 / 3)


def test_no_votes_are_an_error() -> None:
    with pytest.raises(ValueError, match="at least one"):
        outcome([])


def test_added_boxes_are_joined_where_they_overlap() -> None:
    votes = [vote(1, HERE, proposal=None), vote(2, FAR, proposal=None), vote(3, NEAR, proposal=None)]
    assert [[each.annotator for each in group] for group in group_added(votes)] == [[1, 3], [2]]


def test_two_boxes_of_one_person_stay_two_objects() -> None:
    first, second = vote(1, HERE, proposal=None), Vote(2, 1, None, True, NEAR, 1, 7, "exact")
    assert group_added([first, second]) == [[first], [second]]


def test_the_order_of_votes_does_not_matter() -> None:
    generator = random.Random(5)
    for _ in range(200):
        votes = [
            vote(
                n,
                generator.choice([HERE, NEAR, FAR]),
                accepted=generator.random() < 0.8,
                product=generator.choice([7, 8]),
            )
            for n in range(1, 6)
        ]
        shuffled = generator.sample(votes, len(votes))
        first, second = outcome(votes), outcome(shuffled)
        assert (first is None) == (second is None)
        if first is not None and second is not None and first.accepted:
            assert first.box == pytest.approx(second.box)
            assert (first.product, first.agreement) == (second.product, second.agreement)


SHARP, BLUNT = Ability(0.98, 0.95), Ability(0.6, 0.55)


def skilled(*sharp: int, blunt: tuple[int, ...] = ()) -> dict[tuple[int, str], Ability]:
    """Abilities that are the same for every question."""
    people = dict.fromkeys(sharp, SHARP) | dict.fromkeys(blunt, BLUNT)
    return {
        (who, question): ability for who, ability in people.items() for question in ("object", "category", "product")
    }


def test_one_who_is_sharp_outweighs_two_who_are_not() -> None:
    votes = [vote(1, product=8), vote(2), vote(3)]
    assert _product(outcome(votes)) == 7
    assert _product(outcome(votes, abilities=skilled(1, blunt=(2, 3)))) == 8


def test_to_keep_what_is_shown_tells_little_of_who_keeps_everything() -> None:
    waver = {(who, question): Ability(0.98, 0.1) for who in (2, 3) for question in ("object", "category", "product")}
    votes = [replace(vote(1, product=8), shown_product=7, shown_category=1)]
    votes += [replace(vote(n), shown_product=7, shown_category=1) for n in (2, 3)]
    assert _product(outcome(votes, abilities=waver)) == 8
    # The same two in agreement on something that was not shown are heard.
    other = [replace(each, product=9) if each.annotator != 1 else each for each in votes]
    assert _product(outcome(other, abilities=waver)) == 9


def test_who_does_worse_than_a_coin_has_no_say() -> None:
    foe = {(n, question): Ability(0.2, 0.2) for n in (2, 3, 4) for question in ("object", "category", "product")}
    assert _product(outcome([vote(1), *(vote(n, product=8) for n in (2, 3, 4))], abilities=foe)) == 7
    assert outcome([vote(2)], abilities=foe) is None


@pytest.mark.parametrize(("sure_at", "settles"), [(0.5, True), (0.79, True), (0.81, False), (0.95, False)])
def test_a_campaign_says_how_sure_is_sure(sure_at: float, settles: bool) -> None:
    # One ordinary voter is right four times of five.
    assert (outcome([vote(1)], sure_at=sure_at) is not None) == settles
    assert (outcome([vote(1), vote(2)], sure_at=0.94) is not None) == settles or sure_at > 0.8


def test_the_silent_are_weighed_too() -> None:
    drawn = [vote(1, proposal=None), vote(2, proposal=None)]
    blind = {(n, "object"): Ability(0.97, 0.05) for n in (3, 4, 5)}
    assert not outcome(drawn, silent=[3, 4, 5]).accepted  # type: ignore[union-attr]
    assert outcome(drawn, silent=[3, 4, 5], abilities=blind).accepted  # type: ignore[union-attr]


def test_weighing_is_what_the_formula_says() -> None:
    """Against likelihoods multiplied out one by one, for the question of the product with two answers."""
    generator = random.Random(3)
    for _ in range(300):
        able = {
            (n, "product"): Ability(generator.uniform(0.5, 0.99), generator.uniform(0.5, 0.99)) for n in range(1, 6)
        }
        votes = [
            replace(vote(n, product=generator.choice([7, 8])), shown_product=7, shown_category=1) for n in range(1, 6)
        ]
        right = wrong = 1.0
        for each in votes:
            keep, catch = able[each.annotator, "product"]
            right *= keep if each.product == 7 else 1 - keep
            wrong *= 1 - catch if each.product == 7 else catch
        sure = max(right, wrong) / (right + wrong)
        settled = outcome(votes, abilities=able, sure_at=0.8)
        if abs(sure - 0.8) < 1e-6:
            continue
        if any(math.log(k / (1 - c)) < 0 or math.log(c / (1 - k)) < 0 for k, c in able.values()):
            continue
        assert (settled is not None) == (sure >= 0.8)
        if settled is not None:
            assert settled.product == (7 if right > wrong else 8)


def test_boxes_are_matched_as_by_trying_every_way() -> None:
    generator = random.Random(8)
    for _ in range(150):
        first, second = ([_box(generator) for _ in range(generator.randint(0, 4))] for _ in range(2))
        best = 0.0
        short, long = sorted([first, second], key=len)
        for chosen in permutations(range(len(long)), len(short)):
            total = sum(o for n, m in enumerate(chosen) if (o := _naive_iou(short[n], long[m])) >= 0.5)
            best = max(best, total)
        pairs = matched(first, second)
        assert sum(overlap for _, _, overlap in pairs) == pytest.approx(best)
        assert all(_naive_iou(first[a], second[b]) == pytest.approx(overlap) for a, b, overlap in pairs)
        assert len({a for a, _, _ in pairs}) == len({b for _, b, _ in pairs}) == len(pairs)


def test_a_box_takes_no_place_from_one_that_fits_better() -> None:
    """Greedily, the second person's first box would take the only group that their second box fits."""
    left, right = Box(0.0, 0.0, 0.3, 1.0), Box(0.12, 0.0, 0.42, 1.0)
    between = Box(0.08, 0.0, 0.38, 1.0)
    votes = [Vote(1, 1, None, True, left, 1, 7, "exact"), Vote(2, 1, None, True, right, 1, 7, "exact")]
    votes += [Vote(3, 2, None, True, between, 1, 7, "exact"), Vote(4, 2, None, True, right, 1, 7, "exact")]
    assert [[each.annotation for each in group] for group in group_added(votes)] == [[1, 3], [2, 4]]


def _product(settled: Outcome | None) -> int | None:
    assert settled is not None
    return settled.product


def _box(generator: random.Random) -> Box:
    left, top = generator.uniform(0, 0.3), generator.uniform(0, 0.3)
    return Box(left, top, left + generator.uniform(0.2, 0.5), top + generator.uniform(0.2, 0.5))


def _naive_iou(a: Box, b: Box) -> float:
    width = max(0.0, min(a.right, b.right) - max(a.left, b.left))
    height = max(0.0, min(a.bottom, b.bottom) - max(a.top, b.top))
    both = width * height
    return both / ((a.right - a.left) * (a.bottom - a.top) + (b.right - b.left) * (b.bottom - b.top) - both)
