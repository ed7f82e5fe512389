"""A simulated world of shoppers for ``rerank.py``: what is right, what is liked, and how people look at a list.

It shares no code with what it judges. Scenes hold products of known human grade. Visual similarity follows the grade, but
look-alikes resemble what they are not. What shoppers like is another matter: style, price, brand, something of the product's
own and something of the product in that scene, and what is right is liked better. Some look down a list position by position
(the position-based model), some stop at what they click (the cascade model), and some click the top because it is the top
(trust bias). New products arrive, and tastes turn.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class World:
    """All parameters of the world; ``--world FILE.json`` overrides any of them."""

    scenes: int = 160
    products: int = 600
    per_scene: tuple[int, int] = (4, 9)
    styles: int = 6
    brands: int = 30
    exact: float = 0.35
    similar: float = 0.4
    look_alikes: float = 0.5
    """Of what is neither exact nor similar, the share that looks as if it were."""
    seen_noise: float = 0.13
    rate: float = 0.1
    """The usual probability that a product that is looked at is clicked."""
    right_matters: float = 0.5
    style_matters: float = 0.55
    price_matters: float = 0.35
    brand_matters: float = 0.25
    product_matters: float = 0.4
    couple_matters: float = 0.35
    bait: float = 0.15
    """The share of wrong products that are clicked as eagerly as the best: pretty, and not what the picture shows."""
    severity: float = 1.0
    cascades: float = 0.35
    """The share of shoppers who stop at what they click."""
    patience: float = 0.75
    trust: float = 0.02
    """What the first position adds to the probability of a click, whatever stands there; half as much at the second."""
    days: int = 21
    looks: int = 1500
    """Looks a day."""
    arriving: float = 0.01
    """The share of places that a new product takes each day."""
    turn_day: int = 12
    turn: float = 0.8
    """How far tastes turn on that day, from 0 to 1."""
    graded: float = 0.35
    """The share of scenes that people have graded when the first shopper comes."""
    graded_a_day: float = 0.01
    """The share of scenes for which people have time each day: so many gradings of a place as those hold places."""
    asked: str = "looks"
    """What people are asked to grade: ``chance`` for those very scenes, drawn by lot, or ``looks`` for as many places that the
    order asks about, as the product asks about what shoppers look at."""
    slips: float = 0.03

    @classmethod
    def read(cls, path: Path | None) -> World:
        """The usual world with what the file says otherwise; an unknown name is an error."""
        told = {} if path is None else json.loads(path.read_text(encoding="utf-8"))
        known = {each.name for each in fields(cls)}
        if unknown := sorted(set(told) - known):
            raise SystemExit(f"{path}: no such parameters: {', '.join(unknown)}; known are {', '.join(sorted(known))}")
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in told.items()})


@dataclass
class Place:
    """A product in a scene: its grade in [0, 1], what the models say of it, and what draws people to the couple."""

    number: int
    product: int
    gain: float
    similarity: float
    detector: float
    confidence: float
    words: float
    couple: float
    since: int
    graded: float | None = None


@dataclass
class Shoppers:
    """The world as it stands on a day."""

    world: World
    seed: int
    rng: np.random.Generator = field(init=False)
    scenes: list[list[Place]] = field(init=False)
    questions: int = field(init=False)
    """How many places people have time to grade today, where they are asked by looks."""

    def __post_init__(self) -> None:
        w = self.world
        self.rng = rng = np.random.default_rng([self.seed, 1])
        self.style = rng.normal(size=(w.products, w.styles)) / np.sqrt(w.styles)
        self.price = rng.normal(size=w.products)
        self.brand = rng.integers(w.brands, size=w.products)
        self.own = rng.normal(size=w.products)
        self.bait = rng.random(w.products) < w.bait
        self.brand_love = rng.normal(size=w.brands)
        self.taste = rng.normal(size=w.styles)
        self.next_taste = (1 - w.turn) * self.taste + w.turn * rng.normal(size=w.styles)
        self.price_taste = -1.0
        self.day = self.places = self.questions = 0
        self.hands = np.random.default_rng([self.seed, 3])
        self.known: dict[int, np.ndarray] = {}
        self.scenes = [
            [self._place(0) for _ in range(rng.integers(*w.per_scene, endpoint=True))] for _ in range(w.scenes)
        ]
        popularity = 1 / np.arange(1, w.scenes + 1) ** 0.8
        self.traffic = rng.permutation(popularity / popularity.sum())
        for scene in np.flatnonzero(rng.random(w.scenes) < w.graded):
            self._grade(int(scene))

    def morning(self, day: int) -> list[tuple[int, int]]:
        """Begin a day: returns the (scene, index) of places that new products took."""
        w, rng = self.world, self.rng
        self.day = day
        self.known.clear()
        if day == w.turn_day:
            self.taste, self.price_taste = self.next_taste, -0.3
        if day == 0:
            return []
        arrived = []
        for number, scene in enumerate(self.scenes):
            for index in range(len(scene)):
                if rng.random() < w.arriving:
                    scene[index] = self._place(day)
                    arrived.append((number, index))
        drawn = [int(scene) for scene in np.flatnonzero(rng.random(w.scenes) < w.graded_a_day)]
        # Drawn whoever is asked, so that the world is the same to the last product.
        said = [(place, grade) for scene in drawn for place, grade in self._said(scene)]
        self.questions = len(said) if w.asked == "looks" else 0
        if w.asked == "chance":
            for place, grade in said:
                place.graded = grade
        return arrived

    def ask(self, places: list[tuple[int, int]]) -> None:
        """Have people grade these (scene, index), as far as they have time today."""
        for scene, index in places[: self.questions]:
            place = self.scenes[scene][index]
            place.graded = self._grade_of(place, self.hands)
        self.questions -= min(len(places), self.questions)

    def visits(self) -> list[int]:
        """The scenes that the day's shoppers open, one after the other."""
        return [int(s) for s in self.rng.choice(self.world.scenes, size=self.world.looks, p=self.traffic)]

    def liking(self, scene: int) -> np.ndarray:
        """The probability that each place of a scene is clicked by one who looks at it."""
        if scene in self.known:
            return self.known[scene]
        w, places = self.world, self.scenes[scene]
        ids = [place.product for place in places]
        style = self.style[ids] @ self.taste
        right = np.array([1.0 if self.bait[p.product] and p.gain == 0 else p.gain for p in places]) - 0.5
        drawn = (
            2 * w.right_matters * right
            + w.style_matters * style
            + w.price_matters * self.price_taste * self.price[ids]
            + w.brand_matters * self.brand_love[self.brand[ids]]
            + w.product_matters * self.own[ids]
            + w.couple_matters * np.array([place.couple for place in places])
        )
        self.known[scene] = np.minimum(w.rate * np.exp(drawn), 0.9)
        return self.known[scene]

    def clicks(self, scene: int, shown: list[int], luck: np.random.Generator) -> tuple[list[int], int]:
        """What one shopper clicks of the places as shown, and how many of the first they had on their screen."""
        w, liking = self.world, self.liking(scene)
        cascade = luck.random() < w.cascades
        clicked, on_screen = [], len(shown)
        for position, index in enumerate(shown, start=1):
            if cascade:
                looks = position == 1 or luck.random() < w.patience
                if not looks:
                    break
            elif luck.random() >= position**-w.severity:
                continue
            chance = liking[index] + w.trust / position * (1 - liking[index])
            if luck.random() < chance:
                clicked.append(index)
                if cascade:
                    break
        return clicked, on_screen

    def gains(self, scene: int) -> list[float]:
        """The true human grades of a scene's places."""
        return [place.gain for place in self.scenes[scene]]

    def _place(self, day: int) -> Place:
        w, rng = self.world, self.rng
        drawn = rng.random()
        gain = 1.0 if drawn < w.exact else 0.6 if drawn < w.exact + w.similar else 0.0
        looks_like = 0.8 if gain == 0 and rng.random() < w.look_alikes else gain
        similarity = 0.45 + 0.35 * looks_like + w.seen_noise * rng.normal()
        detector = float(np.clip(0.75 + 0.1 * rng.normal() + 0.05 * gain, 0, 1))
        confidence = float(1 / (1 + np.exp(-(6 * (similarity - 0.55) + 0.5 * rng.normal()))))
        # Words around a scene name what it holds, now and then; a look-alike they do not name.
        words = float(np.clip(0.15 + 0.35 * gain * (rng.random() < 0.6) + 0.1 * rng.normal(), 0, 1))
        self.places += 1
        product, couple = int(rng.integers(w.products)), float(rng.normal())
        return Place(self.places, product, gain, similarity, detector, confidence, words, couple, day)

    def _grade(self, scene: int) -> None:
        for place, grade in self._said(scene):
            place.graded = grade

    def _said(self, scene: int) -> list[tuple[Place, float]]:
        return [(place, self._grade_of(place, self.rng)) for place in self.scenes[scene]]

    def _grade_of(self, place: Place, rng: np.random.Generator) -> float:
        slip = rng.random() < self.world.slips
        return float(rng.choice([0.0, 0.6, 1.0])) if slip else place.gain
