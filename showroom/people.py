"""Simulated annotators of known skill, and the simulated models whose proposals they judge. Pure, by seed.

What is simulated knows the truth of a scene; what is judged by it never does. A world is one JSON file::

    {"scenes": 150, "overlap": 3, ..., "models": {"missed": 0.06, ...}, "people": [{"name": "careful-1", "object": 0.97, ...}]}
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

Rect = tuple[float, float, float, float]
ON_IT = 0.5


@dataclass(frozen=True, slots=True)
class Thing:
    """One true object: box in image fractions, category and product."""

    box: Rect
    category: str
    product: str


@dataclass(frozen=True, slots=True)
class Guess:
    """What the simulated models say: a box, a category, a score, and products with the surest first."""

    box: Rect
    category: str
    score: float
    products: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Models:
    """How the simulated models err: shares in [0, 1]; ``top`` of the true products are first, ``slate`` are offered."""

    missed: float = 0.06
    false: float = 0.08
    shifted: float = 0.05
    category: float = 0.07
    top: float = 0.6
    listed: float = 0.9
    slate: int = 9


@dataclass(frozen=True, slots=True)
class Person:
    """One annotator. With chance ``looks`` they look at an object, else they keep what is shown.

    Looking, they answer each question rightly with its chance; ``finds`` is that of drawing what nobody proposed.
    ``spoils`` is the chance of answering wrongly on purpose, whatever they see.
    """

    name: str
    looks: float = 1.0
    object: float = 0.97
    category: float = 0.97
    product: float = 0.93
    finds: float = 0.8
    jitter: float = 0.02
    spoils: float = 0.0


PEOPLE = (
    *(Person(f"careful-{n}", looks=0.99, object=0.98, category=0.98, product=0.96 - 0.02 * n) for n in range(3)),
    *(Person(f"ordinary-{n}", looks=0.9, object=0.94, category=0.94, product=0.88 - 0.04 * n) for n in range(4)),
    *(Person(f"careless-{n}", looks=0.5 - 0.14 * n, object=0.88, category=0.9, product=0.8) for n in range(3)),
    Person("clumsy", looks=0.9, object=0.8, category=0.75, product=0.55, jitter=0.05),
    Person("adversary", spoils=0.9),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PeopleWorld:
    """All parameters of a simulated campaign."""

    scenes: int = 120
    gold_scenes: int = 40
    overlap: int = 3
    more_eyes: int = 3
    sure_at: float = 0.8
    gold_share: float = 0.15
    trick_share: float = 0.6
    pass_score: float = 0.6
    models: Models = field(default_factory=Models)
    people: tuple[Person, ...] = PEOPLE


def read_world(path: Path | None) -> PeopleWorld:
    """The world of a JSON file, with the defaults for what it leaves out. Raises ValueError that names a wrong key."""
    if path is None:
        return PeopleWorld()
    given = json.loads(path.read_text(encoding="utf-8"))
    given = _known(PeopleWorld, given, str(path))
    if "models" in given:
        given["models"] = Models(**_known(Models, given["models"], f"{path}: models"))
    if "people" in given:
        given["people"] = tuple(Person(**_known(Person, each, f"{path}: people")) for each in given["people"])
    return PeopleWorld(**given)


def _known(kind: type[Any], given: Mapping[str, Any], place: str) -> dict[str, Any]:
    names = {each.name for each in fields(kind)}
    if strange := sorted(set(given) - names):
        raise ValueError(f"{place}: {', '.join(strange)} is nothing it knows. Take of: {', '.join(sorted(names))}.")
    return dict(given)


def guesses(
    things: Sequence[Thing], products: Mapping[str, Sequence[str]], models: Models, chance: random.Random
) -> list[Guess]:
    """What the simulated models propose for a scene; ``products`` is the catalogue by category."""
    found = []
    for thing in things:
        if chance.random() < models.missed:
            continue
        box, category = _near(thing.box, 0.02, chance), thing.category
        if chance.random() < models.shifted:
            box = _beside(thing.box, chance)
        if chance.random() < models.category:
            category = chance.choice([each for each in products if each != category])
        slate = _slate(thing.product if category == thing.category else None, products[category], models, chance)
        found.append(Guess(box, category, chance.uniform(0.5, 1.0), slate))
    for _ in things:
        if chance.random() < models.false:
            category = chance.choice(list(products))
            left, top = chance.uniform(0, 0.8), chance.uniform(0, 0.8)
            box = (left, top, left + chance.uniform(0.06, 0.2), top + chance.uniform(0.06, 0.2))
            if all(overlap(box, thing.box) < 0.3 for thing in things):
                found.append(
                    Guess(box, category, chance.uniform(0.3, 0.8), _slate(None, products[category], models, chance))
                )
    return found


def answer(
    person: Person, guess: Guess, things: Sequence[Thing], products: Mapping[str, Sequence[str]], chance: random.Random
) -> Guess | None:
    """What a person makes of what is shown; None rejects it. ``products`` of an answer holds the one chosen."""
    true = max(things, key=lambda thing: overlap(thing.box, guess.box), default=None)
    near = overlap(true.box, guess.box) if true else 0.0
    if chance.random() < person.spoils:
        return _spoilt(guess, true if near >= ON_IT else None, products, chance)
    if chance.random() >= person.looks:
        return Guess(guess.box, guess.category, 1.0, guess.products[:1])
    is_there = true is not None and near >= 0.12
    if chance.random() >= person.object:
        is_there = not is_there
    if not is_there:
        return None
    if true is None or near < 0.12:
        return Guess(guess.box, guess.category, 1.0, guess.products[:1])
    box = guess.box if near >= ON_IT else _near(true.box, person.jitter, chance)
    category = true.category
    if chance.random() >= person.category:
        category = chance.choice([each for each in products if each != category])
    if category == true.category and chance.random() < person.product:
        return Guess(box, category, 1.0, (true.product,))
    offered = guess.products if category == guess.category else tuple(products[category])
    wrong = [each for each in offered if each != true.product] or list(products[category])
    # A slip takes what lies on top more often than what lies below.
    return Guess(box, category, 1.0, (wrong[0] if chance.random() < 0.5 else chance.choice(wrong),))


def drawn(person: Person, shown: Sequence[Rect], things: Sequence[Thing], chance: random.Random) -> list[Guess]:
    """The boxes a person draws around what nobody proposed."""
    missing = [thing for thing in things if all(overlap(thing.box, box) < 0.12 for box in shown)]
    return [
        Guess(_near(thing.box, person.jitter, chance), thing.category, 1.0, (thing.product,))
        for thing in missing
        if chance.random() < person.finds * (1 - person.spoils)
    ]


def overlap(a: Rect, b: Rect) -> float:
    """Intersection over union."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def _spoilt(
    guess: Guess, true: Thing | None, products: Mapping[str, Sequence[str]], chance: random.Random
) -> Guess | None:
    if true is None:
        return Guess(guess.box, guess.category, 1.0, guess.products[:1])
    if chance.random() < 0.3:
        return None
    wrong = [each for each in products[guess.category] if each != true.product]
    return Guess(guess.box, guess.category, 1.0, (chance.choice(wrong),))


