"""What people wrote around a scene, as a second and cheap signal for which product a box shows. Free of torch.

A box's candidates come by visual score. Context orders them anew by ``score + weight * nearness``, where nearness in [0, 1] is
how well a product's own words fit a phrase of the scene's title, description or boards. So a scene without
words keeps the visual order, and words that mislead can only swap candidates whose scores lie less than ``weight`` apart.
"""

from __future__ import annotations

import json
import math
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models_ml.product_texts import ProductTexts, SceneText
from models_ml.text import Floats, Ints
from models_ml.types import Match

DEPTH = 50


class ContextError(ValueError):
    """A context file is missing, damaged or claims too much; the message names it and the remedy."""


@dataclass(frozen=True, slots=True)
class ContextModel:
    """How much context counts beside one embedder, and whether it does at all.

    ``weight`` is in units of cosine; ``depth`` is how many candidates are ordered anew; ``embedder`` the sha256 of the weights
    it was fitted beside; ``fitted`` and ``judged`` say on what, and what came of it. ``leaning`` are the log-odds that a
    category named outright gains where a detector holds several possible, 0 for none; ``named`` what came of that.
    """

    on: bool
    weight: float
    embedder: str
    depth: int = DEPTH
    fitted: Mapping[str, Any] = field(default_factory=dict)
    judged: Mapping[str, Any] = field(default_factory=dict)
    leaning: float = 0.0
    named: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def from_record(record: Mapping[str, Any], name: str = "context") -> ContextModel:
        """Rebuild from JSON. Raises :class:`ContextError` for what :meth:`record` cannot have written."""
        try:
            model = ContextModel(**{key: value for key, value in record.items() if key != "kind"})
            sound = record["kind"] == "context" and isinstance(model.on, bool) and 1 <= model.depth <= 1000
            if not sound or not math.isfinite(model.weight) or model.weight < 0:
                raise ValueError("a value is out of its range")
            if not math.isfinite(model.leaning) or model.leaning < 0:
                raise ValueError("its leaning is out of range")
            if (model.on and not model.judged["low"] > 0) or (model.leaning and not model.named["low"] > 0):
                raise ValueError("it is switched on although its gain is not proven")
        except (TypeError, KeyError, ValueError) as error:
            raise ContextError(f"{name} is no context model ({error}); fit it with models_ml.fit_context") from error
        return model

    @staticmethod
    def read(path: Path) -> ContextModel:
        """Read the file that :meth:`write` wrote."""
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise ContextError(f"{path} is missing; fit it with models_ml.fit_context") from error
        except ValueError as error:
            raise ContextError(f"{path} is not JSON ({error}); fit it with models_ml.fit_context") from error
        return ContextModel.from_record(record if isinstance(record, dict) else {}, str(path))

    def record(self) -> dict[str, Any]:
        """The JSON form."""
        return {"kind": "context", **asdict(self)}

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
        fresh.write_text(json.dumps(self.record(), indent=1, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")
        os.replace(fresh, path)


def nearness(scores: Sequence[Sequence[float] | Floats], fits: Floats, weight: float) -> list[Floats]:
    """How near each product of each slate of one scene is to what was written, in [0, 1].

    ``scores`` are the slates' cosines, none empty; ``fits`` (all products of all slates, phrases). A phrase speaks of one
    thing, so it counts in one slate alone: where it raises the best ``score + weight * fit`` most above the best score. A
    slate whose first product fits already thus explains the phrase, and the others stay as they are.
    """
    lengths = np.array([len(slate) for slate in scores], dtype=np.int64)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    if not len(ends) or not fits.shape[1]:
        return [np.zeros(length, dtype=np.float32) for length in lengths.tolist()]
    visual = np.concatenate([np.asarray(slate, dtype=np.float32) for slate in scores])
    raised = np.maximum.reduceat(visual[:, None] + weight * fits, starts) - np.maximum.reduceat(visual, starts)[:, None]
    owner = raised.argmax(axis=0)
    mine = np.repeat(np.arange(len(lengths)), lengths)[:, None] == owner
    near: Floats = np.where(mine, fits, 0).max(axis=1)
    return np.split(near, ends[:-1])


def order(scores: Sequence[float] | Floats, near: Floats, weight: float) -> Ints:
    """Positions of a slate, best first, by ``score + weight * near``; what is equal stays in the order given."""
    return np.argsort(-(np.asarray(scores, dtype=np.float64) + weight * near), kind="stable")


def rank_slates(
    slates: Sequence[Sequence[Match]], scene: SceneText, texts: ProductTexts, model: ContextModel, keep: int
) -> list[list[Match]]:
    """Each slate of one scene in its new order, cut to ``keep``. A match keeps its visual score; its rank is the new one."""
    offered = [slate for slate in slates if slate]
    scores = [[match.score for match in slate] for slate in offered]
    fits = texts.fits(scene, [match.product_id for slate in offered for match in slate])
    near = iter(nearness(scores, fits, model.weight))
    return [_ranked(slate, next(near), model.weight, keep) if slate else [] for slate in slates]


def _ranked(slate: Sequence[Match], near: Floats, weight: float, keep: int) -> list[Match]:
    places = order([match.score for match in slate], near, weight)[:keep].tolist()
    return [Match(slate[i].product_id, slate[i].score, rank) for rank, i in enumerate(places, start=1)]
