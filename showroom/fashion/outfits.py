"""Who wears what: outfits that go together, each product worn by one person of a picture only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from showroom.fashion.garments import design_of
from showroom.types import ProductSpec

_FINE = {"regular", "cropped"}


@dataclass(frozen=True)
class Outfit:
    """What one person wears, from the inside out, and how: ``tucked`` tops, a bag ``carried`` by hand or shoulder."""

    products: tuple[ProductSpec, ...]
    tucked: bool
    carried: str

    def has(self, category: str) -> bool:
        """Whether a product of the category is worn."""
        return any(product.category == category for product in self.products)


class Wardrobe:
    """The products of a picture that nobody wears yet."""

    def __init__(self, products: Sequence[ProductSpec], rng: np.random.Generator) -> None:
        self.rng = rng
        self.left: dict[str, list[ProductSpec]] = {}
        for product in products:
            self.left.setdefault(product.category, []).append(product)

    def take(
        self, category: str, *, chance: float = 1.0, wanted: Mapping[str, set[str]] | None = None
    ) -> list[ProductSpec]:
        """One product of a category, or none by ``chance`` or for want of one with the ``wanted`` traits.

        What its colour or print alone tells apart leaves with it, so that each object of a picture has one answer.
        """
        stock = [
            product
            for product in self.left.get(category, ())
            if all(design_of(product).traits[name] in values for name, values in (wanted or {}).items())
        ]
        if self.rng.random() >= chance or not stock:
            return []
        chosen = stock[int(self.rng.integers(len(stock)))]
        self.left[category] = [other for other in self.left[category] if other.variant_group != chosen.variant_group]
        return [chosen]

    def one_of(
        self, categories: Sequence[str], shares: Sequence[float], wanted: Mapping[str, set[str]] | None = None
    ) -> list[ProductSpec]:
        """One product of one of the categories, drawn by their shares; the others stand in where one has none."""
        order = self.rng.choice(len(categories), len(categories), replace=False, p=np.asarray(shares) / sum(shares))
        for index in order:
            if found := self.take(categories[int(index)], wanted=wanted):
                return found
        return []


def dress_up(wardrobe: Wardrobe) -> Outfit:
    """An outfit by chance: something above, something below, shoes, perhaps a coat and things to carry."""
    rng = wardrobe.rng
    coat = rng.random() < 0.16
    over = "coat" if coat else "jacket" if rng.random() < 0.27 else ""
    fits = {"fit": _FINE} if over else {}
    gown = [] if coat or rng.random() > 0.27 else wardrobe.take("dress")
    inner: list[ProductSpec] = list(gown)
    tucked, waist = bool(gown), 0.25
    if not gown:
        low = wardrobe.take("trousers", wanted={"leg": {"slim", "straight"}}) if coat else _below(wardrobe)
        high = wardrobe.one_of(("top", "shirt", "sweater"), (0.4, 0.32, 0.28), fits)
        skirted = any(product.category == "skirt" for product in low)
        tucked = skirted or rng.random() < 0.45
        waist = 0.6 if tucked else 0.0
        inner = high + low
    if over:
        inner += wardrobe.take(over)
    shift = any(design_of(product).traits["form"] == "shift" for product in gown)
    inner += wardrobe.take("belt", chance=0.0 if over == "coat" or shift else waist)
    inner += wardrobe.one_of(("shoes", "boots"), (0.6, 0.4))
    inner += wardrobe.take("scarf", chance=0.45 if over else 0.14)
    inner += wardrobe.take("hat", chance=0.32) + wardrobe.take("glasses", chance=0.32)
    inner += wardrobe.take("bag", chance=0.55)
    return Outfit(tuple(inner), tucked, "shoulder" if rng.random() < 0.4 else "hand")


def _below(wardrobe: Wardrobe) -> list[ProductSpec]:
    return wardrobe.one_of(("trousers", "skirt", "shorts"), (0.5, 0.28, 0.22))
