"""The words of a catalogue compared with those around a scene by their meaning, where a sentence encoder is given.

It answers what :class:`models_ml.product_texts.ProductTexts` does, and takes a scene's phrases from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models_ml.product_texts import ProductTexts, SceneText
from models_ml.sentences import SentenceEncoder
from models_ml.text import TEXT_LIMIT, Floats, Ints

SHARP = 0.05
"""Cosine by which a category must lie behind the one a phrase is nearest to for the phrase to mean it e times less."""


@dataclass(frozen=True, slots=True)
class SentenceTexts:
    """``vectors`` (n, dim) are those of the products' texts, in the order of ``plain.ids``; ``centres`` (categories, dim) the
    means of each category's, so that a product of it with a phrase gives the mean cosine."""

    plain: ProductTexts
    encoder: SentenceEncoder
    vectors: Floats
    centres: Floats

    @classmethod
    def build(cls, texts: Mapping[int, tuple[str, str]], encoder: SentenceEncoder) -> SentenceTexts:
        """Read ``{product id: (category, text)}``."""
        plain = ProductTexts.build(texts)
        vectors = encoder.encode([texts[key][1][:TEXT_LIMIT] for key in plain.ids.tolist()])
        kinds = range(len(plain.slugs))
        centres = np.array([vectors[plain.category == kind].mean(axis=0) for kind in kinds], dtype=np.float32)
        return cls(plain, encoder, vectors, centres.reshape(len(plain.slugs), encoder.dim))

    def fits(self, scene: SceneText, ids: Sequence[int] | Ints) -> Floats:
        """How well each product's text fits each phrase of the scene, ``(ids, phrases)`` in [0, 1]: ``told * meant``.

        ``told`` is how much nearer to the phrase than the products of its category are on average, as a share of what there
        is left to come nearer; ``meant`` is 1 for the category whose centre is nearest to the phrase and falls off by
        :data:`SHARP`. A product that is not here fits nothing.
        """
        wanted, phrases = np.asarray(ids, dtype=np.int64), self.plain.phrases(scene)
        if not phrases or not len(wanted) or not len(self.vectors):
            return np.zeros((len(wanted), len(phrases)), dtype=np.float32)
        found = np.searchsorted(self.plain.ids, wanted).clip(max=len(self.plain.ids) - 1)
        here = np.flatnonzero(self.plain.ids[found] == wanted)
        rows, spoken = found[here], self.encoder.encode(phrases)
        usual = self.centres @ spoken.T
        meant = np.exp((usual - usual.max(axis=0)) / SHARP)
        kinds = self.plain.category[rows]
        told = (self.vectors[rows] @ spoken.T - usual[kinds]) / (1 - usual[kinds]).clip(min=1e-6)
        fits = np.zeros((len(wanted), len(phrases)), dtype=np.float32)
        fits[here] = (told * meant[kinds]).clip(0, 1)
        return fits

    def named(self, scene: SceneText) -> dict[str, float]:
        """How much the words name each category, in [0, 1]: the largest nearness of a phrase to its centre, the nearest."""
        phrases = self.plain.phrases(scene)
        if not phrases or not len(self.vectors):
            return {}
        usual = self.centres @ self.encoder.encode(phrases).T
        best = np.where(usual >= usual.max(axis=0), usual, 0).max(axis=1).clip(0, 1)
        return {slug: float(value) for slug, value in zip(self.plain.slugs, best, strict=True) if value > 0}
