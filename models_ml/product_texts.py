"""The words of a catalogue, ready to be compared with those around a scene; kept beside an index.

texts = ProductTexts.build({7: ("sofa", "Alva 3-seat sofa, navy linen"), 9: ("sofa", "Dano sofa, sage velvet")})
texts.fits(SceneText(title="Our living room, with a navy sofa"), [9, 7])
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from models_ml.text import DIM, Floats, Ints, TextRows, features, words_of

BOARDS_LIMIT = 20
PHRASES_LIMIT = 64
PHRASE = 6
FEATURES_LIMIT = 64
LEAST_SHARE = 0.05
COMMON_SHARE, COMMON_CATEGORIES = 0.6, 0.75
DOUBT = 0.02
FILE = "texts.npz"

Phrase = dict[int, float]


class TextsError(ValueError):
    """The texts of an index are missing or damaged; the message names the file."""


@dataclass(frozen=True, slots=True)
class SceneText:
    """What people wrote about a scene; any of it may be empty, or wrong."""

    title: str = ""
    description: str = ""
    boards: tuple[str, ...] = ()

    @property
    def passages(self) -> tuple[str, ...]:
        """The texts that are not empty, each of which is read by itself."""
        return tuple(text for text in (self.title, self.description, *self.boards[:BOARDS_LIMIT]) if text.strip())


@dataclass(frozen=True, slots=True)
class ProductTexts:
    """What tells the products of each category apart by their words.

    ``rarity`` (dim,) is ``log((1 + n) / (0.5 + df))`` over all ``n`` products, 0 for what none has. A row of ``products``
    holds for each feature of the product the square of its rarity among the products of its own category (capped by the
    other): what all sofas have in common tells no sofa from another. A row of ``kinds`` holds the share of a category's
    products that have a feature. ``common`` are the columns of words such as "with" or "mit", at home in nearly all
    categories: a phrase ends there.
    """

    ids: Ints
    category: Ints
    slugs: tuple[str, ...]
    products: TextRows
    kinds: TextRows
    rarity: Floats
    common: Ints

    @classmethod
    def build(cls, texts: Mapping[int, tuple[str, str]], dim: int = DIM) -> ProductTexts:
        """Learn from ``{product id: (category, text)}``."""
        ids = sorted(texts)
        slugs = sorted({category for category, _ in texts.values()})
        number = {slug: i for i, slug in enumerate(slugs)}
        category = np.array([number[texts[key][0]] for key in ids], dtype=np.int64)
        held = [_masses(words_of(texts[key][1]), dim) for key in ids]
        of_kind: dict[int, Counter[int]] = defaultdict(Counter)
        for kind, masses in zip(category.tolist(), held, strict=True):
            of_kind[kind].update(masses.keys())
        sizes = Counter(category.tolist())
        overall: Counter[int] = sum(of_kind.values(), Counter())
        rarity = np.zeros(dim, dtype=np.float32)
        for column, count in overall.items():
            rarity[column] = _rarity(len(ids), count)
        rows = (
            _heaviest({c: min(_rarity(sizes[kind], of_kind[kind][c]), float(rarity[c])) ** 2 for c in masses}, masses)
            for kind, masses in zip(category.tolist(), held, strict=True)
        )
        shares = [{c: n / sizes[kind] for c, n in of_kind[kind].items()} for kind in range(len(slugs))]
        spread = Counter(c for kind in shares for c, share in kind.items() if share >= COMMON_SHARE)
        return cls(
            np.array(ids, dtype=np.int64),
            category,
            tuple(slugs),
            TextRows.of(rows),
            TextRows.of({c: share for c, share in kind.items() if share >= LEAST_SHARE} for kind in shares),
            rarity,
            np.array(sorted(c for c, n in spread.items() if n >= COMMON_CATEGORIES * len(slugs)), dtype=np.int64),
        )

    def fits(self, scene: SceneText, ids: Sequence[int] | Ints) -> Floats:
        """How well each product's words fit each phrase of the scene, ``(ids, phrases)`` in [0, 1].

        It is ``told * meant``. ``told`` is the share of the phrase's information (mass times squared rarity) that the
        product has and its category does not take for granted; ``meant`` says how much rather than of any other category
        the phrase speaks of the product's own, 1 for the one it fits best. A product that is not here fits nothing.
        """
        wanted = np.asarray(ids, dtype=np.int64)
        phrases = self._heard(scene)
        if not phrases or not len(wanted) or not len(self.ids):
            return np.zeros((len(wanted), len(phrases)), dtype=np.float32)
        # Two boxes of one category are offered the same products.
        distinct, back = np.unique(wanted, return_inverse=True)
        found = np.searchsorted(self.ids, distinct).clip(max=len(self.ids) - 1)
        here = np.flatnonzero(self.ids[found] == distinct)
        rows = found[here]
        place, spoken, meant = self._read(phrases)
        told = self.products.dense(rows, place, len(spoken)) @ spoken
        best = np.zeros((len(distinct), len(phrases)), dtype=np.float32)
        best[here] = (told * meant[self.category[rows]]).clip(0, 1)
        return best[back]

    def save(self, folder: Path) -> None:
        """Write ``texts.npz`` into the folder."""
        arrays: dict[str, Any] = {"ids": self.ids, "category": self.category, "common": self.common}
        arrays["slugs"] = np.array("\n".join(self.slugs))
        arrays["dim"] = np.array(len(self.rarity))
        arrays["seen"] = np.flatnonzero(self.rarity)
        arrays["rarity"] = self.rarity[arrays["seen"]]
        for name, rows in (("products", self.products), ("kinds", self.kinds)):
            arrays |= {f"{name}_starts": rows.starts, f"{name}_columns": rows.columns, f"{name}_weights": rows.weights}
        with (folder / FILE).open("wb") as file:
            np.savez(file, **arrays)

    @classmethod
    def load(cls, folder: Path) -> ProductTexts:
        """Read what :meth:`save` wrote. Raises :class:`TextsError`."""
        try:
            with np.load(folder / FILE) as arrays:
                products, kinds = (
                    TextRows(*(arrays[f"{name}_{part}"] for part in ("starts", "columns", "weights")))
                    for name in ("products", "kinds")
                )
                rarity = np.zeros(int(arrays["dim"]), dtype=np.float32)
                rarity[arrays["seen"]] = arrays["rarity"]
                slugs = tuple(str(arrays["slugs"]).split("\n"))
                return cls(arrays["ids"], arrays["category"], slugs, products, kinds, rarity, arrays["common"])
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise TextsError(f"{folder / FILE} cannot be read ({error}); build the index again") from error

    def phrases(self, scene: SceneText) -> list[str]:
        """Each run of words that say something; a long one in runs of ``PHRASE``, half of it shared with the next."""
        common, found = set(self.common.tolist()), []
        for passage in scene.passages:
            run: list[str] = []
            for word in [*words_of(passage), ""]:
                if word and features(word, len(self.rarity))[0][0] not in common:
                    run.append(word)
                    continue
                starts = range(0, max(len(run) - PHRASE // 2, 1 if run else 0), PHRASE // 2)
                found += [" ".join(run[start : start + PHRASE]) for start in starts]
                run = []
        return found[:PHRASES_LIMIT]

    def named(self, scene: SceneText) -> dict[str, float]:
        """How much the words name each category, in [0, 1]: over the phrases the largest share of one's information (mass times
        squared rarity) that the category's products usually have, where no other category has more of it."""
        phrases = self._heard(scene)
        if not phrases or not len(self.ids):
            return {}
        place, spoken, _ = self._read(phrases)
        shared = self._shared(place, spoken)
        best = np.where(shared >= shared.max(axis=0), shared, 0).max(axis=1).clip(0, 1)
        return {slug: float(value) for slug, value in zip(self.slugs, best, strict=True) if value > 0}

    def _heard(self, scene: SceneText) -> list[Phrase]:
        return [_masses(phrase.split(" "), len(self.rarity)) for phrase in self.phrases(scene)]

    def _shared(self, place: npt.NDArray[np.int32], spoken: Floats) -> Floats:
        """The share of each phrase's information that a category's products usually have, ``(categories, phrases)``."""
        kinds = self.kinds.dense(np.arange(len(self.kinds)), place, len(spoken))
        shares: Floats = kinds @ (spoken * self.rarity[np.flatnonzero(place >= 0)][:, None] ** 2)
        return shares

    def _read(self, phrases: Sequence[Phrase]) -> tuple[npt.NDArray[np.int32], Floats, Floats]:
        """Where the phrases' columns stand, their shares of information ``(columns, phrases)`` over squared rarity, and
        what they mean ``(categories, phrases)``."""
        used = np.array(sorted({column for phrase in phrases for column in phrase}))
        place = np.full(len(self.rarity), -1, dtype=np.int32)
        place[used] = np.arange(len(used), dtype=np.int32)
        spoken = np.zeros((len(used), len(phrases)), dtype=np.float32)
        for i, phrase in enumerate(phrases):
            spoken[place[list(phrase)], i] = list(phrase.values())
        # What no product has matches nothing and is as rare as can be.
        rarity = np.where(self.rarity[used] > 0, self.rarity[used], _rarity(len(self.ids), 0))
        spoken /= (rarity**2) @ spoken
        shared = self._shared(place, spoken)
        return place, spoken, (shared + DOUBT) / (shared.max(axis=0) + DOUBT)


def _masses(words: Sequence[str], dim: int) -> Phrase:
    """The features of some words, each with its largest mass."""
    masses: Phrase = {}
    for word in words:
        for column, mass in features(word, dim):
            masses[column] = max(mass, masses.get(column, 0.0))
    return masses


def _heaviest(row: Phrase, masses: Phrase) -> Phrase:
    """The ``FEATURES_LIMIT`` features that can weigh most: words before the n-grams of rare names."""
    return {c: row[c] for c in sorted(row, key=lambda c: (-row[c] * masses[c], c))[:FEATURES_LIMIT]}


def _rarity(n: int, held: int) -> float:
    return math.log((1 + n) / (0.5 + held))
