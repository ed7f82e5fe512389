"""What a world is about: its taxonomy, its shops, the words of its products and of the pages that show its pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Category:
    """A category: ``slug`` as in `ProductSpec.category`, its ``name`` and the ``parent`` group's name."""

    slug: str
    name: str
    parent: str


@dataclass(frozen=True)
class Listing:
    """What a shop says of one product; ``form`` is a stable number of its form, the same for all variants."""

    title: str
    description: str
    price: float
    attributes: dict[str, str]
    form: int


@dataclass(frozen=True)
class Phrases:
    """How people write about pictures: titles and boards by the kind of place shown, and where they write.

    ``titles`` are templates over ``{mood}`` and ``{thing}``; ``empty`` stands for a thing where a picture shows none.
    """

    titles: Mapping[str, tuple[str, ...]]
    boards: Mapping[str, tuple[str, ...]]
    any_boards: tuple[str, ...]
    moods: tuple[str, ...]
    blogs: tuple[str, ...]
    empty: str


@dataclass(frozen=True)
class Vertical:
    """A taxonomy with its shops (name to domain) and words. ``listing`` takes a category, a family and a variant."""

    name: str
    categories: tuple[Category, ...]
    brands: Mapping[str, str]
    listing: Callable[[str, int, int], Listing]
    phrases: Phrases
