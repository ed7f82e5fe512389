"""The door to ``models_ml.reranking``: what the live re-ranker sees of a tag, how it orders, and how a version is fitted."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from labeling.annotation.models import Grade
from labeling.serving.evidence import NOTHING, HeldOut, Lesson, Record, Showing
from labeling.serving.offers import Offer
from labeling.tags.models import Tag
from models_ml.reranking import (
    Lessons,
    Merit,
    Reranker,
    RerankerReport,
    Value,
    defaults,
    examination_fit,
    fit,
    lessons_read,
    lessons_write,
    ndcg_at,
    snips,
)
from models_ml.reranking.merit import Floats, shrunk
from models_ml.text import words_of

FEATURES = (
    "always",
    "similarity",
    "confidence",
    "detector",
    "by people",
    "exact",
    "words",
    "area",
    "priced",
    "price",
    "brand",
    "category",
    "popularity",
    "pairs",
    "new",
    "graded",
)
GAINS = {Grade.EXACT.value: 1.0, Grade.SIMILAR.value: 0.6, Grade.NONE.value: 0.0}
USUAL_GAIN = 0.6
RELEVANCE_FLOOR = defaults.FLOOR
POSITIONS = 12
USUAL_RATE = 0.05
SHRINKAGE = 5.0
"""Takings that the usual rate is worth before a product, a brand or a category counts as liked or not."""
NEW_DAYS = 7.0
HALF_LIFE_DAYS = 14.0
"""After so long what shoppers did counts half: tastes turn."""
LEAST_SEEN = 3.0
"""Looks that a record needs before it moves anything: fewer are an accident."""
SLACK = defaults.SLACK
AT_RISK = 1.5 * SLACK
"""How much of nDCG@5, over all looks, may hang on one product that nobody judged: what people judged gains some back."""
BEST_DCG = sum(1 / math.log2(place + 1) for place in range(1, 6))
"""The discounted gain of five products that are all right."""
LEAST_CLIMB = 2
"""However much a scene is looked at, clicks move something there."""
COLD_WEIGHTS = {"always": math.log(USUAL_RATE), "similarity": 1.0, "confidence": 2.0, "by people": 2.0}
COLD = Reranker(FEATURES, Merit(np.array([COLD_WEIGHTS.get(name, 0.0) for name in FEATURES]), 4.0), None)
"""Before anything was learned: the surer, the better."""

State = Mapping[str, Any]


@dataclass(frozen=True)
class Ranking:
    """A version of the ranking, ready to order: its models, and what it knows of positions, brands, categories and prices;
    ``looked`` is how often anything was looked at, as far as it had not faded: the sum of ``Record.seen``."""

    model: Reranker = COLD
    rate: float = USUAL_RATE
    examination: tuple[float, ...] = ()
    brands: Mapping[str, float] = field(default_factory=dict)
    categories: Mapping[str, float] = field(default_factory=dict)
    prices: Mapping[str, Sequence[float]] = field(default_factory=dict)
    looked: float = 0.0

    @classmethod
    def of(cls, state: State) -> Ranking:
        """From the JSON of a :class:`~labeling.serving.models.RankerState`; from none, the ranking that knows nothing yet."""
        if not state:
            return cls()
        return cls(
            Reranker.from_dict(state["model"]),
            float(state["rate"]),
            tuple(state["examination"]),
            state["brands"],
            state["categories"],
            state["prices"],
            float(state.get("looked", 0.0)),
        )

    def to_state(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "model": self.model.to_dict(),
            "rate": self.rate,
            "examination": list(self.examination),
            "brands": dict(self.brands),
            "categories": dict(self.categories),
            "prices": {key: list(value) for key, value in self.prices.items()},
            "looked": self.looked,
        }


class Ranked(NamedTuple):
    """An offer where it stands, with the probability in (0, 1] that it was to stand there."""

    offer: Offer
    chance: float


def features_of(
    offers: Sequence[Offer], records: Sequence[Record], ranking: Ranking, *, now: datetime | None = None
) -> Floats:
    """Tags as the re-ranker sees them, ``(n, len(FEATURES))``."""
    now = now or datetime.now(UTC)
    known = [
        (
            1.0,
            max(offer.similarity, 0.0),
            offer.confidence or 0.0,
            offer.detector,
            float(offer.source != Tag.Source.MODEL),
            float(offer.grade == Grade.EXACT),
            words_shared(offer.context, offer.title),
            math.sqrt((offer.box.right - offer.box.left) * (offer.box.bottom - offer.box.top)),
            float(offer.price is not None),
            _price(offer, ranking),
            ranking.brands.get(offer.brand, 0.0),
            ranking.categories.get(offer.category, 0.0),
            _liking(record.seen_elsewhere, record.taken_elsewhere, ranking.rate),
            math.log1p(record.pairs),
            2.0 ** (-max((now - offer.since).total_seconds(), 0.0) / (NEW_DAYS * 86400)),
            0.0 if record.gain is None else record.gain - USUAL_GAIN,
        )
        for offer, record in zip(offers, records, strict=True)
    ]
    return np.array(known, np.float64).reshape(len(offers), len(FEATURES))


def rank(
    offers: Sequence[Offer],
    records: Mapping[int, Record],
    ranking: Ranking,
    *,
    seed: str | None,
    explore: float = 0.0,
    now: datetime | None = None,
) -> list[Ranked]:
    """Offers in the order shoppers are likeliest to want them, ``records`` by tag.

    What is hardly relevant never climbs by clicks alone, what nobody judged climbs only so far in a scene that is looked at
    much, and what people graded ``none`` comes last whatever is done to it.
    With a ``seed`` rates are drawn (Thompson sampling), so that what is little known gets its turn, and a share ``explore`` of
    looks is shuffled outright; the seed alone decides, so that a repeat gives the same. Without, nothing is drawn.
    """
    if not offers:
        return []
    known = [records.get(offer.tag, NOTHING) for offer in offers]
    x = features_of(offers, known, ranking, now=now)
    told = ranking.model.foretold(x)
    right = np.array([relevance(offer, record) for offer, record in zip(offers, known, strict=True)])
    unjudged = np.array([unsaid(offer, record) for offer, record in zip(offers, known, strict=True)])
    if told is not None:
        right = np.where(unjudged, told, right)
    seen, taken = (np.array(column) for column in zip(*(record[:2] for record in known), strict=True))
    enough = seen >= LEAST_SEEN
    found = ranking.model.order(
        x,
        np.where(enough, seen, 0.0),
        np.where(enough, taken, 0.0),
        right,
        barred=np.array([record.gain == 0 for record in known]),
        reach=np.where(unjudged, _reach(known, ranking), math.inf),
        explore=explore,
        rng=None if seed is None else np.random.default_rng(_number(seed)),
    )
    return [Ranked(offers[i], float(found.chances[i])) for i in found.items.tolist()]


def unsaid(offer: Offer, record: Record) -> bool:
    """Whether automation alone put this product there, and nobody has judged it."""
    return record.gain is None and offer.source == Tag.Source.MODEL


def _reach(known: Sequence[Record], ranking: Ranking) -> float:
    """How many places a product that nobody judged may climb by what shoppers do above where people's word would have it.

    If it is not right at all, a climb of ``c`` places to the first costs 1 - 1 / log2(c + 2) of ``BEST_DCG``, in as many of all
    looks as are at this scene. That may not come to more than ``AT_RISK``. Most scenes are looked at so little that there is no
    limit; one that is looked at much is not bet on before people have judged what is there.
    """
    if ranking.model.relevance is None or ranking.looked <= 0:
        return math.inf
    share = min(sum(record.seen for record in known) / ranking.looked, 1.0)
    # Beyond a thousand places, which no look has, there is no limit; the power would soon be beyond any number.
    if share <= AT_RISK * BEST_DCG / 0.9:
        return math.inf
    return max(math.floor(2 ** (1 / (1 - AT_RISK * BEST_DCG / share)) - 2), LEAST_CLIMB)


def relevance(offer: Offer, record: Record = NOTHING) -> float:
    """How right the product is, in [0, 1]: what people said of it, else 1 for their own tags, else the calibrated confidence."""
    if record.gain is not None:
        return record.gain
    return 1.0 if offer.source != Tag.Source.MODEL else offer.confidence or 0.0


def examination(position: int, ranking: Ranking) -> float:
    """The chance that a shopper looks at the tag at ``position`` (from 1), in (0, 1]: as learned from the log, and before
    that 1 / position, the position-based click model with severity 1 (Joachims et al. 2017)."""
    learned = ranking.examination
    return learned[min(position, len(learned)) - 1] if learned else 1.0 / position


def words_shared(context: str, title: str) -> float:
    """How much of a product's title the words around the scene speak of, in [0, 1]; short words say nothing."""
    wanted = _words(title)
    return len(wanted & _words(context)) / len(wanted) if wanted and context else 0.0


