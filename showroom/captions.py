"""The words around a picture of the demo world: which invented blog shows it, its title, description and boards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from showroom.types import SceneTruth
from showroom.verticals import Phrases

OWNED_DOMAIN = "bram.example"
OWNED_SHARE = 0.12
_BLOGS = (
    "slowrooms.example",
    "thequietcorner.example",
    "oakandlinen.example",
    "casalume.example",
    "northfacing.example",
    "smallflatdiary.example",
    "saturdayhome.example",
    "thehousewithtwocats.example",
)
_TITLES = {
    "living": (
        "A {mood} living room",
        "Living room with {thing}",
        "Sunday on the sofa: a {mood} corner",
        "Our {mood} front room",
    ),
    "bedroom": ("A {mood} bedroom", "Bedroom with {thing}", "Sleep well: a {mood} room", "The {mood} guest room"),
    "dining": (
        "A {mood} dining room",
        "Dinner for four, with {thing}",
        "Our {mood} table",
        "Around the table: {mood} ideas",
    ),
    "reading": (
        "A {mood} reading corner",
        "Reading corner with {thing}",
        "One chair, one lamp: a {mood} corner",
        "A nook to read in",
    ),
    "hallway": (
        "A {mood} hallway",
        "Hallway with {thing}",
        "Come in: a {mood} entrance",
        "The first metre of a {mood} home",
    ),
}
_MOODS = ("calm", "warm", "bright", "colourful", "grown-up", "playful", "quiet", "sunny")
_BOARDS = {
    "living": ("Living room ideas", "Sofas we love", "Cosy evenings"),
    "bedroom": ("Bedroom ideas", "Soft and quiet", "Bedside tables"),
    "dining": ("Dining room ideas", "Long tables", "Sunday lunch"),
    "reading": ("Reading corners", "Lamps and light", "Small spaces"),
    "hallway": ("Hallway ideas", "First impressions", "Small spaces"),
}
_ANY_BOARDS = ("Home", "First flat", "Colour stories", "Wish list")
HOME_PHRASES = Phrases(_TITLES, _BOARDS, _ANY_BOARDS, _MOODS, _BLOGS, "daylight")
BUSINESS_EVERY = 41
PAID_SCENE = 43


@dataclass(frozen=True)
class Caption:
    """Where a scene was published and what people wrote about it."""

    title: str
    description: str
    boards: tuple[str, ...]
    domain: str
    source_url: str
    business_account: bool
    organic: bool


def caption_of(truth: SceneTruth, number: int, phrases: Phrases = HOME_PHRASES) -> Caption:
    """The words for scene ``number`` of a pack (counted from 0); the same scene and number always give the same."""
    rng = np.random.default_rng([number, 101])
    names = [item.category.replace("_", " ") for item in truth.objects] or [phrases.empty]
    thing = names[int(rng.integers(len(names)))]
    words = {"mood": str(rng.choice(phrases.moods)), "thing": f"{_article(thing)} {thing}"}
    title = str(rng.choice(phrases.titles[truth.room_kind])).format(**words)
    listed = list(dict.fromkeys(names))[:3]
    description = f"{words['mood'].capitalize()} {truth.room_kind} styling with {_joined(listed)}."
    count = int(rng.integers(1, 4))
    boards = rng.permutation([*phrases.boards[truth.room_kind], *phrases.any_boards])[:count]
    owned = int((number + 1) * OWNED_SHARE) > int(number * OWNED_SHARE)
    domain = OWNED_DOMAIN if owned else str(rng.choice(phrases.blogs))
    return Caption(
        title,
        description,
        tuple(str(board) for board in boards),
        domain,
        f"https://{domain}/looks/{truth.id}",
        number % BUSINESS_EVERY == BUSINESS_EVERY - 5,
        number % 100 != PAID_SCENE,
    )


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
