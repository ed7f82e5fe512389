"""What people must be seen to find right so that the target holds: against every way in which three people can answer."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from labeling.tags.calibration import threshold_prove
from labeling.tags.fitting import WRONG_TAKEN, target_seen

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
