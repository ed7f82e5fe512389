"""How much context is worth: slates of known boxes, the weight that suits them, and the gain with its interval."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models_ml.bootstrap import bootstrap
from models_ml.context import nearness, order
from models_ml.data import is_clear
from models_ml.embedding import Embedder
from models_ml.images import crop, open_image
from models_ml.manifest import Manifest, ManifestError
from models_ml.product_texts import ProductTexts, SceneText
from models_ml.retrieval_metrics import right_products
from models_ml.sentence_texts import SentenceTexts
from models_ml.text import Floats, Ints, product_text

ROUNDS = 5000
Texts = ProductTexts | SentenceTexts
"""The words of a catalogue, compared by their letters or by their meaning."""
WEIGHTS = tuple(round(0.01 * 1.2**step, 4) for step in range(24))


@dataclass(frozen=True, slots=True)
class Slate:
    """The products of a box's category by visual score, best first: positions in the manifest, cosines, and which are right."""

    scene: str
    category: str
    products: Ints
    scores: Floats
    right: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Gain:
    """Recall@1 inside the category without and with context over ``n`` boxes of ``scenes`` scenes.

    ``low`` to ``high`` is the 95 % interval of the ``gain``.
    """

    gain: float
    low: float
    high: float
    without: float
    with_context: float
    n: int
    scenes: int

    def record(self) -> dict[str, float]:
        """The JSON form, to four places."""
        return {key: round(value, 4) for key, value in asdict(self).items()}


def pack_texts(pack: Path) -> tuple[dict[str, SceneText], dict[str, str]]:
    """What is written around each scene, and about each product, of a pack that :class:`Manifest` has read."""
    scenes, products = {}, {}
    for line in _lines(pack / "scenes.jsonl"):
        boards = tuple(board for board in line.get("boards") or () if isinstance(board, str))
        scenes[str(line["id"])] = SceneText(_text(line, "title"), _text(line, "description"), boards)
    for line in _lines(pack / "products.jsonl"):
        products[str(line["id"])] = product_text(
            title=_text(line, "title") or _text(line, "name"),
            brand=_text(line, "brand"),
            description=_text(line, "description"),
            attributes=line.get("attributes"),
        )
    return scenes, products


def known_slates(embedder: Embedder, manifest: Manifest, gallery: Floats, split: str, depth: int) -> list[Slate]:
    """A slate for each clear object of a known product in the scenes of ``split``; ``gallery`` holds a vector a product."""
    position = {product.id: i for i, product in enumerate(manifest.products)}
    right = {name: [position[i] for i in alike] for name, alike in right_products(manifest).items()}
    inside: dict[str, list[int]] = defaultdict(list)
    for place, product in enumerate(manifest.products):
        inside[product.category].append(place)
    slates = []
    for scene in manifest.part(split).scenes:
        known = [item for item in scene.objects if item.product is not None and is_clear(item)]
        if not known:
            continue
        image = open_image(scene.image)
        for item, vector in zip(known, embedder.embed([crop(image, item.box) for item in known]), strict=True):
            category = manifest.products[position[str(item.product)]].category
            rivals = np.array(inside[category])
            scores = gallery[rivals] @ vector
            best = np.argsort(-scores, kind="stable")[:depth]
            answers = np.isin(rivals[best], right[str(item.product)])
            slates.append(Slate(scene.id, category, rivals[best], scores[best], answers))
    return slates


@dataclass(frozen=True, slots=True)
class Told:
    """The slates of one scene, and how well their products fit its phrases (:meth:`ProductTexts.fits`)."""

    slates: tuple[Slate, ...]
    fits: Floats

    def orders(self, weight: float) -> list[Ints]:
        """The new order of each slate."""
        near = nearness([slate.scores for slate in self.slates], self.fits, weight)
        return [order(slate.scores, mine, weight) for slate, mine in zip(self.slates, near, strict=True)]


def told_scenes(slates: Sequence[Slate], scenes: Mapping[str, SceneText], texts: Texts) -> list[Told]:
    """The slates scene by scene, with what is written around each; a scene that is not in ``scenes`` has no words."""
    by_scene: dict[str, list[Slate]] = defaultdict(list)
    for slate in slates:
        by_scene[slate.scene].append(slate)
    nothing = SceneText()
    return [
        Told(tuple(mine), texts.fits(scenes.get(name, nothing), np.concatenate([slate.products for slate in mine])))
        for name, mine in by_scene.items()
    ]


def fit_weight(told: Sequence[Told]) -> float:
    """The weight of context beside the cosine that gives these slates the best mean reciprocal rank, by line search.

    The smallest of the best, and 0 where none is better than the visual order.
    """
    best, chosen = mean_reciprocal_rank(told, 0.0), 0.0
    for weight in WEIGHTS:
        value = mean_reciprocal_rank(told, weight)
        if value > best + 1e-12:
            best, chosen = value, weight
    return chosen


def mean_reciprocal_rank(told: Sequence[Told], weight: float) -> float:
    """Over all slates, ``1 / rank`` of the first right product, and 0 where there is none."""
    values = [
        1 / (1 + int(slate.right[places].argmax())) if slate.right.any() else 0.0
        for scene in told
        for slate, places in zip(scene.slates, scene.orders(weight), strict=True)
    ]
    return float(np.mean(values)) if values else 0.0


def gain_of(told: Sequence[Told], weight: float, *, seed: int = 0, rounds: int = ROUNDS) -> Gain:
    """What context adds to recall@1, with a paired bootstrap interval: whole scenes are drawn, with both orders of each box."""
    if not told:
        raise ValueError("no box of a known product to judge context by; give a pack with known products")
    counts, without, with_context = np.zeros((3, len(told)))
    for i, scene in enumerate(told):
        counts[i] = len(scene.slates)
        without[i] = sum(slate.right[0] for slate in scene.slates)
        firsts = zip(scene.slates, scene.orders(weight), strict=True)
        with_context[i] = sum(slate.right[places[0]] for slate, places in firsts)
    change, total = with_context - without, counts.sum()
    low, high = bootstrap(lambda times: float(times @ change / (times @ counts)), len(told), rounds=rounds, seed=seed)
    return Gain(
        gain=float(change.sum() / total),
        low=low,
        high=high,
        without=float(without.sum() / total),
        with_context=float(with_context.sum() / total),
        n=int(total),
        scenes=len(told),
    )


def _lines(path: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (FileNotFoundError, ValueError) as error:
        raise ManifestError(f"{path}: no rows can be read ({error}); give a pack with scenes and products") from error


def _text(line: Mapping[str, object], name: str) -> str:
    value = line.get(name)
    return value if isinstance(value, str) else ""
