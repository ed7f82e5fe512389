"""The worlds there are to draw, by name: what they sell, how a product's photo looks and how a scene does.

A style is asked for pictures in *settings*, a room or a shoot at a time: each is made from its number and some products.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from showroom.catalogue import HOME
from showroom.collage import CollageMaker
from showroom.fashion.shoot import product_photo, take_pictures
from showroom.fashion.shop import FASHION
from showroom.looks import DARK, DAY, MONO, Look
from showroom.rooms import furnish
from showroom.solids import SolidStore
from showroom.types import ProductSpec, SceneTruth
from showroom.verticals import Vertical

Picture = tuple[Image.Image, SceneTruth]
_STORE = SolidStore(limit=320)
"""A collection of the home vertical and some of the next."""


@dataclass(frozen=True)
class Style:
    """``product`` draws a product's photo on white, ``setting`` all pictures of one setting: number, products, how many."""

    name: str
    vertical: Vertical
    product: Callable[[ProductSpec], Image.Image]
    setting: Callable[[int, Sequence[ProductSpec], int], list[Picture]]


def one_variant_each(products: Sequence[ProductSpec], rng: np.random.Generator) -> list[ProductSpec]:
    """One variant by chance of each form, so that each object of a picture has one answer."""
    families: dict[str, list[ProductSpec]] = {}
    for product in products:
        families.setdefault(product.variant_group, []).append(product)
    return [members[int(rng.integers(len(members)))] for members in families.values()]


def _home(name: str, look: Look) -> Style:
    def setting(number: int, products: Sequence[ProductSpec], shots: int) -> list[Picture]:
        rng = np.random.default_rng([number, 61])
        room = look.room(furnish(number, one_variant_each(products, rng), cameras=shots), rng)
        pictures = CollageMaker(number, store=_STORE).scenes(room)
        return [(picture if look is DAY else look.film(picture, rng), truth) for picture, truth in pictures]

    return Style(name, HOME, CollageMaker(store=_STORE).product, setting)


def _fashion(number: int, products: Sequence[ProductSpec], shots: int) -> list[Picture]:
    return take_pictures(number, products, shots=shots)


STYLES: dict[str, Style] = {
    "home": _home("home", DAY),
    "home-dark": _home("home-dark", DARK),
    "home-mono": _home("home-mono", MONO),
    "fashion": Style("fashion", FASHION, product_photo, _fashion),
}


def style_named(name: str) -> Style:
    """The style called ``name``.

    Raises:
        ValueError: there is no such style.
    """
    if name not in STYLES:
        raise ValueError(f"unknown style {name!r}; use one of {', '.join(STYLES)}")
    return STYLES[name]
