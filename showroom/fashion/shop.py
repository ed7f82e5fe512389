"""The fashion vertical: its taxonomy, its invented shops, and the words of its products and pictures."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from showroom.fashion.design import GarmentDesign, garment_design
from showroom.verticals import Category, Listing, Phrases, Vertical
from showroom.wording import family_name_of


@dataclass(frozen=True)
class _Words:
    """``noun`` and ``sentence`` are templates over the design's traits; ``price`` is the usual range in euros."""

    name: str
    parent: str
    noun: str
    sentence: str
    price: tuple[int, int]


_WORDS: dict[str, _Words] = {
    "top": _Words(
        "Tops", "Clothes", "{neck_words} top", "A {fit} {sleeve_words} top with a {neck_words}. {front_words}", (12, 59)
    ),
    "shirt": _Words(
        "Shirts",
        "Clothes",
        "{collar}-collar shirt",
        "A {fit} shirt with a {collar} collar and {sleeve} sleeves. It has {pocket_words}.",
        (29, 129),
    ),
    "sweater": _Words(
        "Sweaters",
        "Clothes",
        "{neck_words} sweater",
        "A {fit} sweater with a {neck_words}. Soft against the skin.",
        (35, 189),
    ),
    "jacket": _Words(
        "Jackets",
        "Outerwear",
        "{form} jacket",
        "A {fit} {form} jacket, worn {front}. Metal parts in {metal}.",
        (59, 390),
    ),
    "coat": _Words(
        "Coats", "Outerwear", "{form} coat", "A {length} {form} coat, worn {front}. Lined for cold days.", (99, 590)
    ),
    "dress": _Words(
        "Dresses", "Clothes", "{form} dress", "A {length} {form} dress with {dress_sleeves}. {dress_neck}", (39, 290)
    ),
    "skirt": _Words(
        "Skirts",
        "Clothes",
        "{form} skirt",
        "A {length} {form} skirt with a flat waistband. Closed at the back.",
        (29, 149),
    ),
    "trousers": _Words(
        "Trousers",
        "Clothes",
        "{leg} trousers",
        "{Leg} trousers in {length} length. They close with a button in {metal}.",
        (39, 189),
    ),
    "shorts": _Words("Shorts", "Clothes", "{form} shorts", "{Form} shorts with a {hem} hem. For warm days.", (19, 89)),
    "shoes": _Words("Shoes", "Footwear", "{form} shoes", "{Form} shoes on a {sole} sole. Sold as a pair.", (49, 230)),
    "boots": _Words("Boots", "Footwear", "{form} boots", "{Form} boots on a {sole} sole. Sold as a pair.", (79, 340)),
    "bag": _Words(
        "Bags",
        "Accessories",
        "{size} {form} bag",
        "A {size} {form} bag with {clasp_words}. The handle is stitched by hand.",
        (29, 420),
    ),
    "hat": _Words("Hats", "Accessories", "{hat_form}", "A {hat_form} with a {band} band. One size fits all.", (15, 99)),
    "scarf": _Words(
        "Scarves", "Accessories", "{form} scarf", "A {form} scarf with {ends} ends. Light and warm.", (15, 119)
    ),
    "belt": _Words(
        "Belts",
        "Accessories",
        "{width} belt",
        "A {width} belt with a {buckle} buckle in {metal}. Cut from one piece.",
        (15, 89),
    ),
    "glasses": _Words(
        "Glasses",
        "Accessories",
        "{form} glasses",
        "{Form} glasses with {lens} lenses. The case is included.",
        (25, 220),
    ),
}
BRANDS: dict[str, str] = {
    "Bram": "bram.example",
    "Linna": "linna.example",
    "Ohm & Thread": "ohmandthread.example",
    "Maison Pell": "maisonpell.example",
    "Sorrel": "sorrel.example",
    "Kade": "kade.example",
    "Nine Buttons": "ninebuttons.example",
    "Havn": "havn.example",
    "Rue Petite": "ruepetite.example",
    "Torsen": "torsen.example",
}
_COSTLY = {"leather": 1.5, "suede": 1.4, "wool": 1.2, "satin": 1.15, "cable knit": 1.15, "nylon": 0.9}
_PHRASES = Phrases(
    {
        "street": (
            "A {mood} look for the street",
            "Street style with {thing}",
            "Seen in town: a {mood} outfit",
            "What I wore on Monday",
        ),
        "studio": ("A {mood} look", "New in: {thing}", "Outfit of the week: {mood}", "One outfit, with {thing}"),
        "park": (
            "A {mood} walk in the park",
            "Out in the green with {thing}",
            "A {mood} weekend outfit",
            "Dressed for fresh air",
        ),
        "indoors": (
            "A {mood} look for the office",
            "At home with {thing}",
            "Mirror picture: a {mood} outfit",
            "Ready to go, with {thing}",
        ),
    },
    {
        "street": ("Street style", "City outfits", "Coats we love"),
        "studio": ("Lookbook", "New season", "Colour pairs"),
        "park": ("Weekend outfits", "Walks", "Easy layers"),
        "indoors": ("Office outfits", "Getting ready", "Capsule wardrobe"),
    },
    ("Outfits", "Autumn wardrobe", "Wish list", "Style notes"),
    ("calm", "bold", "bright", "colourful", "grown-up", "playful", "quiet", "sunny"),
    (
        "threeshirts.example",
        "walkandwear.example",
        "themorningcoat.example",
        "buttonsandboots.example",
        "citylayers.example",
        "softtailoring.example",
        "thelongscarf.example",
        "pocketdiary.example",
    ),
    "plain",
)


