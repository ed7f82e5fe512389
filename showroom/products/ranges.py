"""What each category is offered in: the traits a form may have and the kinds of surface it may be made of."""

from __future__ import annotations

from dataclasses import dataclass

from showroom.textures import FABRICS, METALS, STONES, WOODS

_CLOTH_COLORS = (
    "cream",
    "oatmeal",
    "camel",
    "mustard",
    "terracotta",
    "rust",
    "blush",
    "burgundy",
    "plum",
    "navy",
    "denim",
    "sky",
    "teal",
    "sage",
    "olive",
    "forest",
    "silver",
    "charcoal",
)
_GLAZES = ("white", "sand", "terracotta", "sage", "navy", "black", "blush", "mustard", "olive", "sky")

SURFACE_NAMES: dict[str, tuple[str, ...]] = {
    "wood": tuple(WOODS),
    "metal": tuple(METALS),
    "stone": tuple(STONES),
    "paint": ("white", "sage", "navy", "charcoal", "terracotta", "mustard", "forest", "blush", "sky", "black"),
    "leather": ("camel", "chocolate", "black", "cream", "rust", "forest", "burgundy"),
    "wool": _CLOTH_COLORS,
    "print": ("navy", "terracotta", "sage", "mustard", "teal", "burgundy", "denim", "olive", "rust", "plum"),
    "shade": ("ivory", "cream", "oatmeal", "mustard", "terracotta", "sage", "blush", "charcoal"),
    **{kind: _CLOTH_COLORS for kind in FABRICS if kind != "leather"},
    **dict.fromkeys(("plain", "speckled", "dipped", "banded"), _GLAZES),
}


@dataclass(frozen=True)
class CategoryRange:
    """The choices of a category: ``traits`` of the form, kinds of the ``main`` and the ``second`` surface."""

    traits: dict[str, tuple[str, ...]]
    main: tuple[str, ...]
    second: tuple[str, ...]


_SEATING_LEGS = ("tapered", "splayed", "square", "sled")
_CERAMICS = ("plain", "speckled", "dipped", "banded")
_PATTERNS = ("striped", "checked", "chevron", "diamond", "moroccan", "dotted", "abstract", "bordered")
_SHADES = ("drum", "cone", "empire", "globe", "dome", "pleated")

