"""How well each person answers: against the paper's two steps in plain loops, and against people of known skill."""

from __future__ import annotations

import math
import random
from collections.abc import Hashable

import pytest
from scipy.stats import spearmanr

from labeling.annotation.consensus import ORDINARY, Ability
from labeling.annotation.skills import PRIOR, Answer, abilities_fit

TRUE = {
    1: Ability(0.98, 0.95), 2: Ability(0.95, 0.85), 3: Ability(0.9, 0.9), 4: Ability(0.85, 0.6), 5: Ability(0.97, 0.3),
    6: Ability(0.6, 0.6), 7: Ability(0.99, 0.05), 8: Ability(0.15, 0.2),
}  # fmt: skip


def simulated(
    items: int, *, seed: int = 1, each: int = 4, right: float = 0.7
) -> tuple[list[Answer], dict[Hashable, bool]]:
    """Answers of people of known skill to items of which ``each`` people see each one."""
    chance = random.Random(seed)
    truth: dict[Hashable, bool] = {n: chance.random() < right for n in range(items)}
    answers = []
    for item, shows_right in truth.items():
        for person in chance.sample(sorted(TRUE), each):
            keep, catch = TRUE[person]
            kept = chance.random() < (keep if shows_right else 1 - catch)
            answers.append(Answer(item, person, kept))
    return answers, truth


def naive(answers: list[Answer], known: dict[Hashable, bool]) -> dict[int, Ability]:
    """Dawid and Skene with two classes, written out person by person and item by item."""
    items = sorted({each.item for each in answers}, key=str)
    people = sorted({each.annotator for each in answers})
    belief = {}
    for item in items:
        said = [each.kept for each in answers if each.item == item]
        belief[item] = float(known[item]) if item in known else sum(said) / len(said)
    ability: dict[int, Ability] = {}
    for _ in range(200):
        for who in people:
            own = [each for each in answers if each.annotator == who]
            keep = PRIOR * ORDINARY.keep + sum(belief[each.item] for each in own if each.kept)
            keep /= PRIOR + sum(belief[each.item] for each in own)
            catch = PRIOR * ORDINARY.catch + sum(1 - belief[each.item] for each in own if not each.kept)
            catch /= PRIOR + sum(1 - belief[each.item] for each in own)
            ability[who] = Ability(keep, catch)
        share = min(max(sum(belief.values()) / len(belief), 1e-3), 1 - 1e-3)
        fresh = {}
        for item in items:
            right, wrong = share, 1 - share
            for each in answers:
                if each.item == item:
                    keep, catch = ability[each.annotator]
                    right *= keep if each.kept else 1 - keep
                    wrong *= 1 - catch if each.kept else catch
            fresh[item] = float(known[item]) if item in known else right / (right + wrong)
        moved = max(abs(fresh[item] - belief[item]) for item in items)
        belief = fresh
        if moved < 1e-6:
            break
    return ability


@pytest.mark.parametrize("gold", [0, 12])
def test_it_works(gold: int) -> None:
    answers, truth = simulated(60)
    known = {item: truth[item] for item in list(truth)[:gold]}
    ours, theirs = abilities_fit(answers, known), naive(answers, known)
    assert ours.keys() == theirs.keys()
    for who in ours:
        assert ours[who] == pytest.approx(theirs[who], abs=1e-5)


def test_known_skill_is_recovered() -> None:
    answers, _ = simulated(3000)
    fitted = abilities_fit(answers)
    for who, true in TRUE.items():
        assert fitted[who] == pytest.approx(true, abs=0.06), who
    people = sorted(TRUE)
    assert spearmanr([sum(fitted[who]) for who in people], [sum(TRUE[who]) for who in people]).statistic >= 0.9


def test_gold_tells_who_is_right_where_most_are_wrong() -> None:
    """Three who keep everything agree with one another; only gold shows that the fourth, who changes, is right."""
    wavers, sharp = (1, 2, 3), 4
    work = [Answer(n, who, True) for n in range(40) for who in wavers] + [
        Answer(n, sharp, n % 2 == 0) for n in range(40)
    ]
    gold = [Answer(("gold", n), who, who != sharp) for n in range(20) for who in (*wavers, sharp)]
    known: dict[Hashable, bool] = {("gold", n): False for n in range(20)}
    without, fitted = abilities_fit(work), abilities_fit(work + gold, known)
    assert fitted[sharp].catch > 0.85 and fitted[1].catch < 0.1
    assert without[sharp].keep < 0.6 < 0.9 < fitted[sharp].keep


def test_few_answers_leave_a_person_near_the_ordinary() -> None:
    fitted = abilities_fit([Answer("a", 1, True), Answer("a", 2, True)])
    assert all(abs(value - 0.8) < 0.1 for ability in fitted.values() for value in ability)


def test_nobody_has_no_skill() -> None:
    assert abilities_fit([]) == {}
    assert abilities_fit([], {"gold": True}) == {}


def test_everything_stays_a_probability() -> None:
    answers = [Answer(n, who, True) for n in range(5000) for who in (1, 2)]
    for ability in abilities_fit(answers).values():
        assert all(0 < value < 1 and math.isfinite(math.log(value / (1 - value))) for value in ability)
