"""The random share: every order as likely as any other, and the chances that are told are those that it has."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import pytest

from labeling.serving.exploring import DEPTH, explored


def test_it_works() -> None:
    assert explored("abc", share=0.0, seed="x", depth=3) == (["a", "b", "c"], [1.0, 1.0, 1.0])
    assert explored("", share=1.0, seed="x", depth=3) == ([], [])
    assert explored("abc", share=1.0, seed="x", depth=1) == (["a", "b", "c"], [1.0, 1.0, 1.0])


def test_the_same_seed_gives_the_same() -> None:
    assert len({tuple(explored("abcd", share=1.0, seed="s", depth=4)[0]) for _ in range(5)}) == 1


def test_every_order_is_as_likely() -> None:
    rounds = 6000
    orders = Counter("".join(explored("abc", share=1.0, seed=str(n), depth=3)[0]) for n in range(rounds))
    assert set(orders) == {"".join(order) for order in permutations("abc")}
    # Six cells of 1,000: chi squared with 5 degrees of freedom passes 25.7 once in 10,000.
    assert sum((n - rounds / 6) ** 2 / (rounds / 6) for n in orders.values()) < 25.7


@pytest.mark.parametrize("share", [0.1, 0.6])
def test_the_chances_are_those_that_happen(share: float) -> None:
    """Inverse weights of the told chances sum to the number of rounds at every place: that is what makes an estimate unbiased."""
    rounds = 20_000
    weight: Counter[tuple[str, int]] = Counter()
    for n in range(rounds):
        shown, chances = explored("abcd", share=share, seed=f"{share}/{n}", depth=3)
        for place, (item, chance) in enumerate(zip(shown, chances, strict=True)):
            weight[item, place] += 1 / chance  # type: ignore[assignment]
    for item, place in [(item, place) for item in "abc" for place in range(3)] + [("d", 3)]:
        assert weight[item, place] == pytest.approx(rounds, rel=0.25 if share < 0.5 else 0.1)


def test_what_lies_deeper_stays() -> None:
    items = [str(n) for n in range(DEPTH + 3)]
    for n in range(50):
        shown, chances = explored(items, share=1.0, seed=str(n), depth=99)
        assert shown[DEPTH:] == items[DEPTH:]
        assert chances == [1 / DEPTH] * DEPTH + [1.0] * 3
