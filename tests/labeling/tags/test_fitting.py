"""What people must be seen to find right so that the target holds: against every way in which three people can answer."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.stats import beta, binom

from labeling.tags.calibration import threshold_prove
from labeling.tags.fitting import FEWEST_GOLD, GOLD_SURE, WRONG_TAKEN, target_seen, wrong_taken

TARGET = 0.95


def seen_right(*, tag_is_right: bool, slip: float, taken: float) -> float:
    """How likely a tag is found right in the end, over all answers of the first, the second and the third person."""
    finds = 1 - slip if tag_is_right else taken
    total = 0.0
    for answers in product((True, False), repeat=3):
        chance = np.prod([finds if answer else 1 - finds for answer in answers])
        total += chance * (answers[0] or (answers[1] and answers[2]))
    return float(total)


@pytest.mark.parametrize("slip", [0.0, 0.02, 0.2])
@pytest.mark.parametrize("precision", [0.0, 0.8, 0.94, TARGET])
def test_no_precision_that_misses_the_target_looks_like_more(slip: float, precision: float) -> None:
    seen = precision * seen_right(tag_is_right=True, slip=slip, taken=WRONG_TAKEN)
    seen += (1 - precision) * seen_right(tag_is_right=False, slip=slip, taken=WRONG_TAKEN)
    assert seen <= target_seen(TARGET) + 1e-12


def test_it_is_reached_where_nobody_slips_the_other_way() -> None:
    seen = TARGET + (1 - TARGET) * seen_right(tag_is_right=False, slip=0.0, taken=WRONG_TAKEN)
    assert target_seen(TARGET) == pytest.approx(seen)


def test_what_a_second_look_mends_of_a_slip() -> None:
    # A right tag is lost where the first slips and one of the two others does too.
    lost = 1 - seen_right(tag_is_right=True, slip=0.02, taken=WRONG_TAKEN)
    assert lost == pytest.approx(0.02 * (1 - 0.98**2))


def test_a_proof_is_wrong_no_more_often_than_it_says() -> None:
    """At a precision a hair below the target, people who err as badly as is supposed prove it in 5 of 100 fits at most."""
    lot, wrongly, fits = np.random.default_rng(0), 0, 400
    for _ in range(fits):
        right = lot.random(400) < TARGET - 1e-6
        first, second, third = (np.where(right, True, lot.random(400) < WRONG_TAKEN) for _ in range(3))
        seen = first | (second & third)
        proof = threshold_prove(
            probabilities=lot.uniform(0.9, 1.0, 400), right=seen.tolist(), target=target_seen(TARGET)
        )
        wrongly += proof.threshold is not None
    # Five in a hundred, with three standard deviations of 400 fits.
    assert wrongly <= fits * 0.05 + 3 * (fits * 0.05 * 0.95) ** 0.5


@pytest.mark.parametrize(
    ("taken", "shown"), [(0, 90), (0, 400), (1, 90), (3, 120), (9, 120), (40, 90), (119, 120), (50, 2000)]
)
def test_enough_gold_says_how_much_is_let_pass(taken: int, shown: int) -> None:
    # Clopper and Pearson by the beta quantile, where ours bisects the binomial tail.
    exact = beta.ppf(GOLD_SURE, taken + 1, shown - taken)
    found = wrong_taken(taken=taken, shown=shown)
    assert found.share == pytest.approx(exact, abs=1e-9)
    assert binom.cdf(taken, shown, found.share) == pytest.approx(1 - GOLD_SURE, abs=1e-9)
    assert (found.taken, found.shown) == (taken, shown) and found.share > taken / shown


@pytest.mark.parametrize(("taken", "shown"), [(0, 0), (0, 1), (0, FEWEST_GOLD - 1), (1, 20), (4, 50)])
def test_little_gold_leaves_what_is_supposed(taken: int, shown: int) -> None:
    assert wrong_taken(taken=taken, shown=shown).share == WRONG_TAKEN


@pytest.mark.parametrize(("taken", "shown"), [(3, 3), (6, 20), (30, FEWEST_GOLD - 1)])
def test_little_gold_that_proves_more_is_believed(taken: int, shown: int) -> None:
    exact = beta.ppf(1 - GOLD_SURE, taken, shown - taken + 1)
    assert wrong_taken(taken=taken, shown=shown).share == pytest.approx(exact) and exact > WRONG_TAKEN


def test_gold_is_enough_where_a_clean_record_bears_out_what_is_supposed() -> None:
    assert 1 - (1 - GOLD_SURE) ** (1 / FEWEST_GOLD) <= WRONG_TAKEN < 1 - (1 - GOLD_SURE) ** (1 / (FEWEST_GOLD - 1))
    assert wrong_taken(taken=0, shown=FEWEST_GOLD).share <= WRONG_TAKEN


def test_nothing_is_proven_by_people_who_take_whatever_they_are_shown() -> None:
    assert target_seen(TARGET, wrong_taken(taken=FEWEST_GOLD, shown=FEWEST_GOLD).share) == 1
    assert threshold_prove(probabilities=np.full(900, 0.99), right=[True] * 900, target=1.0).threshold is None


def test_gold_keeps_the_promise_where_people_let_more_pass_than_is_supposed() -> None:
    """At a precision a hair below the target, people who take three wrong products in ten prove it no more often than said."""
    lot, fits, careless = np.random.default_rng(0), 300, 0.3
    wrongly = {"supposed": 0, "by gold": 0}
    for _ in range(fits):
        right = lot.random(400) < TARGET - 1e-6
        first, second, third = (np.where(right, True, lot.random(400) < careless) for _ in range(3))
        seen, gold = first | (second & third), int(lot.binomial(200, careless))
        targets = {"supposed": target_seen(TARGET)}
        targets["by gold"] = target_seen(TARGET, wrong_taken(taken=gold, shown=200).share)
        for name, target in targets.items():
            proof = threshold_prove(probabilities=lot.uniform(0.9, 1.0, 400), right=seen.tolist(), target=target)
            wrongly[name] += proof.threshold is not None
    # Six in a hundred, one of them gold's, with three standard deviations.
    assert wrongly["by gold"] <= fits * 0.06 + 3 * (fits * 0.06 * 0.94) ** 0.5
    assert wrongly["supposed"] > 2 * fits * 0.06
