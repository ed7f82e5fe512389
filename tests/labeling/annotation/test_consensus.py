"""The rule that turns several people's decisions into one, against cases worked out by hand."""

from __future__ import annotations

import random

import pytest

from labeling.annotation.consensus import Outcome, Vote, group_added, outcome
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
    assert outcome([drawn], silent=1) is None
    rejected = outcome([drawn], silent=2)
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
