"""What teaches: doubt, disagreement, rarity and novelty; and the lazy greedy order is the greedy one."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence

import pytest

from labeling.annotation.gains import (
    LOOKING,
    SURE_TEACHES,
    TEMPERATURE,
    Prospect,
    Seen,
    Taught,
    teaching_order,
    torn,
)
from models_ml.types import Box

HERE, NEARBY, ELSEWHERE = Box(0.1, 0.1, 0.5, 0.5), Box(0.1, 0.1, 0.5, 0.45), Box(0.6, 0.6, 0.9, 0.9)


def prospect(**changes: object) -> Prospect:
    """A sofa that the models are sure of, unless told otherwise."""
    values: dict[str, object] = {"category": "sofa", "score": 1.0, "products": (1, 2), "similarities": (0.9, 0.1)}
    return Prospect(**(values | changes))  # type: ignore[arg-type]


def test_landmarks_are_shares_by_cosine() -> None:
    nearer, farther = prospect(similarities=(0.7, 0.7 - TEMPERATURE)).landmarks
    assert nearer / farther == pytest.approx(math.e)
    assert nearer + farther == pytest.approx(1)
    assert prospect(products=(), similarities=()).landmarks == ()


def test_doubt_is_none_the_least_and_full_the_most() -> None:
    assert prospect().doubt == pytest.approx(SURE_TEACHES, abs=1e-4)
    split = prospect(score=0.5, similarities=(0.5, 0.5), torn=1.0)
    assert split.doubt == pytest.approx(0.5)
    # Nobody knows what an object is that resembles nothing, nor what one is that resembles one thing alone.
    for one in (prospect(products=(), similarities=()), prospect(products=(1,), similarities=(0.9,))):
        assert one.doubt == pytest.approx(SURE_TEACHES + (1 - SURE_TEACHES) / 2)


@pytest.mark.parametrize(
    "unsure", [{"similarities": (0.5, 0.45)}, {"torn": 0.5}, {"score": 0.7}], ids=["product", "versions", "box"]
)
def test_each_doubt_counts(unsure: dict[str, object]) -> None:
    # A box half believed is less likely to be an object at all: what is weighed is the doubt beyond that.
    given = prospect(**unsure)
    assert given.doubt / given.score > prospect().doubt


def test_versions_disagree_about_product_category_or_presence() -> None:
    now = [Seen(HERE, "sofa", 1), Seen(ELSEWHERE, "lamp", 2)]
    assert torn(now, []) == [0.0, 0.0]
    assert torn([], now) == []
    assert torn(now, [Seen(NEARBY, "sofa", 1)]) == [0.0, 1.0]
    assert torn(now, [Seen(NEARBY, "sofa", 9), Seen(ELSEWHERE, "vase", 2)]) == [0.5, 1.0]


def test_what_was_taught_teaches_less_and_what_is_rare_more() -> None:
    taught = Taught({"sofa": 3.0}, {1: 1.0})
    common, rare = taught.gain([prospect()]), taught.gain([prospect(category="vase")])
    assert common == pytest.approx(rare / 2)
    assert taught.gain([prospect(products=(7, 8))]) == pytest.approx(2 * common, rel=1e-3)


def test_objects_that_are_asked_together_count_against_one_another() -> None:
    twice = Taught().gain([prospect(), prospect()]) * (LOOKING + 2)
    once = Taught().gain([prospect()]) * (LOOKING + 1)
    assert twice == pytest.approx(once * (1 + 1 / math.sqrt(2) / 2), rel=1e-3)


def test_a_gain_leaves_what_was_taught_as_it_was() -> None:
    taught = Taught({"sofa": 1.0}, {1: 0.5})
    taught.gain([prospect(), prospect(category="vase")])
    assert (taught.categories, taught.products) == ({"sofa": 1.0}, {1: 0.5})


def lots_by_chance(seed: int) -> dict[str, list[Prospect]]:
    chance = random.Random(seed)

    def one() -> Prospect:
        count = chance.randint(0, 4)
        products = tuple(chance.sample(range(12), count))
        cosines = tuple(sorted((chance.uniform(0.2, 0.9) for _ in products), reverse=True))
        category = chance.choice(["sofa", "sofa", "sofa", "lamp", "vase"])
        return Prospect(category, chance.random(), products, cosines, chance.choice([0.0, 0.5, 1.0]))

    return {f"scene {n}": [one() for _ in range(chance.randint(1, 6))] for n in range(25)}


def naive_order(lots: Mapping[str, Sequence[Prospect]], horizon: int) -> list[tuple[str, float]]:
    """Every gain from the formula, anew before each choice; after the last choice once more."""
    asked: list[Prospect] = []
    left, order = dict(lots), list[tuple[str, float]]()

    def weight(each: Prospect, product: int) -> float:
        powers = {p: math.exp(c / TEMPERATURE) for p, c in zip(each.products, each.similarities, strict=True)}
        return powers.get(product, 0.0) / sum(powers.values()) if powers else 0.0

    def gain(some: Sequence[Prospect]) -> float:
        total, known = 0.0, list(asked)
        for each in some:
            rare = (1 + sum(other.category == each.category for other in known)) ** -0.5
            new = 1.0 if not each.products else sum(
                weight(each, product) / (1 + sum(weight(other, product) for other in known)) for product in each.products
            )  # fmt: skip
            total += each.doubt * rare * new
            known.append(each)
        return total / (LOOKING + len(some))

    while left and len(order) < horizon:
        best = max(left, key=lambda name: gain(left[name]))
        order.append((best, gain(left[best])))
        asked += left.pop(best)
    rest = [(name, gain(some)) for name, some in left.items()]
    return order + sorted(rest, key=lambda each: -each[1])


@pytest.mark.parametrize("horizon", [0, 7, 100])
@pytest.mark.parametrize("seed", range(3))
def test_the_lazy_order_is_the_greedy_one_up_to_the_horizon(seed: int, horizon: int) -> None:
    lots = lots_by_chance(seed)
    found, wanted = list(teaching_order(lots, Taught(), horizon=horizon)), naive_order(lots, horizon)
    assert [name for name, _ in found] == [name for name, _ in wanted]
    assert [gain for _, gain in found] == pytest.approx([gain for _, gain in wanted])
    assert sorted((gain for _, gain in found), reverse=True) == [gain for _, gain in found]


def test_nothing_waits() -> None:
    assert list(teaching_order({}, Taught())) == []
