"""What a product is to be before it is modelled: the traits of its form and the surfaces of one variant.

A family's traits depend on the category and the family alone, a variant's surfaces also on the variant, so that all
variants of a family share the form exactly. The catalogue's words and the modelled shape both come from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from showroom import textures
from showroom.products.ranges import CATEGORY_RANGES, SURFACE_NAMES
from showroom.types import RGB, Material


@dataclass(frozen=True)
class Surface:
    """A named surface: ``kind`` is its maker (wood, metal, a fabric, a ceramic style ...), ``color`` its shade."""

    kind: str
    color: str

    @property
    def words(self) -> str:
        """How a shop would name it: ``sage velvet``, ``oak``, ``speckled sand stoneware``."""
        if self.kind in ("wood", "metal", "stone"):
            return self.color
        if self.kind in ("plain", "speckled", "dipped", "banded"):
            return f"{self.color} stoneware" if self.kind == "plain" else f"{self.kind} {self.color} stoneware"
        return f"{self.color} {self.kind}"

    @property
    def substance(self) -> str:
        """The bare material: ``wood``, ``metal``, ``velvet``, ``stoneware``."""
        return "stoneware" if self.kind in ("plain", "speckled", "dipped", "banded") else self.kind

    def material(self, seed: int, accent: str = "ivory") -> Material:
        """The material to model it with; ``seed`` decides its grain, ``accent`` a ceramic's second glaze."""
        if self.kind == "wood":
            return textures.wood(self.color, seed % 5)
        if self.kind == "metal":
            return textures.metal(self.color)
        if self.kind == "stone":
            return textures.stone(self.color, seed % 5)
        if self.kind in textures.FABRICS:
            return textures.fabric(self.kind, textures.color_of(self.color), seed % 5)
        if self.kind in ("plain", "speckled", "dipped", "banded"):
            return textures.ceramic(self.kind, textures.color_of(self.color), textures.color_of(accent), seed % 1009)
        return textures.paint(self.color)


@dataclass(frozen=True)
class Design:
    """The traits of a form (words) and the surfaces of a variant. ``accent`` is a second colour for patterns."""

    category: str
    family: int
    variant: int
    traits: dict[str, str]
    main: Surface
    second: Surface
    accent: str

    @property
    def seed(self) -> int:
        """A stable number of the form, the same for all variants."""
        return _category_number(self.category) * 1_000_003 + self.family * 101

    def form(self) -> np.random.Generator:
        """A fresh generator of the form's proportions; every call starts anew."""
        return np.random.default_rng([_category_number(self.category), self.family, 1])

    @property
    def main_material(self) -> Material:
        """Material of the main surface."""
        return self.main.material(self.seed, self.accent)

    @property
    def second_material(self) -> Material:
        """Material of the legs, frame or base."""
        return self.second.material(self.seed + 1, self.accent)

    @property
    def colors(self) -> tuple[RGB, RGB]:
        """The main colour and the accent, for patterns."""
        return textures.color_of(self.main.color), textures.color_of(self.accent)


def _category_number(category: str) -> int:
    if category not in CATEGORY_RANGES:
        raise ValueError(f"unknown category {category!r}; use one of {', '.join(CATEGORY_RANGES)}")
    return list(CATEGORY_RANGES).index(category)


@lru_cache(maxsize=4096)
def design_of(category: str, family: int, variant: int) -> Design:
    """Decide the traits and surfaces of a product.

    Raises:
        ValueError: the category is unknown, or family or variant is negative.
    """
    number = _category_number(category)
    if family < 0 or variant < 0:
        raise ValueError(f"{category}-{family}-{variant}: family and variant number from 0")
    ranges = CATEGORY_RANGES[category]
    form = np.random.default_rng([number, family, 0])
    traits = {name: str(form.choice(choices)) for name, choices in ranges.traits.items()}
    # The first trait goes round its choices, so that neighbouring families never all look alike.
    first, choices = next(iter(ranges.traits.items()))
    traits[first] = choices[family % len(choices)]
    main_kind = str(form.choice(ranges.main))
    second_kind = str(form.choice(ranges.second))
    shades = form.permutation(SURFACE_NAMES[main_kind])
    seconds = form.permutation(SURFACE_NAMES[second_kind])
    accents = form.permutation(_ACCENTS)
    color = str(shades[variant % len(shades)])
    ground = "ivory" if category == "wall_art" else color  # prints are on ivory paper
    accent = next(
        str(name)
        for name in np.roll(accents, -variant)
        if min(_contrast(str(name), color), _contrast(str(name), ground)) > 0.3
    )
    second = Surface(second_kind, str(seconds[(variant // 2) % len(seconds)]))
    return Design(category, family, variant, traits, Surface(main_kind, color), second, accent)


_ACCENTS = ("ivory", "navy", "terracotta", "mustard", "forest", "charcoal", "blush", "sand", "teal", "burgundy")


def _contrast(first: str, second: str) -> float:
    if first not in textures.COLORS or second not in textures.COLORS:
        return 1.0
    difference = np.asarray(textures.COLORS[first]) - np.asarray(textures.COLORS[second])
    return float(np.linalg.norm(difference))
