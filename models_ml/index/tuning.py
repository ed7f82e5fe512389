"""Which engine a category gets, and how hard it tries: measured here and now, on the category's own vectors.

Exact search stands until the size from which an approximate one answers faster at the recall asked for; where that is
depends on the machine and on how the vectors lie, so it is timed. The queries are products moved as far as a crop of a
scene stands from its catalogue photo; the truth they are held against is an exact search.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import faiss
import numpy as np

from models_ml.index.engine import FaissEngine
from models_ml.index.facts import Facts
from models_ml.index.flat import FlatIndex
from models_ml.index.ground import Ids, VectorIndexError
from models_ml.index.hnsw import HnswIndex
from models_ml.index.ivf import IvfIndex
from models_ml.types import Vectors

SMALLEST_TRIAL = 256
LARGEST_TRIAL = 16_384
"""Sizes between which the crossover is looked for. Under the first every search takes microseconds."""
RACE = 8192
"""Vectors on which the two engines race."""
WORTH_IT = 1.2
"""How much faster than exact an approximate search must be."""
QUERIES = 256
CROP_COSINE = 0.8
"""How near a crop is to its product's photo: the trained embedder's crops lie between 0.7 and 0.9."""
EFFORTS = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1024)
PROBES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024)

Ladder = tuple[int, ...]


@dataclass(slots=True)
class Tuning:
    """What a search must find, and the size from which it may be approximate.

    ``recall``: least share of the true ``k`` nearest that a search must return, on average, when it is tuned.
    ``exact_below``: categories smaller than this are searched exactly; None: measured on the first category that is
    large enough to ask, and kept. ``engine``: ``"hnsw"`` or ``"ivf"`` for larger ones; None: the faster one, measured.
    """

    recall: float = 0.97
    k: int = 10
    exact_below: int | None = None
    engine: str | None = None
    seed: int = 0
    _size: int = field(default=SMALLEST_TRIAL, init=False, repr=False)
    _found: bool = field(default=False, init=False, repr=False)
    _kinds: dict[int, str] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if not 0 < self.recall <= 1 or self.k < 1:
            raise VectorIndexError(f"recall must be in (0, 1] and k at least 1, got {self.recall} and {self.k}")
        if self.engine not in {None, *ENGINES}:
            raise VectorIndexError(f"there is no engine {self.engine!r}; take one of {', '.join(ENGINES)}")

    def crossover(self, vectors: Vectors) -> int:
        """The size from which approximate search pays: as set, or measured on samples of these vectors and kept.

        Where they are too few to show it, the next size to try, which the next larger category does.
        """
        if self.exact_below is not None:
            return self.exact_below
        while not self._found and self._size <= min(len(vectors), LARGEST_TRIAL):
            if _pays(_sample(vectors, self._size, self.seed), self):
                self._found = True
            else:
                self._size *= 2
        return self._size

    def engine_for(self, ids: Ids, vectors: Vectors, facts: Facts) -> FaissEngine:
        """An engine that holds these products, tuned to the recall asked for."""
        rows = np.ascontiguousarray(vectors, dtype=np.float32)
        if len(rows) < self.crossover(rows):
            return _filled(FlatIndex(rows.shape[1]), ids, rows, facts)
        return tuned(_filled(ENGINES[self._kind(rows)](rows.shape[1]), ids, rows, facts), self)

    def recall_reached(self, engine: FaissEngine) -> float:
        """The share of the true ``k`` nearest that an engine finds for queries that it was not tuned by; 1 for an exact one."""
        if engine.exact or not len(engine):
            return 1.0
        asked = crops_like(engine.vectors, min(QUERIES, len(engine)), self.seed + 1)
        k = min(self.k, len(engine))
        return recall_of(engine.search(asked, k).ids, engine.search_exactly(asked, k).ids)

    def _kind(self, rows: Vectors) -> str:
        """The engine as set, or the faster one at this order of size, measured once."""
        if self.engine is not None:
            return self.engine
        order = min(len(rows), RACE).bit_length()
        if order not in self._kinds:
            self._kinds[order] = _faster(_sample(rows, RACE, self.seed), self)
        return self._kinds[order]


ENGINES: dict[str, Callable[[int], FaissEngine]] = {"ivf": IvfIndex, "hnsw": HnswIndex}


def tuned(engine: FaissEngine, tuning: Tuning) -> FaissEngine:
    """Set an engine to the least work that reaches the recall; to the most it can do where none does."""
    rows = engine.vectors
    asked = crops_like(rows, min(QUERIES, len(rows)), tuning.seed)
    k = min(tuning.k, len(rows))
    truth = engine.search_exactly(asked, k).ids
    for work in _ladder(engine):
        _set(engine, work)
        if recall_of(engine.search(asked, k).ids, truth) >= tuning.recall:
            break
    return engine


def crops_like(vectors: Vectors, n: int, seed: int) -> Vectors:
    """``n`` of these vectors, each turned away by an angle whose cosine is :data:`CROP_COSINE` in a random direction."""
    rng = np.random.default_rng(seed)
    base = vectors[rng.choice(len(vectors), n, replace=False)]
    aside = rng.standard_normal(base.shape)
    aside -= (aside * base).sum(axis=1, keepdims=True) * base
    aside /= np.linalg.norm(aside, axis=1, keepdims=True) + 1e-12
    turned = CROP_COSINE * base + (1 - CROP_COSINE**2) ** 0.5 * aside
    return np.asarray(turned / np.linalg.norm(turned, axis=1, keepdims=True), dtype=np.float32)


def recall_of(found: Ids, truth: Ids) -> float:
    """The mean share of the ids in each row of ``truth`` (-1 left out) that stand in the same row of ``found``."""
    hits = ((truth[:, :, None] == found[:, None, :]) & (truth[:, :, None] >= 0)).any(axis=2).sum()
    wanted = int((truth >= 0).sum())
    return float(hits / wanted) if wanted else 1.0


def _pays(rows: Vectors, tuning: Tuning) -> bool:
    """Whether approximate search of these vectors is worth it. Lists stand for both engines: they are sorted in no time."""
    ids, asked, facts = (
        np.arange(len(rows)),
        crops_like(rows, min(QUERIES, len(rows)), tuning.seed),
        Facts.unknown(len(rows)),
    )
    exact = _filled(FlatIndex(rows.shape[1]), ids, rows, facts)
    rival = tuned(_filled(ENGINES[tuning.engine or "ivf"](rows.shape[1]), ids, rows, facts), tuning)
    return _seconds(rival, asked, tuning.k) * WORTH_IT < _seconds(exact, asked, tuning.k)


def _faster(rows: Vectors, tuning: Tuning) -> str:
    """The engine that answers sooner on these vectors when both reach the recall."""
    asked, spent = crops_like(rows, min(QUERIES, len(rows)), tuning.seed), {}
    for name, make in ENGINES.items():
        engine = _filled(make(rows.shape[1]), np.arange(len(rows)), rows, Facts.unknown(len(rows)))
        spent[name] = _seconds(tuned(engine, tuning), asked, tuning.k)
    return min(spent, key=lambda name: spent[name])


def _seconds(engine: FaissEngine, asked: Vectors, k: int) -> float:
    """Processor seconds of a batch on one thread, the best of three: what others do on the machine counts little."""
    with one_thread():
        spent = []
        for _ in range(3):
            start = time.thread_time()
            engine.search(asked, k)
            spent.append(time.thread_time() - start)
    return min(spent)


@contextmanager
def one_thread() -> Iterator[None]:
    """FAISS on the calling thread alone, so that thread time is all its time."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def _ladder(engine: FaissEngine) -> Ladder:
    if isinstance(engine, IvfIndex):
        return (*(work for work in PROBES if work < engine.lists), engine.lists)
    return EFFORTS if isinstance(engine, HnswIndex) else (0,)


def _set(engine: FaissEngine, work: int) -> None:
    if isinstance(engine, IvfIndex):
        engine.probes = work
    elif isinstance(engine, HnswIndex):
        engine.effort = work


def _sample(vectors: Vectors, n: int, seed: int) -> Vectors:
    if len(vectors) <= n:
        return vectors
    return vectors[np.sort(np.random.default_rng(seed).choice(len(vectors), n, replace=False))]


def _filled(engine: FaissEngine, ids: Ids, rows: Vectors, facts: Facts) -> FaissEngine:
    engine.add(ids, rows, facts)
    return engine
