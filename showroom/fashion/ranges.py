"""What each category of clothes is offered in: the traits of a cut, its cloths and its patterns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ClothRange:
    """The choices of a category: ``traits`` of the cut, kinds of ``cloth`` and ``patterns``."""

    traits: dict[str, tuple[str, ...]]
    cloth: tuple[str, ...]
    patterns: tuple[str, ...] = ("plain",)


CLOTH_RANGES: dict[str, ClothRange] = {
    "top": ClothRange(
        {
            "front": ("plain", "graphic", "plain", "pocket", "graphic", "plain"),
            "neck": ("crew", "scoop", "v", "boat"),
            "sleeve": ("short", "sleeveless", "long", "short"),
            "fit": ("regular", "cropped", "oversized", "regular"),
        },
        ("cotton", "cotton", "linen", "ribbed knit"),
        ("plain", "breton", "plain", "dotted", "floral"),
    ),
    "shirt": ClothRange(
        {
            "collar": ("classic", "band", "camp", "bow"),
            "sleeve": ("long", "long", "short"),
            "pockets": ("no", "one", "two"),
            "fit": ("regular", "oversized"),
        },
        ("cotton", "linen", "denim", "satin", "cotton"),
        ("plain", "striped", "checked", "dotted", "floral", "plain"),
    ),
    "sweater": ClothRange(
        {
            "neck": ("crew", "roll", "v", "hooded", "shawl"),
            "fit": ("regular", "oversized", "cropped"),
        },
        ("knit", "cable knit", "ribbed knit"),
        ("plain", "breton", "plain", "colour-block"),
    ),
    "jacket": ClothRange(
        {
            "form": ("denim", "biker", "blazer", "bomber", "puffer"),
            "front": ("open", "closed"),
            "fit": ("regular", "cropped", "oversized"),
        },
        ("wool", "cotton"),
        ("plain", "plain", "checked"),
    ),
    "coat": ClothRange(
        {
            "form": ("trench", "double-breasted", "duffle", "quilted", "collarless"),
            "length": ("knee-length", "midi", "short"),
            "front": ("closed", "open"),
        },
        ("wool", "wool", "cotton"),
        ("plain", "plain", "herringbone", "checked"),
    ),
    "dress": ClothRange(
        {
            "form": ("a-line", "slip", "shirt", "tiered", "shift"),
            "length": ("mini", "knee-length", "midi", "maxi"),
            "sleeve": ("sleeveless", "short", "long"),
            "neck": ("crew", "v", "scoop"),
        },
        ("cotton", "satin", "linen", "cotton"),
        ("plain", "floral", "dotted", "striped", "checked", "floral"),
    ),
    "skirt": ClothRange(
        {
            "form": ("a-line", "pencil", "pleated", "circle", "buttoned"),
            "length": ("mini", "knee-length", "midi"),
        },
        ("cotton", "satin", "denim", "wool", "leather"),
        ("plain", "checked", "floral", "plain", "dotted"),
    ),
    "trousers": ClothRange(
        {
            "leg": ("straight", "slim", "wide", "flared", "cargo"),
            "length": ("full", "cropped", "full"),
        },
        ("denim", "cotton", "wool", "denim", "corduroy", "leather"),
        ("plain", "plain", "plain", "checked", "striped"),
    ),
    "shorts": ClothRange(
        {"form": ("tailored", "sport", "cut-off", "bermuda"), "hem": ("plain", "turned-up")},
        ("cotton", "denim", "linen", "corduroy"),
        ("plain", "plain", "checked", "floral", "striped"),
    ),
    "shoes": ClothRange(
        {"form": ("sneaker", "loafer", "high-top", "derby", "ballet"), "sole": ("thin", "chunky")},
        ("leather", "leather", "suede"),
    ),
    "boots": ClothRange(
        {"form": ("chelsea", "lace-up", "riding", "rain"), "sole": ("thin", "chunky")},
        ("leather", "leather", "suede"),
    ),
    "bag": ClothRange(
        {
            "form": ("tote", "shoulder", "bucket", "satchel", "crescent"),
            "size": ("small", "large"),
            "clasp": ("ring", "bar", "no"),
        },
        ("leather", "leather", "cotton", "straw"),
        ("plain", "plain", "striped", "checked"),
    ),
    "hat": ClothRange(
        {"form": ("beanie", "cap", "fedora", "bucket", "beret", "wide-brimmed"), "band": ("plain", "contrast")},
        ("wool", "cotton", "knit"),
    ),
    "scarf": ClothRange(
        {"form": ("loop", "long", "knotted", "wrapped"), "ends": ("plain", "fringed")},
        ("knit", "wool", "satin", "cable knit"),
        ("checked", "plain", "striped", "breton", "dotted"),
    ),
    "belt": ClothRange(
        {"buckle": ("square", "round", "double", "plate"), "width": ("narrow", "wide")}, ("leather", "suede")
    ),
    "glasses": ClothRange(
        {"form": ("round", "square", "cat-eye", "aviator"), "lens": ("dark", "clear", "brown", "green")}, ("leather",)
    ),
}
FIXED_CLOTH: dict[tuple[str, str], str] = {
    ("jacket", "denim"): "denim",
    ("jacket", "biker"): "leather",
    ("jacket", "bomber"): "nylon",
    ("jacket", "puffer"): "nylon",
    ("coat", "trench"): "cotton",
    ("coat", "quilted"): "nylon",
    ("shorts", "cut-off"): "denim",
    ("shorts", "sport"): "nylon",
    ("dress", "slip"): "satin",
    ("boots", "rain"): "leather",
    ("hat", "beanie"): "knit",
    ("hat", "fedora"): "wool",
    ("hat", "beret"): "wool",
    ("hat", "cap"): "cotton",
    ("hat", "bucket"): "cotton",
    ("hat", "wide-brimmed"): "straw",
    ("bag", "bucket"): "leather",
}
"""Cloths that a form always comes in, by category and the first trait."""
ONE_COLOR = ("denim", "leather", "suede", "nylon", "straw", "corduroy", "cable knit", "ribbed knit")
"""Cloths that are never patterned."""
