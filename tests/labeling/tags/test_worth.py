"""Whom to ask about what: first what teaches, then what proves, then what unlocks; never two of a scene."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from labeling.tags.fitting import PROVES, SHORT_OF, TEACHES
from labeling.tags.signals import Slate
from labeling.tags.worth import (
    CONTENDS,
    LESSONS_WANTED,
    PROOFS_WANTED,
    SOONEST,
    Progress,
    Purpose,
    Standing,
    chosen,
    gain_of,
    shares,
    worth_of,
)

SCENES, EACH = 40, 3
PROVEN = Progress(LESSONS_WANTED, PROOFS_WANTED, proven=True)


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
        "progress": PROVEN,
        "target": 0.8,
    }
    return Standing(**(values | changes))  # type: ignore[arg-type]


def picked(given: Standing, purpose: Purpose, count: int = 10) -> list[Slate]:
    return [given.slates[n] for n in chosen(given, {purpose: 1.0}, count)]


def test_the_order_of_purposes() -> None:
    assert shares(Progress(0, 0, proven=False)) == {Purpose.TEACH: 1.0}
    assert shares(Progress(LESSONS_WANTED, 0, proven=False)) == {Purpose.PROVE: 1.0}
    assert shares(Progress(LESSONS_WANTED, PROOFS_WANTED - 1, proven=True)) == {Purpose.PROVE: 1.0}
    assert shares(Progress(LESSONS_WANTED, PROOFS_WANTED, proven=False)) == {Purpose.PROVE: 0.5, Purpose.UNLOCK: 0.5}
    later = shares(PROVEN)
    assert max(later, key=lambda purpose: later[purpose]) == Purpose.UNLOCK
    assert sum(later.values()) == pytest.approx(1)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_one_of_a_scene_and_never_what_is_closed(purpose: Purpose) -> None:
    given = standing(open=np.arange(SCENES * EACH) % EACH != 2)
    found = picked(given, purpose, 30)
    assert len(found) == len({slate.scene for slate in found}) == 30
    assert all(slate.proposal % EACH != 2 for slate in found)


def test_teaching_asks_the_unsure_of_its_own_half() -> None:
    found = picked(standing(surest_only=False), Purpose.TEACH)
    assert {slate.half for slate in found} == {TEACHES}
    # 0.5 is as unsure as can be; 0.2 and 0.8 are not.
    assert sum(slate.proposal % EACH == 1 for slate in found) >= 7


def test_teaching_asks_about_what_is_to_be_published() -> None:
    found = picked(standing(), Purpose.TEACH)
    assert {slate.half for slate in found} == {TEACHES}
    assert all(slate.proposal % EACH == 2 for slate in found)


def test_teaching_looks_at_what_it_knows_little_of() -> None:
    found = picked(standing(probabilities=None, asked=Counter({"sofa": 400})), Purpose.TEACH)
    assert {slate.category for slate in found} == {"lamp"}


def test_proving_draws_by_chance_from_what_might_be_published() -> None:
    found = picked(standing(), Purpose.PROVE, 12)
    assert {slate.half for slate in found} == {PROVES}
    assert all(slate.proposal % EACH == 2 for slate in found)
    # As good as by chance: not the first scenes, not the surest.
    assert [slate.scene for slate in found] != sorted(slate.scene for slate in found)


@pytest.mark.parametrize("surest_only", [True, False])
def test_proving_asks_about_what_comes_near_the_target(surest_only: bool) -> None:
    given = standing(target=0.845, surest_only=surest_only)
    assert given.probabilities is not None
    falling = sorted((p for n, p in enumerate(given.probabilities) if n % EACH == 2 or not surest_only), reverse=True)
    near = max(n for n in range(1, len(falling) + 1) if sum(falling[:n]) / n >= 0.845 - SHORT_OF)
    assert 10 < near < SCENES
    wanted = {n for n in range(SCENES) if n % 2 == PROVES and 0.8 + 0.001 * n >= falling[near - 1]}
    assert {slate.scene for slate in picked(given, Purpose.PROVE, len(wanted))} == wanted


def test_proving_asks_about_the_surest_tenth_where_there_seems_no_hope() -> None:
    given = standing(target=0.99)
    assert {slate.scene for slate in picked(given, Purpose.PROVE, 2)} == {37, 39}


def test_unlocking_asks_for_scenes_without_a_tag_where_people_look() -> None:
    covered = np.array([n // EACH < 35 for n in range(SCENES * EACH)])
    found = picked(standing(covered=covered, traffic={36: 1000.0}), Purpose.UNLOCK, 5)
    assert [slate.scene for slate in found] == [36, 39, 38, 37, 35]
    assert all(slate.proposal % EACH == 2 for slate in found)


def test_what_one_purpose_cannot_use_goes_to_the_others() -> None:
    given = standing(covered=np.ones(SCENES * EACH, dtype=bool))
    assert len(chosen(given, {Purpose.UNLOCK: 0.7, Purpose.PROVE: 0.3}, 20)) == 20
    assert len(chosen(given, {Purpose.UNLOCK: 1.0}, 1000)) == SCENES


def test_when_there_is_nothing_to_prove_scenes_get_a_tag_before_more_is_taught() -> None:
    given = standing(target=0.99, progress=Progress(LESSONS_WANTED, 2, proven=False))
    first, *others = (given.slates[n] for n in chosen(given, shares(given.progress), 12))
    assert {first.scene, others[0].scene} == {37, 39}
    # Of the rest the surest, of either half.
    assert [slate.scene for slate in others[1:]] == [38, *range(36, 27, -1)]


def test_worth_is_doubt_and_a_first_tag_times_traffic() -> None:
    given = standing(covered=np.arange(SCENES * EACH) < 60, traffic={39: np.e - 1})
    worth = worth_of(given)
    assert worth[1] == pytest.approx(4 * 0.5 * 0.5)
    assert worth[60] == pytest.approx(4 * 0.22 * 0.78 + 0.22)
    assert worth[119] == pytest.approx(2 * (4 * 0.839 * 0.161 + 0.839))


def test_unlocking_leaves_what_proves_alone_until_something_is_proven() -> None:
    given = standing(progress=Progress(LESSONS_WANTED, PROOFS_WANTED, proven=False), target=0.8)
    found = picked(given, Purpose.UNLOCK, SCENES // 2)
    assert {slate.half for slate in found} == {TEACHES}
    assert {slate.half for slate in picked(standing(), Purpose.UNLOCK, SCENES)} == {TEACHES, PROVES}


def test_what_is_unknown_comes_first_and_what_is_done_never() -> None:
    assert gain_of(standing(probabilities=None)) == math.inf
    nothing = np.zeros(SCENES * EACH, dtype=bool)
    assert gain_of(standing(probabilities=None, open=nothing)) == 0
    assert gain_of(standing(open=nothing)) == gain_of(standing(covered=~nothing)) == 0


def surest(given: Standing) -> list[float]:
    """The surest object of each scene, by a loop; the surest scene first."""
    assert given.probabilities is not None
    return sorted((max(given.probabilities[n : n + EACH]) for n in range(0, SCENES * EACH, EACH)), reverse=True)


def test_after_the_proof_a_decision_gains_what_it_finds() -> None:
    given = standing(target=0.5)
    assert gain_of(given) == pytest.approx(sum(surest(given)) / SCENES)


@pytest.mark.parametrize(
    ("progress", "wanted"),
    [
        (Progress(0, 0, proven=False), LESSONS_WANTED + PROOFS_WANTED),
        (Progress(LESSONS_WANTED, PROOFS_WANTED - 150, proven=False), 150),
        (Progress(LESSONS_WANTED, PROOFS_WANTED, proven=False), SOONEST),
    ],
)
def test_before_it_a_share_of_what_the_proof_would_publish_too(progress: Progress, wanted: int) -> None:
    target = 0.83
    given = standing(progress=progress, target=target)
    scenes = surest(given)
    reach = max(n for n in range(1, SCENES + 1) if sum(scenes[:n]) / n >= target)
    assert 0 < reach < SCENES
    assert gain_of(given) == pytest.approx(sum(scenes) / SCENES + reach / wanted)


def test_a_proven_threshold_may_still_fall_to_what_contends() -> None:
    given = standing(progress=Progress(LESSONS_WANTED, PROOFS_WANTED - 10, proven=True), target=0.99)
    scenes = surest(given)
    assert min(scenes) >= CONTENDS
    assert gain_of(given) == pytest.approx(sum(scenes) / SCENES + SCENES / SOONEST)


def test_what_proves_and_teaches_finds_scenes_without_a_tag_by_chance() -> None:
    covered = np.array([n // EACH < 30 for n in range(SCENES * EACH)])
    given = standing(covered=covered, target=0.99)
    left = [0.8 + 0.001 * scene for scene in range(30, SCENES)]
    assert gain_of(given) == pytest.approx(sum(left) / 10 * (0.7 + 0.3 * 10 / SCENES))


def test_no_proof_is_hoped_for_where_the_calibration_sees_none() -> None:
    hopeless = standing(progress=Progress(LESSONS_WANTED, 0, proven=False), target=0.95)
    assert gain_of(hopeless) == pytest.approx(sum(surest(hopeless)) / SCENES)
