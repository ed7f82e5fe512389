"""The demo catalogue: invented products of invented shops, with words that fit their looks; at home, in twenty categories.

A family is one form; its variants come in other fabrics, colours or woods and share a variant group. Whole families are
held out, so that no model can be trained on the form of a product it is later tested on.
"""

from __future__ import annotations

import numpy as np

from showroom.captions import HOME_PHRASES
from showroom.products.design import Design, design_of
from showroom.types import ProductSpec
from showroom.verticals import Category, Listing, Vertical
from showroom.wording import CATEGORY_WORDS, Words, price_of, title_of, words_of

HELD_OUT_SHARE = 0.225
UNAVAILABLE_SHARE = 0.05
_FAMILIES_PER_SEED = 1000  # seeds number their families in blocks, so that two seeds never share a form

BRANDS: dict[str, str] = {
    "Bram": "bram.example",
    "Nordhaus": "nordhaus.example",
    "Maren & Sohn": "maren-sohn.example",
    "Atelier Ligne": "atelier-ligne.example",
    "Holm Studio": "holmstudio.example",
    "Casa Verro": "casaverro.example",
    "Fjordly": "fjordly.example",
    "Lumen & Co": "lumenco.example",
    "Ostra": "ostra.example",
    "Tessel": "tessel.example",
}


CATEGORIES: tuple[Category, ...] = tuple(
    Category(slug, words.name, words.parent) for slug, words in CATEGORY_WORDS.items()
)


def _listing(category: str, family: int, variant: int) -> Listing:
    design: Design = design_of(category, family, variant)
    words: Words = words_of(design)
    attributes = {
        "color": design.main.color,
        "material": design.main.substance,
        "detail": design.second.words,
        **design.traits,
    }
    return Listing(title_of(design, words), words.description, price_of(design), attributes, design.seed)


HOME = Vertical("home", CATEGORIES, BRANDS, _listing, HOME_PHRASES)


def catalogue(
    *,
    families: int = 7,
    variants: tuple[int, int] = (1, 3),
    per_category: int = 13,
    seed: int = 0,
    vertical: Vertical = HOME,
) -> list[ProductSpec]:
    """All products of a demo world, category by category; another seed gives other forms.

    Args:
        families: forms in a category, at most 1000.
        variants: fewest and most variants of a form.
        per_category: products in a category, between ``families * variants[0]`` and ``families * variants[1]``.
        seed: number of the world, 0 or more.
        vertical: what is sold, and by whom.

    Raises:
        ValueError: the numbers do not fit together.
    """
    low, high = variants
    if not 1 <= families <= _FAMILIES_PER_SEED or seed < 0 or not 1 <= low <= high:
        raise ValueError(f"families={families}, variants={variants}, seed={seed}: use 1..1000, 1 <= low <= high, >= 0")
    if not families * low <= per_category <= families * high:
        raise ValueError(
            f"per_category={per_category} does not fit {families} families of {low} to {high} variants;"
            f" use {families * low} to {families * high}"
        )
    products: list[ProductSpec] = []
    for number, category in enumerate(vertical.categories):
        rng = np.random.default_rng([seed, number, 77])
        counts = _variant_counts(rng, families, variants, per_category)
        held_out = _held_out_families(rng, number, families)
        for index, count in enumerate(counts):
            family = seed * _FAMILIES_PER_SEED + index
            brand = str(rng.choice(list(vertical.brands)))
            products += [
                _product(vertical, (category.slug, family, variant), brand, index in held_out)
                for variant in range(count)
            ]
    return products


def _variant_counts(rng: np.random.Generator, families: int, variants: tuple[int, int], total: int) -> list[int]:
    counts = [variants[0]] * families
    while sum(counts) < total:
        growing = [index for index, count in enumerate(counts) if count < variants[1]]
        counts[int(rng.choice(growing))] += 1
    return counts


def _held_out_families(rng: np.random.Generator, category: int, families: int) -> set[int]:
    # The rounding is carried from category to category, so that the share is right over the whole catalogue.
    share = families * HELD_OUT_SHARE
    count = int((category + 1) * share) - int(category * share)
    return {int(index) for index in rng.permutation(families)[:count]}


def _product(vertical: Vertical, key: tuple[str, int, int], brand: str, held_out: bool) -> ProductSpec:
    category, family, variant = key
    product = f"{category}-{family:03d}-{variant}"
    listing = vertical.listing(category, family, variant)
    chance = np.random.default_rng([listing.form, variant, 5])
    domain = vertical.brands[brand]
    return ProductSpec(
        id=product,
        category=category,
        family=family,
        variant=variant,
        title=listing.title,
        brand=brand,
        domain=domain,
        url=f"https://{domain}/products/{product}",
        description=listing.description,
        price=listing.price,
        currency="EUR",
        available=bool(chance.random() >= UNAVAILABLE_SHARE),
        held_out=held_out,
        attributes=listing.attributes,
    )
