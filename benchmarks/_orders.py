"""The orders that ``rerank.py`` compares: each shows a scene's places, and learns as it would in production."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from _shoppers import Place, Shoppers

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = [f"word{n}" for n in range(10)]


class Visual:
    """What the models see as most alike first."""

    name = "visual order"

    def __init__(self, shoppers: Shoppers, seed: int) -> None:
        self.shoppers, self.seed = shoppers, seed

    def morning(self, arrived: list[tuple[int, int]]) -> None:
        """What it does before the day's first look."""

    def show(self, scene: int, look: int) -> list[int]:
        """The places of a scene in order."""
        places = self.shoppers.scenes[scene]
        return sorted(range(len(places)), key=lambda i: -places[i].similarity)

    def learn(self, scene: int, shown: list[int], clicked: list[int]) -> None:
        """What one look came to."""


class Oracle(Visual):
    """What is truly liked most first: nobody can know it, and regret is counted from it."""

    name = "oracle"

    def show(self, scene: int, look: int) -> list[int]:
        return [int(i) for i in np.argsort(-self.shoppers.liking(scene), kind="stable")]


class Upright(Oracle):
    """The same, with what is truly none last: the most that an order can earn which people would never fault for that."""

    name = "upright oracle"

    def show(self, scene: int, look: int) -> list[int]:
        gains = self.shoppers.gains(scene)
        return sorted(super().show(scene, look), key=lambda i: gains[i] == 0)


class Popularity(Visual):
    """The most clicked product first, as shops do."""

    name = "popularity"

    def __init__(self, shoppers: Shoppers, seed: int) -> None:
        super().__init__(shoppers, seed)
        self.clicks: dict[int, int] = defaultdict(int)

    def show(self, scene: int, look: int) -> list[int]:
        places = self.shoppers.scenes[scene]
        return sorted(range(len(places)), key=lambda i: (-self.clicks[places[i].product], -places[i].similarity))

    def learn(self, scene: int, shown: list[int], clicked: list[int]) -> None:
        for index in clicked:
            self.clicks[self.shoppers.scenes[scene][index].product] += 1


class RawClicks(Visual):
    """A logistic regression of clicks on what is known of a place and on its click rate so far, positions ignored, fitted
    anew every morning and followed without a doubt."""

    name = "raw clicks"

    def __init__(self, shoppers: Shoppers, seed: int) -> None:
        super().__init__(shoppers, seed)
        self.weights: np.ndarray | None = None
        self.rows: list[np.ndarray] = []
        self.outcomes: list[float] = []
        self.counts: dict[int, np.ndarray] = defaultdict(lambda: np.zeros(2))
        self.products: dict[int, np.ndarray] = defaultdict(lambda: np.zeros(2))

    def morning(self, arrived: list[tuple[int, int]]) -> None:
        if sum(self.outcomes) >= 20:
            x, y = np.array(self.rows[-60_000:]), np.array(self.outcomes[-60_000:])
            weights = np.zeros(x.shape[1]) if self.weights is None else self.weights
            for _ in range(8):
                p = 1 / (1 + np.exp(-x @ weights))
                curve = (x * (p * (1 - p))[:, None]).T @ x + np.eye(x.shape[1])
                weights = weights + np.linalg.solve(curve, x.T @ (y - p) - weights)
            self.weights = weights

    def show(self, scene: int, look: int) -> list[int]:
        if self.weights is None:
            return super().show(scene, look)
        scores = [float(self._row(place) @ self.weights) for place in self.shoppers.scenes[scene]]
        return sorted(range(len(scores)), key=lambda i: -scores[i])

    def learn(self, scene: int, shown: list[int], clicked: list[int]) -> None:
        places = self.shoppers.scenes[scene]
        for index in shown:
            place, hit = places[index], float(index in clicked)
            self.rows.append(self._row(place))
            self.outcomes.append(hit)
            self.counts[place.number] += (hit, 1.0)
            self.products[place.product] += (hit, 1.0)

    def _row(self, place: Place) -> np.ndarray:
        brand = self.shoppers.brand[place.product]
        own, product = self.counts[place.number], self.products[place.product]
        price = self.shoppers.price[place.product]
        rates = [math.log((c + 1) / (n + 10)) for c, n in (own, product)]
        return np.array([1.0, place.similarity, place.confidence, place.words, price, *rates, float(brand % 7 == 0)])