CATEGORY_RANGES: dict[str, CategoryRange] = {
    "sofa": CategoryRange(
        {
            "arms": ("track", "rolled", "slim", "padded", "track"),
            "seats": ("2-seat", "3-seat", "3-seat"),
            "back": ("loose-cushion", "tight", "channelled", "buttoned"),
            "legs": (*_SEATING_LEGS, "plinth"),
        },
        FABRICS,
        ("wood", "wood", "metal"),
    ),
    "armchair": CategoryRange(
        {
            "form": ("club", "tub", "open-frame", "tub", "club"),
            "arms": ("track", "rolled", "slim", "padded"),
            "back": ("loose-cushion", "tight", "channelled", "buttoned"),
            "legs": _SEATING_LEGS,
        },
        FABRICS,
        ("wood", "wood", "metal"),
    ),
    "dining_chair": CategoryRange(
        {
            "back": ("panel", "slatted", "ladder", "spindle", "curved", "cross"),
            "seat": ("upholstered", "solid"),
            "legs": ("tapered", "splayed", "square"),
        },
        FABRICS,
        ("wood", "wood", "metal"),
    ),
    "stool": CategoryRange(
        {"form": ("round", "saddle", "drum", "counter", "square"), "legs": ("tapered", "splayed", "square")},
        ("wood", "velvet", "leather", "boucle", "weave"),
        ("wood", "metal"),
    ),
    "coffee_table": CategoryRange(
        {
            "top": ("round", "rectangular", "oval", "organic", "soft-edged", "hexagonal"),
            "base": ("tapered", "splayed", "square", "pedestal", "drum", "hairpin", "crossed"),
        },
        ("wood", "wood", "wood", "stone"),
        ("wood", "metal"),
    ),
    "side_table": CategoryRange(
        {
            "top": ("round", "soft-edged", "rectangular", "oval", "hexagonal"),
            "base": ("pedestal", "tapered", "drawer", "tray", "crossed", "drum"),
        },
        ("wood", "wood", "paint", "stone"),
        ("wood", "metal"),
    ),
    "dining_table": CategoryRange(
        {
            "top": ("rectangular", "round", "oval", "soft-edged"),
            "base": ("tapered", "square", "pedestal", "crossed", "panel", "splayed"),
        },
        ("wood", "wood", "wood", "stone"),
        ("wood", "metal"),
    ),
    "sideboard": CategoryRange(
        {
            "front": ("plain", "fluted", "framed", "cane", "drawer"),
            "pulls": ("knob", "bar", "ring", "cut-out"),
            "legs": (*_SEATING_LEGS, "plinth"),
        },
        ("wood", "wood", "paint"),
        ("wood", "metal"),
    ),
    "bookcase": CategoryRange(
        {
            "form": ("cased", "open-frame", "ladder", "two-column", "cube"),
            "shelves": ("4-tier", "5-tier", "6-tier"),
            "back": ("closed", "open"),
        },
        ("wood", "wood", "paint"),
        ("metal", "wood"),
    ),
    "bed": CategoryRange(
        {
            "headboard": ("panel", "channelled", "slatted", "plank", "arched", "tufted"),
            "width": ("140 cm", "160 cm", "180 cm"),
            "bedding": ("plain", "striped", "checked", "chevron"),
        },
        FABRICS,
        ("wood",),
    ),
    "floor_lamp": CategoryRange(
        {"base": ("stick", "tripod", "arc", "twin-stem"), "shade": _SHADES}, ("shade",), ("metal", "metal", "wood")
    ),
    "table_lamp": CategoryRange(
        {"body": ("turned", "bottle", "sphere", "column", "ribbed"), "shade": ("drum", "cone", "empire", "pleated")},
        (*_CERAMICS, "wood", "metal"),
        ("metal",),
    ),
    "pendant_lamp": CategoryRange({"shade": (*_SHADES, "cluster")}, ("shade", "paint", "metal"), ("metal",)),
    "rug": CategoryRange(
        {
            "pattern": (*_PATTERNS, "medallion"),
            "form": ("rectangular", "rectangular", "rectangular", "round"),
            "edge": ("bound", "fringed"),
        },
        ("wool",),
        ("linen",),
    ),
    "cushion": CategoryRange(
        {
            "pattern": ("plain", *_PATTERNS),
            "form": ("square", "square", "lumbar", "round"),
            "edge": ("knife-edge", "piped", "tasselled"),
        },
        ("linen", "weave", "velvet", "boucle"),
        ("linen",),
    ),
    "vase": CategoryRange(
        {
            "form": ("bottle", "bulb", "cylinder", "flared", "amphora", "ribbed", "waisted"),
            "mouth": ("narrow", "wide"),
        },
        _CERAMICS,
        _CERAMICS,
    ),
    "plant": CategoryRange(
        {
            "species": ("fiddle-leaf fig", "snake plant", "palm", "olive tree", "monstera", "fern", "rubber plant"),
            "size": ("tall", "small"),
        },
        _CERAMICS,
        _CERAMICS,
    ),
    "wall_art": CategoryRange(
        {
            "motif": ("shapes", "landscape", "brushwork", "line", "colour-field", "grid", "arches"),
            "form": ("portrait", "landscape", "square"),
        },
        ("print",),
        ("wood", "wood", "metal"),
    ),
    "mirror": CategoryRange(
        {"form": ("round", "arched", "rectangular", "oval", "organic", "sunburst"), "frame": ("slim", "wide")},
        ("wood", "metal"),
        ("metal",),
    ),
    "clock": CategoryRange(
        {
            "form": ("round", "square", "sunburst", "skeleton", "hexagonal"),
            "marks": ("bars", "dots", "quarters"),
        },
        ("wood", "paint", "metal"),
        ("metal",),
    ),
}
