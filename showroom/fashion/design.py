"""What a garment is to be before it is sewn: the traits of its cut, its cloth and the colours of one variant.

A family's traits depend on the category and the family alone, a variant's colours also on the variant, so that all
variants of a family share the cut exactly. The catalogue's words and the sewn shape both come from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from showroom.fashion import cloth as cloths
from showroom.fashion.ranges import CLOTH_RANGES, FIXED_CLOTH, ONE_COLOR
from showroom.types import RGB, Material


@dataclass(frozen=True)
class GarmentDesign:
    """The traits of a cut (words), the ``cloth`` and ``pattern`` of a family, and the colours of a variant."""

    category: str
    family: int
    variant: int
    traits: dict[str, str]
    cloth: str
    pattern: str
    color: str
    accent: str
    metal: str

    @property
    def seed(self) -> int:
        """A stable number of the cut, the same for all variants."""
        return _category_number(self.category) * 1_000_003 + self.family * 101 + 57

    def cut(self) -> np.random.Generator:
        """A fresh generator of the cut's proportions; every call starts anew."""
        return np.random.default_rng([_category_number(self.category), self.family, 2])

    @property
    def rgb(self) -> RGB:
        """The main colour."""
        return cloths.shades_of(self.cloth)[self.color]

    @property
    def accent_rgb(self) -> RGB:
        """The second colour: of patterns, trimmings and prints."""
        return cloths.COLORS[self.accent]

    @property
    def material(self) -> Material:
        """The cloth it is cut from."""
        return cloths.cloth(self.cloth, self.pattern, self.rgb, self.accent_rgb, self.seed % 9973)

    @property
    def trim(self) -> Material:
        """The same cloth, plain and a shade darker: bands, pockets, collars."""
        red, green, blue = (value * 0.8 for value in self.rgb)
        return cloths.cloth(self.cloth, "plain", (red, green, blue), self.accent_rgb, self.seed % 89)

    @property
    def contrast(self) -> Material:
        """The same cloth in the second colour."""
        return cloths.cloth(self.cloth, "plain", self.accent_rgb, self.rgb, self.seed % 89)

    @property
    def hardware(self) -> Material:
        """Metal of buckles, zips and buttons."""
        return cloths.metal(self.metal)


def _category_number(category: str) -> int:
    if category not in CLOTH_RANGES:
        raise ValueError(f"unknown category {category!r}; use one of {', '.join(CLOTH_RANGES)}")
    return list(CLOTH_RANGES).index(category)


@lru_cache(maxsize=4096)
def garment_design(category: str, family: int, variant: int) -> GarmentDesign:
    """Decide the traits, cloth and colours of a product.

    Raises:
        ValueError: the category is unknown, or family or variant is negative.
    """
    number = _category_number(category)
    if family < 0 or variant < 0:
        raise ValueError(f"{category}-{family}-{variant}: family and variant number from 0")
    ranges = CLOTH_RANGES[category]
    form = np.random.default_rng([number, family, 3])
    traits = {name: str(form.choice(choices)) for name, choices in ranges.traits.items()}
    # The first trait goes round its choices, so that neighbouring families never all look alike.
    first, choices = next(iter(ranges.traits.items()))
    traits[first] = choices[family % len(choices)]
    kind = FIXED_CLOTH.get((category, traits[first]), str(form.choice(ranges.cloth)))
    pattern = str(form.choice(ranges.patterns))
    if kind in ONE_COLOR:
        pattern = "plain"
    shades = form.permutation(list(cloths.shades_of(kind)))
    color = str(shades[variant % len(shades)])
    accents = np.roll(form.permutation(list(cloths.COLORS)), -variant)
    rgb = cloths.shades_of(kind)[color]
    accent = next(str(name) for name in accents if _apart(cloths.COLORS[str(name)], rgb) > 0.35)
    metal = str(form.choice(list(cloths.METALS)))
    return GarmentDesign(category, family, variant, traits, kind, pattern, color, accent, metal)


def _apart(first: RGB, second: RGB) -> float:
    return float(np.linalg.norm(np.asarray(first) - np.asarray(second)))