@lru_cache(maxsize=1 << 15)
def _words(text: str) -> frozenset[str]:
    return frozenset(word for word in words_of(text) if len(word) > 2)


def _price(offer: Offer, ranking: Ranking) -> float:
    """How dear a product is among those of its category, in standard deviations of the log price; 0 where nobody knows."""
    usual = ranking.prices.get(f"{offer.category} {offer.currency}")
    if offer.price is None or offer.price <= 0 or usual is None:
        return 0.0
    return min(max((math.log(offer.price) - usual[0]) / usual[1], -3.0), 3.0)


def _liking(seen: float, taken: float, rate: float) -> float:
    return math.log((taken + SHRINKAGE) / (seen * rate + SHRINKAGE))


def _number(seed: str) -> int:
    return int.from_bytes(hashlib.blake2b(seed.encode(), digest_size=8).digest(), "big")


@dataclass(frozen=True, slots=True)
class Fitted:
    """A version, what its fit saw, and the lessons that make the very same models whenever they are fitted to."""

    ranking: Ranking
    report: RerankerReport
    lessons: Lessons


def version_fit(lessons: Sequence[Lesson], showings: Sequence[Showing], *, now: datetime, slack: float) -> Fitted:
    """Fit a version to all that is known at ``now``; the same lessons make the same version.

    ``slack`` is how much of nDCG@5 by people's word it may lose against the usual order. Raises ValueError where nobody has
    looked at anything yet.
    """
    seen = np.array([lesson.record.seen for lesson in lessons], np.float64)
    taken = np.array([lesson.record.taken for lesson in lessons], np.float64)
    if seen.sum() <= 0:
        raise ValueError("no lesson was seen: serve looks first")
    rate = (float(taken.sum()) + SHRINKAGE * USUAL_RATE) / (float(seen.sum()) + SHRINKAGE)
    offers = [lesson.offer for lesson in lessons]
    ranking = Ranking(
        rate=rate,
        examination=_examined(showings),
        brands=_likings([offer.brand for offer in offers], seen, taken, rate),
        categories=_likings([offer.category for offer in offers], seen, taken, rate),
        prices=_prices(offers),
        looked=float(seen.sum()),
    )
    x = features_of(offers, [lesson.record for lesson in lessons], ranking, now=now)
    gains, sure, usual = (np.array(column) for column in zip(*(lesson[2:] for lesson in lessons), strict=True))
    scenes = np.array([offer.scene for offer in offers], np.float64)
    frozen = Lessons(FEATURES, x, seen, taken, gains, sure, scenes, usual)
    model, report = _fit(frozen, slack)
    return Fitted(replace(ranking, model=model), report, frozen)


