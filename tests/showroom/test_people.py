"""Simulated people are as skilled as they are said to be, and simulated models err as often."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from showroom.people import Guess, Models, Person, Thing, answer, drawn, guesses, overlap, read_world

PRODUCTS = {name: [f"{name}-{n}" for n in range(20)] for name in ("sofa", "lamp", "rug")}
THINGS = [
    Thing((0.1, 0.1, 0.4, 0.5), "sofa", "sofa-3"),
    Thing((0.6, 0.6, 0.9, 0.95), "lamp", "lamp-7"),
    Thing((0.5, 0.05, 0.7, 0.3), "rug", "rug-0"),
]
SHOWN = Guess((0.1, 0.1, 0.41, 0.5), "sofa", 0.9, ("sofa-1", "sofa-3", "sofa-5"))
TIMES = 4000


def said(person: Person, shown: Guess = SHOWN, *, seed: int = 1) -> list[Guess | None]:
    chance = random.Random(seed)
    return [answer(person, shown, THINGS, PRODUCTS, chance) for _ in range(TIMES)]


def share(person: Person, shown: Guess, right: Guess) -> float:
    good = [
        each
        for each in said(person, shown)
        if each and (each.category, each.products[:1]) == (right.category, right.products)
    ]
    return len(good) / TIMES


RIGHT = Guess(SHOWN.box, "sofa", 1.0, ("sofa-3",))


def test_it_works() -> None:
    sure = Person("sure", object=1.0, category=1.0, product=1.0)
    assert share(sure, SHOWN, RIGHT) == 1.0
    assert share(Person("p", object=1.0, category=1.0, product=0.7), SHOWN, RIGHT) == pytest.approx(0.7, abs=0.03)
    assert share(Person("o", object=0.8, category=0.9, product=1.0), SHOWN, RIGHT) == pytest.approx(0.72, abs=0.03)


def test_who_does_not_look_keeps_what_is_shown() -> None:
    blind = said(Person("blind", looks=0.0))
    assert {(each.box, each.category, each.products) for each in blind if each} == {(SHOWN.box, "sofa", ("sofa-1",))}
    half = said(Person("half", looks=0.5, object=1.0, category=1.0, product=1.0))
    assert sum(each is not None and each.products == ("sofa-3",) for each in half) / TIMES == pytest.approx(
        0.5, abs=0.03
    )


def test_an_adversary_is_wrong_on_purpose() -> None:
    foe = Person("foe", spoils=1.0)
    assert share(foe, SHOWN, RIGHT) == 0.0
    nothing = Guess((0.02, 0.7, 0.1, 0.9), "lamp", 0.4, ("lamp-1",))
    assert all(each is not None for each in said(foe, nothing))
    assert all(each is None for each in said(Person("sure", object=1.0), nothing))


def test_a_careful_person_moves_a_box_that_is_off() -> None:
    off = Guess((0.25, 0.3, 0.55, 0.7), "sofa", 0.9, SHOWN.products)
    sure = Person("sure", object=1.0, category=1.0, product=1.0)
    assert all(each and overlap(each.box, THINGS[0].box) > 0.8 for each in said(sure, off))


def test_what_nobody_proposed_is_drawn() -> None:
    chance = random.Random(4)
    found = [drawn(Person("p", finds=0.6), [SHOWN.box], THINGS, chance) for _ in range(TIMES)]
    assert sum(map(len, found)) / (2 * TIMES) == pytest.approx(0.6, abs=0.03)
    assert {each.category for some in found for each in some} == {"lamp", "rug"}


def test_models_err_as_often_as_they_are_told() -> None:
    chance, models = random.Random(6), Models(missed=0.1, false=0.0, shifted=0.1, category=0.2, top=0.5, listed=0.8)
    found = [guesses(THINGS, PRODUCTS, models, chance) for _ in range(TIMES)]
    flat = [guess for some in found for guess in some]
    assert len(flat) / (3 * TIMES) == pytest.approx(0.9, abs=0.02)
    true = [max(THINGS, key=lambda thing: overlap(thing.box, guess.box)) for guess in flat]
    named = [guess.category == thing.category for guess, thing in zip(flat, true, strict=True)]
    assert sum(named) / len(flat) == pytest.approx(0.8, abs=0.03)
    right = [(guess, thing) for guess, thing, good in zip(flat, true, named, strict=True) if good]
    assert sum(guess.products[0] == thing.product for guess, thing in right) / len(right) == pytest.approx(
        0.5, abs=0.03
    )
    assert sum(thing.product in guess.products for guess, thing in right) / len(right) == pytest.approx(0.8, abs=0.03)
    assert all(len(set(guess.products)) == len(guess.products) == 9 for guess in flat)


def test_a_world_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "world.json"
    path.write_text(json.dumps({"scenes": 5, "models": {"top": 0.1}, "people": [{"name": "p", "looks": 0.2}]}))
    world = read_world(path)
    assert (world.scenes, world.models.top, world.people) == (5, 0.1, (Person("p", looks=0.2),))
    assert read_world(None).scenes == 120
    path.write_text(json.dumps({"people": [{"name": "p", "skill": 0.2}]}))
    with pytest.raises(ValueError, match="people: skill is nothing it knows"):
        read_world(path)