class Live(Visual):
    """Ours: the door that serves, with what production would have learned a few seconds ago."""

    name = "live re-ranker"

    def __init__(self, shoppers: Shoppers, seed: int, *, explore: float, every: int = 50) -> None:
        super().__init__(shoppers, seed)
        from labeling.serving import evidence, ranker, stakes

        self.evidence, self.stakes = evidence, stakes
        self.door, self.explore, self.every = ranker, explore, every
        self.ranking = ranker.Ranking()
        self.own: dict[int, np.ndarray] = defaultdict(lambda: np.zeros(2))
        self.products: dict[int, np.ndarray] = defaultdict(lambda: np.zeros(2))
        self.positions: dict[tuple[int, int], np.ndarray] = defaultdict(lambda: np.zeros(2))
        self.waiting: list[tuple[int, int, int, bool]] = []
        self.offers: dict[int, list[Any]] = {}
        self.looks = 0
        self.visits: dict[int, int] = defaultdict(int)
        self.reports: list[Any] = []

    def morning(self, arrived: list[tuple[int, int]]) -> None:
        for scene in {scene for scene, _ in arrived}:
            self.offers.pop(scene, None)
        self._settle()
        if self.shoppers.questions:
            self.shoppers.ask(self._asks())
        if sum(own[1] for own in self.own.values()) >= 20:
            lessons = [lesson for scene in range(len(self.shoppers.scenes)) for lesson in self._lessons(scene)]
            showings = [self.evidence.Showing(tag, at, *counts) for (tag, at), counts in self.positions.items()]
            fitted = self.door.version_fit(lessons, showings, now=self._now(), slack=self.door.SLACK)
            self.ranking = fitted.ranking
            self.reports.append(fitted.report)

    def show(self, scene: int, look: int) -> list[int]:
        offers = self._offers(scene)
        records = {
            offer.tag: self._record(offer, place)
            for offer, place in zip(offers, self.shoppers.scenes[scene], strict=True)
        }
        ranked = self.door.rank(
            offers, records, self.ranking, seed=f"{self.seed}/{look}", explore=self.explore, now=self._now()
        )
        place_of = {offer.tag: index for index, offer in enumerate(offers)}
        return [place_of[each.offer.tag] for each in ranked]

    def learn(self, scene: int, shown: list[int], clicked: list[int]) -> None:
        offers = self._offers(scene)
        for position, index in enumerate(shown, start=1):
            self.waiting.append((offers[index].tag, offers[index].product, position, index in clicked))
        self.looks += 1
        self.visits[scene] += 1
        if self.looks % self.every == 0:
            self._settle()

    def _settle(self) -> None:
        """Take in what has come since; older evidence fades as in production."""
        weight = 2.0 ** (self.shoppers.day / self.door.HALF_LIFE_DAYS)
        for tag, product, position, hit in self.waiting:
            seen = self.door.examination(position, self.ranking)
            told = np.array([seen, float(hit)]) * weight
            self.own[tag] += told
            self.products[product] += told
            self.positions[tag, min(position, self.door.POSITIONS)] += (1.0, float(hit))
        self.waiting.clear()

    def _asks(self) -> list[tuple[int, int]]:
        """The places that nobody judged, that on which most hangs first, as production asks about them."""
        hangs: list[tuple[float, int, int]] = []
        for scene, places in enumerate(self.shoppers.scenes):
            offers = self._offers(scene)
            records = {offer.tag: self._record(offer, place) for offer, place in zip(offers, places, strict=True)}
            told = self.stakes.stakes(
                offers, records, self.ranking, share=self.visits[scene] / self.looks, now=self._now()
            )
            hangs += [(told[o.tag], scene, index) for index, o in enumerate(offers) if o.tag in told]
        worth_it = [each for each in hangs if each[0] >= self.stakes.LEAST_STAKE]
        return [(scene, index) for _, scene, index in sorted(worth_it, key=lambda each: -each[0])]

    def _record(self, offer: Any, place: Place) -> Any:
        fade = 2.0 ** (-self.shoppers.day / self.door.HALF_LIFE_DAYS)
        own, product = self.own[offer.tag] * fade, self.products[offer.product] * fade
        elsewhere = product - own
        return self.evidence.Record(*own.tolist(), *np.maximum(elsewhere, 0.0).tolist(), place.graded, 0)

    def _lessons(self, scene: int) -> list[Any]:
        lessons = []
        for offer, place in zip(self._offers(scene), self.shoppers.scenes[scene], strict=True):
            gain, sure = (0.0, 0.0) if place.graded is None else (place.graded, 1.0)
            lessons.append(self.evidence.Lesson(offer, self._record(offer, place), gain, sure, place.similarity))
        return lessons

    def _offers(self, scene: int) -> list[Any]:
        if scene not in self.offers:
            self.offers[scene] = [self._offer(scene, place) for place in self.shoppers.scenes[scene]]
        return self.offers[scene]

    def _offer(self, scene: int, place: Place) -> Any:
        from labeling.serving.offers import Offer
        from models_ml.types import Box

        said = round(10 * place.words)
        return Offer(
            tag=place.number, scene=scene, product=place.product, box=Box(0.1, 0.1, 0.4, 0.4), grade="exact", source="model",
            confidence=place.confidence, detector=place.detector, similarity=place.similarity,
            external_id=str(place.product), title=" ".join(WORDS), brand=f"brand {self.shoppers.brand[place.product]}",
            price=Decimal(round(50 * math.exp(0.5 * self.shoppers.price[place.product]), 2)), currency="EUR", url="",
            image=None, category="sofa", category_name="Sofa", context=" ".join(WORDS[:said]),
            since=BEGIN + timedelta(days=place.since),
        )  # fmt: skip

    def _now(self) -> datetime:
        return BEGIN + timedelta(days=self.shoppers.day)