def lessons_keep(fitted: Fitted, folder: Path) -> str:
    """Keep the lessons of a version in a file named by what it holds; returns the name."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{fitted.report.digest}.jsonl"
    if not path.exists():
        draft = path.with_suffix(".draft")
        lessons_write(fitted.lessons, draft)
        draft.replace(path)
    return path.name


def version_refit(path: Path, *, slack: float) -> dict[str, object]:
    """The models that kept lessons make, as they stand in the state of their version."""
    return _fit(lessons_read(path), slack)[0].to_dict()


def worth(scenes: Sequence[HeldOut], ranking: Ranking | None) -> Value:
    """What the order of this ranking, or with none the usual one, would have brought an impression of the looks that are held
    out, none of whose events are in the records it is given.

    All tags of a look are ordered, those too that nobody saw: one that was seen agrees where it would stand where it stood.
    """
    rewards, chances, agrees = [], [], []
    for held in scenes:
        if ranking is None:
            wanted = sorted(held.offers, key=lambda offer: (-relevance(offer), offer.tag))
        else:
            wanted = [ranked.offer for ranked in rank(held.offers, held.records, ranking, seed=None)]
        place = {offer.tag: position for position, offer in enumerate(wanted, start=1)}
        for impression in held.impressions:
            rewards.append(impression.reward)
            chances.append(impression.chance)
            agrees.append(place[impression.tag] == impression.position)
    return snips(np.array(rewards, np.float64), np.array(chances, np.float64), np.array(agrees, bool))


def human_ndcg5(lessons: Sequence[Lesson], ranking: Ranking) -> tuple[float | None, float | None, int]:
    """nDCG@5 by people's word of the usual order and of a ranking's, as if nobody had graded yet, over the scenes where
    products at two tags or more have grades that differ; with how many those are. None and None for none."""
    scenes: dict[int, list[Lesson]] = {}
    for lesson in lessons:
        if lesson.sure >= 1:
            scenes.setdefault(lesson.offer.scene, []).append(lesson)
    judged = [each for each in scenes.values() if len({lesson.gain for lesson in each}) > 1]
    if not judged:
        return None, None, 0
    usual, ranked = [], []
    for each in judged:
        gains = {lesson.offer.tag: lesson.gain for lesson in each}
        usual.append(ndcg_at(5, [lesson.gain for lesson in sorted(each, key=lambda lesson: -lesson.usual)]))
        unsaid = {lesson.offer.tag: lesson.record._replace(gain=None) for lesson in each}
        order = rank([lesson.offer for lesson in each], unsaid, ranking, seed=None)
        ranked.append(ndcg_at(5, [gains[one.offer.tag] for one in order]))
    return float(np.mean(usual)), float(np.mean(ranked)), len(judged)


def _fit(lessons: Lessons, slack: float) -> tuple[Reranker, RerankerReport]:
    return fit(lessons, told_by=defaults.TOLD_BY, slack=slack, floor=RELEVANCE_FLOOR)


def _examined(showings: Sequence[Showing]) -> tuple[float, ...]:
    tags, positions = (np.array([showing[i] for showing in showings], np.int64) for i in (0, 1))
    shown, taken = (np.array([showing[i] for showing in showings], np.float64) for i in (2, 3))
    return tuple(examination_fit(tags, positions, taken, shown, count=POSITIONS).tolist())


def _likings(names: Sequence[str], seen: Floats, taken: Floats, rate: float) -> dict[str, float]:
    """How much better than usual each brand or category is taken, as a logarithm, shrunk towards 0."""
    known, of = np.unique(np.array(names, dtype=object).astype(str), return_inverse=True)
    had, looked = (np.asarray(np.bincount(of, column), np.float64) for column in (taken, seen))
    told = np.log(shrunk(had, looked, rate, SHRINKAGE))
    return {name: float(value) for name, value in zip(known.tolist(), told.tolist(), strict=True) if name}


def _prices(offers: Collection[Offer]) -> dict[str, list[float]]:
    """Mean and standard deviation of the log price of each category and currency with at least five prices."""
    logs: dict[str, list[float]] = {}
    for offer in offers:
        if offer.price is not None and offer.price > 0:
            logs.setdefault(f"{offer.category} {offer.currency}", []).append(math.log(offer.price))
    return {key: [float(np.mean(v)), max(float(np.std(v)), 0.1)] for key, v in logs.items() if len(v) >= 5}
