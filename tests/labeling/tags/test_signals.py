"""What speaks for a tag equals what a loop over all pairs of scenes finds."""

from __future__ import annotations

import math
import random

import pytest

from labeling.tags.signals import NAMES, SMALL, Slate, signals_of


def slate(
    number: int, scene: int, products: tuple[int, ...], *, similarities: tuple[float, ...] = (), **more: object
) -> Slate:
    """A slate of these products; the first is 0.9 similar, each next 0.1 less."""
    given = similarities or tuple(0.9 - 0.1 * rank for rank in range(len(products)))
    groups = more.pop("groups", ("",) * len(products))
    return Slate(number, scene, 0, "sofa", float(str(more.pop("score", 0.8))), products, given, groups)  # type: ignore[arg-type]


def naive(slates: list[Slate]) -> list[list[float]]:
    """Every signal in the words of its name."""
    rows = []
    for one in slates:
        mine = {each.key for each in slates if each.scene == one.scene}
        others = {each.scene for each in slates if each.scene != one.scene and each.key == one.key}
        besides = []
        for other in others:
            theirs = {each.key for each in slates if each.scene == other}
            besides.append(len((mine & theirs) - {one.key}))
        elsewhere = [each.margin for each in slates if each.key == one.key and each.scene != one.scene]
        again = [each for each in slates if each.scene == one.scene and each.key == one.key]
        rows.append(
            [
                one.similarities[0],
                one.margin,
                min(one.margin, SMALL),
                math.log(one.score / (1 - one.score)),
                math.log(1 + max(besides, default=0)),
                math.log(1 + len([n for n in besides if n >= 2])),
                math.log(1 + len(besides)),
                max(elsewhere, default=0.0),
                math.log(len(again)),
            ]
        )
    return rows


def test_it_equals_a_loop_over_all_scenes() -> None:
    rng = random.Random(7)
    slates = []
    for number in range(120):
        products = tuple(rng.sample(range(12), 4))
        falling = tuple(sorted((rng.random() for _ in range(4)), reverse=True))
        slates.append(slate(number, rng.randrange(15), products, similarities=falling, score=rng.uniform(0.2, 0.9)))
    for row, expected in zip(signals_of(slates), naive(slates), strict=True):
        assert row.tolist() == pytest.approx(expected)


def test_two_views_of_a_room_speak_for_each_other() -> None:
    rooms = [slate(n, scene=n // 3, products=(n % 3, 50 + n)) for n in range(6)]
    alone = slate(6, scene=9, products=(0, 90))
    rows = signals_of([*rooms, alone])
    best = NAMES.index("shared with the most alike scene")
    assert rows[0][best] == pytest.approx(math.log(3))
    assert rows[6][best] == 0.0


def test_products_of_one_photo_are_no_rivals() -> None:
    assert slate(1, 1, (1, 2, 3), groups=("a", "a", "")).margin == pytest.approx(0.2)
    assert slate(1, 1, (1, 2), groups=("", "")).margin == pytest.approx(0.1)
    assert slate(1, 1, (1, 2), groups=("a", "a")).margin == pytest.approx(0.9)
    assert slate(1, 1, (1,)).margin == pytest.approx(0.9)
    assert slate(1, 1, (1, 2), groups=("a", "a")).key == slate(2, 2, (2,), groups=("a",)).key


def test_nothing_to_look_at() -> None:
    assert signals_of([]).shape == (0, len(NAMES))


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_scores_at_the_ends_stay_finite(score: float) -> None:
    assert all(map(math.isfinite, signals_of([slate(1, 1, (1,), score=score)])[0]))
