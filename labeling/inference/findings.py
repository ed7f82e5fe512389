"""What a look at a scene found, on its way from the models to the tables. Pure and free of torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from models_ml.types import Detection, Match


@dataclass(frozen=True, slots=True)
class Finding:
    """A detection with its matches; ``category`` is the slug it was searched in, None for the whole vertical."""

    detection: Detection
    category: str | None
    matches: Sequence[Match]


class CataloguePicture(NamedTuple):
    """The picture that stands for a product in an index: whose it is, in which category, its content hash and its path."""

    product_id: int
    category: str
    sha256: str
    image: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a scene could not be looked at."""

    reason: str


@dataclass(frozen=True, slots=True)
class ClassCategories:
    """Which category a detector's class means in a vertical: by its map, else by the same slug, else none."""

    slugs: frozenset[str]
    class_map: Mapping[str, str]

    def slug(self, detector_class: str) -> str | None:
        """The category's slug, or None where the vertical has no such thing."""
        name = self.class_map.get(detector_class, detector_class)
        return name if name in self.slugs else None