def _slate(true: str | None, of: Sequence[str], models: Models, chance: random.Random) -> tuple[str, ...]:
    others = [each for each in of if each != true]
    slate = chance.sample(others, min(models.slate, len(others)))
    if true is not None and (first := chance.random()) < models.listed:
        slate.insert(0 if first < models.top else chance.randint(1, max(1, len(slate) - 1)), true)
    return tuple(slate[: models.slate])


def _near(box: Rect, jitter: float, chance: random.Random) -> Rect:
    width, height = box[2] - box[0], box[3] - box[1]
    left, right = (min(1.0, max(0.0, each + chance.gauss(0, jitter * width))) for each in (box[0], box[2]))
    top, bottom = (min(1.0, max(0.0, each + chance.gauss(0, jitter * height))) for each in (box[1], box[3]))
    return (left, top, right, bottom) if left < right and top < bottom else box


def _beside(box: Rect, chance: random.Random) -> Rect:
    width, height = box[2] - box[0], box[3] - box[1]
    left = min(max(0.0, box[0] + chance.choice((-1, 1)) * chance.uniform(0.4, 0.6) * width), 1.0 - width)
    top = min(max(0.0, box[1] + chance.choice((-1, 1)) * chance.uniform(0.2, 0.5) * height), 1.0 - height)
    return (left, top, left + width, top + height)
