"""Whether the words around a scene help to tell what its objects are: the weight of the category prior, and its gain.

A place where the detector holds several categories possible goes to the one of the best ``log-odds + weight * named``, where
``named`` in [0, 1] says how much the words name a category. Judged is the share of known objects that are found under their
own name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torchvision.ops import nms

from models_ml.bootstrap import bootstrap
from models_ml.boxes import as_array, box_iou
from models_ml.context_fit import ROUNDS, Gain
from models_ml.data import is_clear
from models_ml.detection import Detector
from models_ml.images import open_image
from models_ml.manifest import Manifest, ObjectEntry
from models_ml.product_texts import SceneText
from models_ml.types import Detection

WEIGHTS = (0.125, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
MIN_SCORE, DUPLICATE_IOU, FOUND_IOU = 0.2, 0.75, 0.5


class Namer(Protocol):
    """What says how much words name each category: ``ProductTexts`` or ``SentenceTexts``."""

    def named(self, scene: SceneText) -> dict[str, float]:
        """By category, in [0, 1]; one that is not named may be missing."""


@dataclass(frozen=True, slots=True)
class Possible:
    """All that a detector holds possible in one scene, what is known to stand there, and what its words name."""

    found: tuple[Detection, ...]
    known: tuple[ObjectEntry, ...]
    named: Mapping[str, float]

    def right(self, weight: float) -> int:
        """How many known objects are found under their own name when the words count ``weight``."""
        kept = settled(self.found, {name: weight * value for name, value in self.named.items()})
        if not kept or not self.known:
            return 0
        overlap = box_iou(as_array([item.box for item in self.known]), as_array([item.box for item in kept]))
        names = np.array([item.category for item in kept], dtype=object)
        own = np.array([item.category for item in self.known], dtype=object)[:, None] == names
        return int(((overlap >= FOUND_IOU) & own).any(axis=1).sum())


def settled(found: Sequence[Detection], leaning: Mapping[str, float]) -> list[Detection]:
    """Of detections of one place the one that :meth:`Detector.detect` would keep with this leaning (log-odds by category)."""
    if not found:
        return []
    odds = torch.tensor([item.score for item in found], dtype=torch.float64).logit(eps=1e-6)
    shifted = odds + torch.tensor([leaning.get(item.category, 0.0) for item in found])
    keep = nms(torch.tensor([item.box for item in found], dtype=torch.float64), shifted, DUPLICATE_IOU)
    return sorted((found[place] for place in keep.tolist()), key=lambda item: -item.score)


def possible_of(
    detector: Detector, manifest: Manifest, split: str, scenes: Mapping[str, SceneText], namer: Namer
) -> list[Possible]:
    """What the detector holds possible in each scene of ``split`` with clear objects."""
    judged = []
    for scene in manifest.part(split).scenes:
        known = tuple(item for item in scene.objects if is_clear(item))
        if known:
            picture = open_image(scene.image)
            [found] = detector.detect([picture], min_score=MIN_SCORE, max_detections=200, duplicate_iou=1.0)
            judged.append(Possible(tuple(found), known, namer.named(scenes.get(scene.id, SceneText()))))
    return judged


def told_anew(possible: Sequence[Possible], words: Sequence[SceneText], namer: Namer) -> list[Possible]:
    """The same scenes with other words around them."""
    return [Possible(scene.found, scene.known, namer.named(text)) for scene, text in zip(possible, words, strict=True)]


def fit_leaning(possible: Sequence[Possible]) -> float:
    """The smallest weight under which most objects bear their own name; 0 where none is better than the detector alone."""
    best, chosen = sum(scene.right(0.0) for scene in possible), 0.0
    for weight in WEIGHTS:
        if (right := sum(scene.right(weight) for scene in possible)) > best:
            best, chosen = right, weight
    return chosen


def leaning_gain(possible: Sequence[Possible], weight: float, *, seed: int = 0, rounds: int = ROUNDS) -> Gain:
    """What the words add to the share of objects found under their own name, with a paired bootstrap interval over scenes."""
    if not possible:
        raise ValueError("no known object to judge the category prior by; give a pack with known boxes")
    counts, without, with_words = (
        np.array(values, dtype=np.float64)
        for values in zip(*((len(s.known), s.right(0.0), s.right(weight)) for s in possible), strict=True)
    )
    change = with_words - without
    low, high = bootstrap(lambda times: float(times @ change / (times @ counts)), len(counts), rounds=rounds, seed=seed)
    total = counts.sum()
    return Gain(
        gain=float(change.sum() / total),
        low=low,
        high=high,
        without=float(without.sum() / total),
        with_context=float(with_words.sum() / total),
        n=int(total),
        scenes=len(possible),
    )
