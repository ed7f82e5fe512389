"""Which crops meet in one training batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


class CategoryBatchSampler:
    """Batches in which a few categories meet with many of their products each, and each product with a few views.

    Products of one category are one another's hard negatives. Each product drawn brings ``views`` items: first one of its
    catalogue photos (``photos``), if it has any, then scene crops, so that the two kinds of picture are pulled together.
    Products are drawn evenly, whatever their number of crops; but at least half of a batch are such as a scene shows, as far as
    there are any: where few pairs are known of a large catalogue, its photos alone would teach to tell photos from photos.
    ``sampler[step]`` is the batch of a step, for any step: it depends on nothing but ``seed`` and ``step``, so a run that is
    resumed sees what it would have seen.
    """

    def __init__(
        self,
        labels: Sequence[int] | Ints,
        categories: Sequence[int] | Ints,
        photos: Sequence[bool] | npt.NDArray[np.bool_],
        *,
        batch: int,
        views: int = 3,
        categories_per_batch: int = 5,
        seed: int = 0,
    ) -> None:
        self._labels, self._categories = np.asarray(labels), np.asarray(categories)
        photo = np.asarray(photos, dtype=bool)
        if not len(self._labels) == len(self._categories) == len(photo):
            raise ValueError("labels, categories and photos must be of one length")
        if len(self._labels) == 0 or batch < views or views < 1:
            raise ValueError(
                f"{len(self._labels)} items, batches of {batch}, {views} views: give items and batch >= views >= 1"
            )
        self.batch, self.views, self.seed = batch, views, seed
        self._photos = {
            int(label): np.flatnonzero(photo & (self._labels == label)) for label in np.unique(self._labels)
        }
        self._crops = {label: np.flatnonzero(~photo & (self._labels == label)) for label in self._photos}
        self._members: dict[int, Ints] = {
            int(c): np.unique(self._labels[self._categories == c]) for c in np.unique(self._categories)
        }
        self._names = np.array(sorted(self._members))
        sizes = np.array([len(self._members[int(c)]) for c in self._names], dtype=float)
        self._share = sizes / sizes.sum()
        self._meeting = min(categories_per_batch, len(self._members))

    @property
    def steps_an_epoch(self) -> int:
        """Batches that hold about as many items as there are."""
        return max(len(self._labels) // self.batch, 1)

    def __getitem__(self, step: int) -> Ints:
        """The item numbers of one batch, ``(batch,)``."""
        rng = np.random.default_rng((self.seed, step))
        chosen = rng.choice(self._names, self._meeting, replace=False, p=self._share)
        return self._drawn(rng, np.concatenate([self._members[int(c)] for c in chosen]))

    def _drawn(self, rng: np.random.Generator, labels: Ints) -> Ints:
        items: list[int] = []
        while len(items) < self.batch:
            for label in self._meeting_now(rng.permutation(labels), -(-self.batch // self.views)):
                items += self._views_of(rng, int(label))
        return np.array(items[: self.batch], dtype=np.int64)

    def _meeting_now(self, labels: Ints, count: int) -> Ints:
        """So many of these, in their order: the first half of them that scenes show, and the first of all others."""
        seen = np.array([len(self._crops[int(label)]) > 0 for label in labels])
        first = np.flatnonzero(seen)[: count // 2]
        rest = np.setdiff1d(np.arange(len(labels)), first)[: count - len(first)]
        chosen: Ints = labels[np.sort(np.concatenate([first, rest]))]
        return chosen

    def _views_of(self, rng: np.random.Generator, label: int) -> list[int]:
        photos, crops = self._photos[label], self._crops[label]
        if len(crops) == 0:
            return [int(rng.choice(photos)) for _ in range(self.views)]
        first = [int(rng.choice(photos))] if len(photos) else []
        wanted = self.views - len(first)
        return first + [int(item) for item in rng.choice(crops, wanted, replace=wanted > len(crops))]
