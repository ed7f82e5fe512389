"""Names, titles, descriptions and prices of the demo products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from showroom.products.design import Design


@dataclass(frozen=True)
class CategoryWords:
    """How a category speaks of its products.

    ``noun`` and ``sentence`` are templates over the design's traits and ``{main}``, ``{second}``, ``{accent}``;
    ``price`` is the usual range in euros.
    """

    name: str
    parent: str
    noun: str
    sentence: str
    price: tuple[int, int]


@dataclass(frozen=True)
class Words:
    """The words of one product."""

    noun: str
    surface: str
    description: str


CATEGORY_WORDS: dict[str, CategoryWords] = {
    "sofa": CategoryWords(
        "Sofas",
        "Seating",
        "{seats} sofa",
        "{A} {seats} sofa in {main} with {arms} arms and a {back} back. {Second} {legs} base.",
        (790, 2400),
    ),
    "armchair": CategoryWords(
        "Armchairs",
        "Seating",
        "{form} armchair",
        "{A} {form} armchair in {main} with a {back} back. {legs} legs in {second}.",
        (290, 990),
    ),
    "dining_chair": CategoryWords(
        "Dining chairs",
        "Seating",
        "{back}-back dining chair",
        "{A} dining chair with a {back} back and {legs} legs in {second}. The seat is {seat_words}.",
        (89, 340),
    ),
    "stool": CategoryWords(
        "Stools", "Seating", "{form} stool", "{A} {form} stool with a seat in {main}. {stand}", (59, 260)
    ),
    "coffee_table": CategoryWords(
        "Coffee tables",
        "Tables",
        "{top} coffee table",
        "{A} coffee table with a {top} top in {main}. Its {base} base is {second}.",
        (149, 790),
    ),
    "side_table": CategoryWords(
        "Side tables",
        "Tables",
        "{top} side table",
        "{A} small side table with a {top} top in {main}. Its {base} base is {second}.",
        (69, 340),
    ),
    "dining_table": CategoryWords(
        "Dining tables",
        "Tables",
        "{top} dining table",
        "{A} {top} dining table in {main}. It stands on a {base} base in {second}.",
        (490, 2300),
    ),
    "sideboard": CategoryWords(
        "Sideboards",
        "Storage",
        "{front} sideboard",
        "{A} sideboard in {main} with {front} fronts and {pulls} pulls. It has a {legs} base in {second}.",
        (390, 1600),
    ),
    "bookcase": CategoryWords(
        "Bookcases",
        "Storage",
        "{shelves} bookcase",
        "{A} {form}, {shelves} bookcase in {main}. Room for books and favourite things.",
        (129, 890),
    ),
    "bed": CategoryWords(
        "Beds",
        "Bedroom",
        "{headboard} bed",
        "{A} {width} double bed with a {headboard} headboard in {frame}. Shown with {bedding} {accent} bedding.",
        (490, 1900),
    ),
    "floor_lamp": CategoryWords(
        "Floor lamps",
        "Lighting",
        "{base} floor lamp",
        "{A} {base} floor lamp with a {shade} shade{shade_color}. The stand is {second}.",
        (89, 490),
    ),
    "table_lamp": CategoryWords(
        "Table lamps",
        "Lighting",
        "{body} table lamp",
        "{A} table lamp with a {body} base in {main} under an ivory {shade} shade. Fittings in {second}.",
        (49, 260),
    ),
    "pendant_lamp": CategoryWords(
        "Pendant lamps",
        "Lighting",
        "{shade} pendant lamp",
        "{A} {shade} pendant lamp{pendant_color}. Hung from a black cord with {second} fittings.",
        (59, 390),
    ),
    "rug": CategoryWords(
        "Rugs",
        "Textiles",
        "{pattern} rug",
        "{A} {form} wool rug, {pattern} in {color} and {accent}. {rug_edge}",
        (149, 890),
    ),
    "cushion": CategoryWords(
        "Cushions",
        "Textiles",
        "{form} cushion",
        "{A} {form} cushion in {main}, {cushion_pattern}. Finished with a {edge} seam.",
        (19, 79),
    ),
    "vase": CategoryWords(
        "Vases",
        "Decor",
        "{form} vase",
        "{A} {form} vase in {main} with a {mouth} mouth. Thrown and glazed by hand.",
        (19, 129),
    ),
    "plant": CategoryWords(
        "Plants",
        "Decor",
        "potted {species}",
        "{A} {species} in a pot of {main}. Brings green leaves to a bright corner.",
        (24, 189),
    ),
    "wall_art": CategoryWords(
        "Wall art",
        "Decor",
        "{motif} print",
        "{A} framed {form} print, {motif} composition in {color} and {accent}. The frame is {second}.",
        (39, 290),
    ),
    "mirror": CategoryWords(
        "Mirrors",
        "Decor",
        "{form} mirror",
        "{A} {form} wall mirror with a {frame} frame in {main}. Clear silvered glass.",
        (59, 390),
    ),
    "clock": CategoryWords(
        "Clocks",
        "Decor",
        "{form} wall clock",
        "{A} {form} wall clock in {main} with {marks} for the hours. Hands on a quiet movement.",
        (29, 149),
    ),
}

_ADJECTIVES = (
    "calm",
    "modern",
    "generous",
    "timeless",
    "Scandinavian",
    "quiet",
    "mid-century",
    "soft",
    "minimal",
    "rustic",
)
_STARTS = (
    "Al",
    "Bo",
    "Da",
    "El",
    "Fe",
    "Hal",
    "Il",
    "Ju",
    "Kar",
    "Lo",
    "Mi",
    "No",
    "Or",
    "Pe",
    "Ro",
    "Sel",
    "Tor",
    "Vi",
)
_ENDS = ("va", "rin", "da", "mo", "lia", "sen", "ra", "no", "vik", "la", "den", "sa", "ko", "ma")
_COSTLY = {"velvet": 1.12, "leather": 1.45, "boucle": 1.15, "stone": 1.35, "paint": 0.85, "linen": 0.95}
_LARGE = {
    "3-seat": 1.3,
    "180 cm": 1.25,
    "140 cm": 0.85,
    "6-tier": 1.2,
    "small": 0.35,
    "counter": 1.2,
    "open-frame": 1.1,
}


def family_name(design: Design) -> str:
    """The invented name of a form, such as ``Alva``; all its variants carry it."""
    return family_name_of(design.seed)


def family_name_of(form: int) -> str:
    """The invented name of the form of that number."""
    rng = np.random.default_rng([form, 11])
    return f"{rng.choice(_STARTS)}{rng.choice(_ENDS)}"


def words_of(design: Design) -> Words:
    """Noun, surface and description of a product, all true of its form and surfaces."""
    words = CATEGORY_WORDS[design.category]
    rng = np.random.default_rng([design.seed, 12])
    adjective = str(rng.choice(_ADJECTIVES))
    fields = {
        **design.traits,
        **_derived(design),
        "A": f"{'An' if adjective[0] in 'aeiou' else 'A'} {adjective}",
        "main": design.main.words,
        "second": design.second.words,
        "Second": design.second.words.capitalize(),
        "color": design.main.color,
        "accent": design.accent,
    }
    sentences = words.sentence.format(**fields).split(". ")
    description = ". ".join(sentence[0].upper() + sentence[1:] for sentence in sentences)
    return Words(words.noun.format(**fields), _surface(design), description)


def _derived(design: Design) -> dict[str, str]:
    traits = design.traits
    category = design.category
    if category == "dining_chair":
        soft = traits["seat"] == "upholstered"
        return {"seat_words": f"upholstered in {design.main.words}" if soft else f"solid {design.second.words}"}
    if category == "stool":
        return {
            "stand": "A drum without legs."
            if traits["form"] == "drum"
            else f"{traits['legs']} legs in {design.second.words}."
        }
    if category == "bed":
        timber = traits["headboard"] in ("slatted", "plank")
        return {"frame": design.second.words if timber else design.main.words}
    if category == "rug":
        fringed = traits["edge"] == "fringed" and traits["form"] != "round"
        return {"rug_edge": "Ivory fringes at both ends." if fringed else "Its edges are bound."}
    if category == "cushion":
        plain = traits["pattern"] == "plain"
        return {"cushion_pattern": "without a pattern" if plain else f"{traits['pattern']} with {design.accent}"}
    if category in ("floor_lamp", "pendant_lamp"):
        return _lamp_words(design)
    return {}


def _lamp_words(design: Design) -> dict[str, str]:
    glass = design.traits["shade"] in ("globe", "cluster")
    if glass:
        return {"shade_color": " of opal glass", "pendant_color": " of opal glass"}
    if design.traits["shade"] == "dome":
        shell = design.second.words if design.main.kind == "shade" else design.main.words
        return {"shade_color": f" of {design.second.words}", "pendant_color": f" in {shell}"}
    cloth = f"{design.main.color if design.main.kind == 'shade' else 'ivory'} linen"
    return {"shade_color": f" of {cloth}", "pendant_color": f" of {cloth}"}


def _surface(design: Design) -> str:
    if design.category == "dining_chair" and design.traits["seat"] == "solid":
        return design.second.words
    if design.category == "bed" and design.traits["headboard"] in ("slatted", "plank"):
        return design.second.words
    if design.category in ("floor_lamp", "pendant_lamp"):
        return f"{_lamp_words(design)['pendant_color'].split(maxsplit=1)[1]} and {design.second.words}"
    if design.main.kind in ("wool", "print"):
        return f"{design.main.color} and {design.accent}"
    return design.main.words


def title_of(design: Design, words: Words) -> str:
    """The product's title, such as ``Alva 3-seat sofa, sage velvet``."""
    return f"{family_name(design)} {words.noun}, {words.surface}"


def price_of(design: Design) -> float:
    """A plausible price in euros, ending in 9: the form sets it, size and costly surfaces move it."""
    low, high = CATEGORY_WORDS[design.category].price
    rng = np.random.default_rng([design.seed, 13])
    price = low * (high / low) ** float(rng.beta(1.6, 2.4))
    price *= _COSTLY.get(design.main.kind, 1.0)
    for trait in design.traits.values():
        price *= _LARGE.get(trait, 1.0)
    return float(max(round(price / 10) * 10 - 1, 9))
