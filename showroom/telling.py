"""Captions as people write them: some name what stands in the picture in words of their own, some are of another picture, some
say nothing.

Works on the rows of ``scenes.jsonl`` and ``products.jsonl``, so that a pack is retold without drawing it again.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Row = dict[str, Any]

KINDS = {"right": 0.45, "vague": 0.2, "wrong": 0.2, "empty": 0.15}
"""How captions are spread: ``right`` names things that are there, ``vague`` stays as it was, ``wrong`` is another room's."""

PLAIN_COLOURS = {
    "blue": ("navy", "sky", "denim", "teal"),
    "green": ("sage", "olive", "forest", "green marble"),
    "yellow": ("mustard",),
    "orange": ("terracotta", "rust"),
    "pink": ("blush",),
    "dark red": ("burgundy", "plum"),
    "grey": ("charcoal", "silver", "grey oak"),
    "off-white": ("cream", "ivory", "oatmeal", "sand"),
    "brown": ("camel", "chocolate", "bronze", "copper"),
    "dark": ("walnut", "teak", "cherry", "black-stained ash", "black steel"),
    "light": ("oak", "ash", "white-washed pine", "travertine"),
}
PLAIN_MATERIALS = {"wood": "wooden", "stoneware": "ceramic"} | dict.fromkeys(("paint", "print", "shade", "weave"), "")
OTHER_NOUNS = {"sofa": "couch", "cushion": "pillow", "rug": "carpet", "bookcase": "bookshelf", "wall_art": "picture"}
SHOP_COLOUR = 0.5
MATERIAL = 0.5
BRAND = 0.1
OTHER_NOUN = 0.25
MOST_NAMED = 4


def kind_of(scene_id: str) -> str:
    """What sort of caption a scene gets; the same for the same id, whatever pack it stands in."""
    return str(_chance(scene_id, 1).choice(list(KINDS), p=list(KINDS.values())))


def retell(scenes: Sequence[Row], products: Mapping[str, Row]) -> list[Row]:
    """The scenes with ``title``, ``description`` and ``boards`` told anew. A wrong caption names what stands in another room."""
    told = []
    for place, scene in enumerate(scenes):
        match kind_of(str(scene["id"])):
            case "right":
                told.append(scene | _named(scene, products))
            case "wrong":
                told.append(scene | _named(_other_room(scenes, place), products))
            case "empty":
                told.append(scene | {"title": "", "description": "", "boards": []})
            case _:
                told.append(scene)
    return told


def name_of(product: Row, rng: np.random.Generator) -> str:
    """A product as somebody who likes it would call it: a colour, perhaps what it is made of, rarely who sells it."""
    attributes, category = product["attributes"], str(product["category"])
    colour, material = str(attributes["color"]), str(attributes["material"])
    if rng.random() >= SHOP_COLOUR:
        colour = next((plain for plain, shop in PLAIN_COLOURS.items() if colour in shop), colour)
    said = PLAIN_MATERIALS.get(material, material) if rng.random() < MATERIAL and material not in colour else ""
    noun = OTHER_NOUNS.get(category, category) if rng.random() < OTHER_NOUN else category
    whose = f" from {product['brand']}" if rng.random() < BRAND else ""
    return " ".join(word for word in (colour, said, noun.replace("_", " ")) if word) + whose


def _named(scene: Row, products: Mapping[str, Row]) -> Row:
    rng = _chance(str(scene["id"]), 2)
    # Each product once, and what fills the picture is spoken of sooner.
    sizes: dict[str, float] = {}
    for item in scene["objects"]:
        left, top, right, bottom = item["box"]
        sizes[item["product"]] = sizes.get(item["product"], 0.0) + (right - left) * (bottom - top)
    if not sizes:
        return {}
    count = min(int(rng.integers(1, MOST_NAMED + 1)), len(sizes))
    weights = np.array(list(sizes.values())) ** 0.5
    chosen = rng.choice(list(sizes), count, replace=False, p=weights / weights.sum())
    names = [name_of(products[str(name)], rng) for name in chosen]
    first, *others = [f"{'an' if name[0] in 'aeiou' else 'a'} {name}" for name in names]
    room = str(scene["room"]).capitalize()
    description = f"{room} styling with {' and '.join(others)}." if others else str(scene["description"])
    return {"title": f"{room} with {first}", "description": description, "boards": list(scene["boards"])}


def _other_room(scenes: Sequence[Row], place: int) -> Row:
    mine = str(scenes[place]["id"]).rsplit("-", 1)[0]
    others = [scene for scene in scenes if str(scene["id"]).rsplit("-", 1)[0] != mine]
    return others[int(_chance(str(scenes[place]["id"]), 3).integers(len(others)))] if others else scenes[place]


def _chance(scene_id: str, purpose: int) -> np.random.Generator:
    return np.random.default_rng([zlib.crc32(scene_id.encode()), purpose])
