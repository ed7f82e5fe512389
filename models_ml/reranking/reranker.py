"""One version of the ranking: both models, how much people's word weighs, and the fit that makes it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt

from models_ml.reranking.lessons import Lessons
from models_ml.reranking.merit import Floats, Merit, merit_fit
from models_ml.reranking.offline import ndcg_at
from models_ml.reranking.ordering import Ints, Order, order
from models_ml.reranking.relevance import relevance_fit, relevance_of

Bools = npt.NDArray[np.bool_]

PULLS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0)
DEPTH = 5
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Reranker:
    """``relevance`` holds the weights learned from people's decisions, None before there are enough; ``pull`` is the power
    at which relevance multiplies the rate, ``floor`` the relevance that an item needs to be moved by engagement at all."""

    names: tuple[str, ...]
    merit: Merit
    relevance: Floats | None
    pull: float = 1.0
    floor: float = 0.5

    def order(
        self,
        features: Floats,
        seen: Floats,
        taken: Floats,
        relevance: Floats,
        *,
        barred: Bools | None = None,
        reach: Floats | None = None,
        explore: float = 0.0,
        rng: np.random.Generator | None = None,
    ) -> Order:
        """Order the items ``(n, d)`` of a list by their records and ``relevance`` (n,): see :func:`ordering.order`."""
        shape, rate = self.merit.posterior(features, seen, taken)
        of = np.zeros(len(seen), np.int64)
        return order(
            shape, rate, relevance, lists=of, floor=self.floor, pull=self.pull, barred=barred, reach=reach, explore=explore,
            rng=rng,
        )  # fmt: skip

    def foretold(self, features: Floats) -> Floats | None:
        """The gain that people would give each item, in [0, 1]; None before it was learned."""
        return None if self.relevance is None else relevance_of(features, self.relevance)

    def to_dict(self) -> dict[str, object]:
        """All of it as plain JSON values, read back by :meth:`from_dict`."""
        return {
            "names": list(self.names),
            "merit": self.merit.weights.tolist(),
            "kappa": self.merit.kappa,
            "relevance": None if self.relevance is None else self.relevance.tolist(),
            "pull": self.pull,
            "floor": self.floor,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, object]) -> Reranker:
        """Read what :meth:`to_dict` wrote. Raises ValueError where something is missing, not finite or of the wrong length."""
        try:
            names = record["names"]
            if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
                raise ValueError(f"the names of features must be texts, got {names!r}")
            d = len(names)
            told = record["relevance"]
            return cls(
                tuple(names),
                Merit(_vector(record["merit"], d, "merit"), float(_vector([record["kappa"]], 1, "kappa")[0])),
                None if told is None else _vector(told, d, "relevance"),
                *(float(_vector([record[key]], 1, key)[0]) for key in ("pull", "floor")),
            )
        except KeyError as error:
            raise ValueError(f"the ranking lacks {error}; fit it anew or go back to an older version") from error


@dataclass(frozen=True, slots=True)
class RerankerReport:
    """What a fit saw, and what it found on lists it had not learned from: the nDCG@5 by people's word of the ``usual`` order
    and of the new one (None without lists that people graded), and the log likelihood a taking gains by the features."""

    items: int
    seen: float
    taken: float
    graded: int
    kappa: float
    pull: float
    usual_ndcg5: float | None
    ndcg5: float | None
    lists_judged: int
    digest: str

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return asdict(self)


def fit(
    lessons: Lessons,
    *,
    told_by: Collection[str] | None = None,
    slack: float = 0.0,
    floor: float = 0.5,
    least_graded: int = 30,
) -> tuple[Reranker, RerankerReport]:
    """The version that these lessons make, always the same one.

    Rates are fitted to what was taken, relevance to what people said, each to its own: neither stands in for the other.
    ``told_by`` are the features that relevance may go by, None for all. How much relevance weighs in the order is then chosen
    as the least pull at which the new order is no worse, by people's word on held-out lists, than the usual one less
    ``slack``. Where none is, the greatest is taken. Raises ValueError where nothing has been seen.
    """
    merit = merit_fit(lessons.features, lessons.seen, lessons.taken)
    graded = lessons.sure > 0
    enough = int(graded.sum()) >= least_graded
    telling = np.array([told_by is None or name in told_by for name in lessons.names])
    relevance = _relevance(lessons, graded, telling) if enough else None
    made = Reranker(lessons.names, merit, relevance, 1.0, floor)
    groups = _judged(lessons)
    usual = new = None
    if groups:
        usual = _mean_ndcg(lessons, groups, -lessons.usual)
        rate, told = _held_out(lessons, made, telling, least_graded)
        for pull in PULLS:
            made = replace(made, pull=pull)
            liking = np.log(rate) + pull * np.log(np.maximum(told, 1e-12))
            new = _mean_ndcg(lessons, groups, np.where(told < floor, 1e6 - told, -liking))
            if new >= usual - slack:
                break
    return made, RerankerReport(
        items=len(lessons),
        seen=float(lessons.seen.sum()),
        taken=float(lessons.taken.sum()),
        graded=int(graded.sum()),
        kappa=merit.kappa,
        pull=made.pull,
        usual_ndcg5=usual,
        ndcg5=new,
        lists_judged=len(groups),
        digest=lessons.digest(),
    )


def _judged(lessons: Lessons) -> list[Ints]:
    """The graded items of each list that holds at least two, not all alike: an order can be right or wrong there.

    Items that nobody graded hold no place: what is measured is how the graded ones stand to each other.
    """
    graded = np.flatnonzero(lessons.sure >= 1)
    graded = graded[np.argsort(lessons.lists[graded], kind="stable")]
    starts = np.flatnonzero(np.diff(lessons.lists[graded])) + 1
    return [group for group in np.split(graded, starts) if len(group) > 1 and np.ptp(lessons.gains[group]) > 0]


def _held_out(lessons: Lessons, made: Reranker, telling: Bools, least_graded: int) -> tuple[Floats, Floats]:
    """The rate and the relevance of each item, as models say that were fitted without its list."""
    rate, relevance = np.ones(len(lessons)), np.full(len(lessons), 1.0)
    fold = lessons.lists.astype(np.int64) * 2654435761 % 2**32 % FOLDS
    for part in range(FOLDS):
        inside, rest = fold == part, fold != part
        if not inside.any():
            continue
        taught = lessons.seen[rest].sum() > 0
        merit = merit_fit(lessons.features[rest], lessons.seen[rest], lessons.taken[rest]) if taught else made.merit
        shape, scale = merit.posterior(lessons.features[inside], lessons.seen[inside], lessons.taken[inside])
        rate[inside] = shape / scale
        graded = rest & (lessons.sure > 0)
        if int(graded.sum()) >= least_graded:
            relevance[inside] = relevance_of(lessons.features[inside], _relevance(lessons, graded, telling))
    return rate, relevance


def _relevance(lessons: Lessons, graded: Bools, telling: Bools) -> Floats:
    """Weights of all features, 0 of those that may not tell."""
    weights = np.zeros(len(telling))
    weights[telling] = relevance_fit(lessons.features[graded][:, telling], lessons.gains[graded], lessons.sure[graded])
    return weights


def _mean_ndcg(lessons: Lessons, groups: list[Ints], keys: Floats) -> float:
    return float(
        np.mean([ndcg_at(DEPTH, lessons.gains[g[np.argsort(keys[g], kind="stable")]].tolist()) for g in groups])
    )


def _vector(values: object, length: int, name: str) -> Floats:
    vector = np.array(values, dtype=np.float64)
    if vector.shape != (length,) or not np.isfinite(vector).all():
        raise ValueError(f"{name} must be {length} finite numbers, got shape {vector.shape}")
    return vector
