"""An online ranker that learns what people click, with per-coordinate FTRL-Proximal (McMahan et al. 2013). Free of torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class FTRL:
    """Logistic regression, updated event by event; small enough to live in one JSON row.

    ``names`` fixes the order of the features; give a feature that is always 1 to have an intercept. ``alpha`` and ``beta``
    set the learning rate ``alpha / (beta + sqrt(n))`` of each coordinate, ``l1`` and ``l2`` the pull towards 0.
    """

    def __init__(
        self, names: Sequence[str], *, alpha: float = 0.1, beta: float = 1.0, l1: float = 0.0, l2: float = 1.0
    ) -> None:
        if len(set(names)) != len(names) or not names:
            raise ValueError(f"feature names must be unique and not empty, got {list(names)}")
        if alpha <= 0 or min(beta, l1, l2) < 0:
            raise ValueError("alpha must be positive; beta, l1 and l2 must not be negative")
        self.names = tuple(names)
        self.alpha, self.beta, self.l1, self.l2 = alpha, beta, l1, l2
        self._z: Floats = np.zeros(len(names))
        self._n: Floats = np.zeros(len(names))
        self.events = 0

    @property
    def weights(self) -> Floats:
        """The weight of each feature, ``(d,)``; exactly 0 where ``l1`` outweighs the evidence."""
        pulled = -(self._z - np.sign(self._z) * self.l1) / ((self.beta + np.sqrt(self._n)) / self.alpha + self.l2)
        return np.where(np.abs(self._z) <= self.l1, 0.0, pulled)

    def score(self, features: npt.ArrayLike) -> Floats:
        """The click probability of each row of ``(n, d)`` features, ``(n,)``."""
        return _sigmoid(self._rows(features) @ self.weights)

    def update(self, features: npt.ArrayLike, clicks: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Floats:
        """Learn from ``(n, d)`` features and ``(n,)`` clicks in {0, 1}, in order; ``weights`` scale each event's gradient.

        Returns the ``(n,)`` probabilities given before each event was learned from: an honest progressive validation.
        """
        rows = self._rows(features)
        y = _vector(clicks, len(rows), "clicks")
        scale = np.ones(len(rows)) if weights is None else _vector(weights, len(rows), "weights")
        if not np.isin(y, (0.0, 1.0)).all() or (scale < 0).any():
            raise ValueError("clicks must be 0 or 1 and weights must not be negative")
        told = np.empty(len(rows))
        for i, x in enumerate(rows):
            w = self.weights
            told[i] = _sigmoid(x @ w)
            gradient = (told[i] - y[i]) * scale[i] * x
            sigma = (np.sqrt(self._n + gradient**2) - np.sqrt(self._n)) / self.alpha
            self._z += gradient - sigma * w
            self._n += gradient**2
        self.events += len(rows)
        return told

    def to_dict(self) -> dict[str, object]:
        """The whole state as plain JSON values, read back by :meth:`from_dict`."""
        return {
            "names": list(self.names),
            "alpha": self.alpha,
            "beta": self.beta,
            "l1": self.l1,
            "l2": self.l2,
            "events": self.events,
            "z": self._z.tolist(),
            "n": self._n.tolist(),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, object]) -> FTRL:
        """Read what :meth:`to_dict` wrote. Raises ValueError where something is missing or of the wrong length."""
        try:
            names = _texts(record["names"])
            rates = {key: float(_vector([record[key]], 1, key)[0]) for key in ("alpha", "beta", "l1", "l2")}
            ranker = cls(names, **rates)
            ranker._z = _vector(record["z"], len(names), "z")
            ranker._n = _vector(record["n"], len(names), "n")
            ranker.events = int(_vector([record["events"]], 1, "events")[0])
        except KeyError as error:
            raise ValueError(f"ranker state lacks {error}; start from a new ranker or an older state") from error
        return ranker

    def _rows(self, features: npt.ArrayLike) -> Floats:
        rows = np.asarray(features, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != len(self.names):
            raise ValueError(f"features of shape {rows.shape}: the ranker takes (n, {len(self.names)}): {self.names}")
        if not np.isfinite(rows).all():
            raise ValueError(f"row {int(np.argwhere(~np.isfinite(rows))[0][0])} of the features is not finite")
        return rows


def rank(scores: npt.ArrayLike, relevance: npt.ArrayLike, *, floor: float) -> list[int]:
    """Order items by learned score, but never lift one that is not relevant: indices, best first.

    Items whose ``relevance`` is under ``floor`` come after all others, by relevance: what people click decides among
    right answers only. Ties keep the order given.
    """
    s = np.asarray(scores, dtype=np.float64)
    r = _vector(relevance, len(s), "relevance")
    below = r < floor
    return [int(i) for i in np.lexsort((np.where(below, -r, -s), below))]


def click_weights(clicks: npt.ArrayLike, propensities: npt.ArrayLike, *, clip: float = 10.0) -> Floats:
    """Inverse propensity weights (Joachims et al. 2017): a click at a place seldom looked at counts for more.

    ``propensities`` are the probabilities in (0, 1] that each event's position was examined. A click weighs
    ``1 / propensity``, at most ``clip`` so that one rare event cannot rule; what was not clicked weighs 1.
    """
    y = np.asarray(clicks, dtype=np.float64)
    p = _vector(propensities, len(y), "propensities")
    if (p <= 0).any() or (p > 1).any():
        raise ValueError("propensities must lie in (0, 1]")
    return np.where(y > 0, np.minimum(1 / p, clip), 1.0)


def _sigmoid(z: npt.ArrayLike) -> Floats:
    return np.asarray(np.exp(-np.logaddexp(0.0, -np.asarray(z, dtype=np.float64))))


def _vector(values: object, length: int, name: str) -> Floats:
    vector = np.array(values, dtype=np.float64)
    if vector.shape != (length,) or not np.isfinite(vector).all():
        raise ValueError(f"{name} must be {length} finite numbers, got shape {vector.shape}")
    return vector


def _texts(values: object) -> list[str]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError(f"feature names must be a list of texts, got {values!r}")
    return values
