"""Whom to ask about what: first what teaches, then what proves, then what unlocks; never two of a scene."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from labeling.tags.fitting import PROVES, TEACHES
from labeling.tags.signals import Slate
from labeling.tags.worth import LESSONS_WANTED, PROOFS_WANTED, Purpose, Standing, chosen, shares, worth_of

SCENES, EACH = 40, 3


def standing(**changes: object) -> Standing:
    """Forty scenes of three objects, half of them teaching; probabilities rise with the object's number in its scene."""
    slates = [
        Slate(n, n // EACH, (n // EACH) % 2, "sofa" if n % 4 else "lamp", 0.9, (n,), (0.5,), ("",))
        for n in range(SCENES * EACH)
    ]
    values: dict[str, object] = {
        "slates": slates,
        "probabilities": np.array([0.2 + 0.3 * (n % EACH) + 0.001 * (n // EACH) for n in range(len(slates))]),
        "open": np.ones(len(slates), dtype=bool),
        "covered": np.zeros(len(slates), dtype=bool),
        "traffic": {},
        "surest_only": True,
        "asked": Counter[str](),
    }
    return Standing(**(values | changes))  # type: ignore[arg-type]


def picked(given: Standing, purpose: Purpose, count: int = 10) -> list[Slate]:
    return [given.slates[n] for n in chosen(given, {purpose: 1.0}, count)]


def test_the_order_of_purposes() -> None:
    assert shares(lessons=0, tested=0, proven=False) == {Purpose.TEACH: 1.0}
    assert shares(lessons=LESSONS_WANTED, tested=0, proven=False) == {Purpose.PROVE: 1.0}
    assert shares(lessons=LESSONS_WANTED, tested=PROOFS_WANTED - 1, proven=True) == {Purpose.PROVE: 1.0}
    later = shares(lessons=LESSONS_WANTED, tested=PROOFS_WANTED, proven=True)
    assert max(later, key=lambda purpose: later[purpose]) == Purpose.UNLOCK
    assert sum(later.values()) == pytest.approx(1)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_one_of_a_scene_and_never_what_is_closed(purpose: Purpose) -> None:
    given = standing(open=np.arange(SCENES * EACH) % EACH != 2)
    found = picked(given, purpose, 30)
    assert len(found) == len({slate.scene for slate in found}) == 30
    assert all(slate.proposal % EACH != 2 for slate in found)


def test_teaching_asks_the_unsure_of_its_own_half() -> None:
    found = picked(standing(), Purpose.TEACH)
    assert {slate.half for slate in found} == {TEACHES}
    # 0.5 is as unsure as can be; 0.2 and 0.8 are not.
    assert sum(slate.proposal % EACH == 1 for slate in found) >= 7


def test_teaching_looks_at_what_it_knows_little_of() -> None:
    found = picked(standing(probabilities=None, asked=Counter({"sofa": 400})), Purpose.TEACH)
    assert {slate.category for slate in found} == {"lamp"}


def test_proving_draws_by_chance_from_what_might_be_published() -> None:
    found = picked(standing(), Purpose.PROVE, 12)
    assert {slate.half for slate in found} == {PROVES}
    assert all(slate.proposal % EACH == 2 for slate in found)
    # As good as by chance: not the first scenes, not the surest.
    assert [slate.scene for slate in found] != sorted(slate.scene for slate in found)


def test_unlocking_asks_for_scenes_without_a_tag_where_people_look() -> None:
    covered = np.array([n // EACH < 35 for n in range(SCENES * EACH)])
    found = picked(standing(covered=covered, traffic={36: 1000.0}), Purpose.UNLOCK, 5)
    assert [slate.scene for slate in found] == [36, 39, 38, 37, 35]
    assert all(slate.proposal % EACH == 2 for slate in found)


def test_what_one_purpose_cannot_use_goes_to_the_others() -> None:
    given = standing(covered=np.ones(SCENES * EACH, dtype=bool))
    assert len(chosen(given, {Purpose.UNLOCK: 0.7, Purpose.PROVE: 0.3}, 20)) == 20
    assert len(chosen(given, {Purpose.UNLOCK: 1.0}, 1000)) == SCENES


def test_worth_is_doubt_and_a_first_tag_times_traffic() -> None:
    given = standing(covered=np.arange(SCENES * EACH) < 60, traffic={39: np.e - 1})
    worth = worth_of(given)
    assert worth[1] == pytest.approx(4 * 0.5 * 0.5)
    assert worth[60] == pytest.approx(4 * 0.22 * 0.78 + 0.22)
    assert worth[119] == pytest.approx(2 * (4 * 0.839 * 0.161 + 0.839))