def _fields(design: GarmentDesign) -> dict[str, str]:
    traits = design.traits
    neck = {"v": "V-neck", "crew": "crew neck", "scoop": "scoop neck", "boat": "boat neck", "roll": "roll neck"}
    neck |= {"hooded": "hood", "shawl": "shawl collar"}
    form = traits.get("form", "")
    slip, shirted = form == "slip", form == "shirt"
    neck_words = neck.get(traits.get("neck", ""), "")
    return {
        **traits,
        "neck_words": neck_words,
        "sleeve_words": traits.get("sleeve", "") + ("" if traits.get("sleeve") == "sleeveless" else "-sleeved"),
        "front_words": _front_words(design),
        "pocket_words": {"no": "no pocket", "one": "one pocket", "two": "two pockets"}.get(
            traits.get("pockets", ""), ""
        ),
        "dress_sleeves": "thin straps"
        if slip
        else {"sleeveless": "no sleeves"}.get(traits.get("sleeve", ""), f"{traits.get('sleeve', '')} sleeves"),
        "dress_neck": "Buttoned, with a collar." if shirted else "" if slip else f"Cut with a {neck_words}.",
        "clasp_words": {"ring": f"a ring in {design.metal}", "bar": f"a clasp in {design.metal}"}.get(
            traits.get("clasp", ""), "an open front"
        ),
        "hat_form": {"wide-brimmed": "wide-brimmed hat", "bucket": "bucket hat"}.get(form, form),
        "metal": design.metal,
        "Leg": traits.get("leg", "").capitalize(),
        "Form": form.capitalize(),
    }


def _front_words(design: GarmentDesign) -> str:
    front = design.traits.get("front", "")
    if front == "graphic" and design.pattern == "plain":
        return f"A print on {design.accent} lies on the chest."
    return "With a pocket on the chest." if front == "pocket" else "Nothing on the front."


def surface_words(design: GarmentDesign) -> str:
    """How a shop would name the cloth: ``navy denim``, ``red and ivory checked cotton``."""
    if design.category == "glasses":
        return "metal" if design.traits["form"] == "aviator" else design.color
    if design.category == "boots" and design.traits["form"] == "rain":
        return f"{design.color} rubber"
    if design.pattern == "plain":
        return f"{design.color} {design.cloth}"
    return f"{design.color} and {design.accent} {design.pattern} {design.cloth}"


def listing_of(category: str, family: int, variant: int) -> Listing:
    """All that a shop says of a garment, true of its cut, cloth and colours."""
    design = garment_design(category, family, variant)
    words, fields = _WORDS[category], _fields(design)
    surface = surface_words(design)
    title = f"{family_name_of(design.seed)} {words.noun.format(**fields)}, {surface}"
    made = f" {'They come' if category in ('trousers', 'shorts', 'shoes', 'boots', 'glasses') else 'It comes'} in {surface}."
    attributes = {
        "color": design.color,
        "material": _material(design),
        "pattern": design.pattern,
        "detail": design.accent,
    }
    attributes |= {name: value for name, value in design.traits.items() if name not in attributes}
    description = re.sub(r"\bA (?=[aeio])", "An ", words.sentence.format(**fields).strip() + made)
    return Listing(title, description, _price(design), attributes, design.seed)


def _material(design: GarmentDesign) -> str:
    if design.category == "glasses":
        return "metal" if design.traits["form"] == "aviator" else "acetate"
    return "rubber" if design.traits.get("form") == "rain" else design.cloth


def _price(design: GarmentDesign) -> float:
    low, high = _WORDS[design.category].price
    rng = np.random.default_rng([design.seed, 13])
    price = low * (high / low) ** float(rng.beta(1.6, 2.4)) * _COSTLY.get(design.cloth, 1.0)
    return float(max(round(price / 10) * 10 - 1, 9))


FASHION = Vertical(
    "fashion",
    tuple(Category(slug, words.name, words.parent) for slug, words in _WORDS.items()),
    BRANDS,
    listing_of,
    _PHRASES,
)
