"""What is known of products at tags, and of looks: what the re-ranker is told, learns and is judged by. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from labeling.serving.offers import Offer


class Record(NamedTuple):
    """What is known of a product at a tag. ``seen`` sums how likely each impression was looked at, ``taken`` what was done
    to it, both of late (see :mod:`labeling.serving.records`); ``elsewhere`` the same of the product at other tags. ``gain`` is
    what people said of it, None for nothing; ``pairs`` counts what they confirmed of the product in other scenes.
    """

    seen: float = 0.0
    taken: float = 0.0
    seen_elsewhere: float = 0.0
    taken_elsewhere: float = 0.0
    gain: float | None = None
    pairs: int = 0


NOTHING = Record()


class Lesson(NamedTuple):
    """One product at one tag as a version learns it: ``gain`` is what people said, ``sure`` how surely, 0 for nothing;
    ``usual`` is the score it stood by before anything was learned."""

    offer: Offer
    record: Record
    gain: float = 0.0
    sure: float = 0.0
    usual: float = 0.0


class Showing(NamedTuple):
    """How often the product at a tag was ``shown`` at a position, and what was ``taken`` of it there."""

    tag: int
    position: int
    shown: float
    taken: float


class Impression(NamedTuple):
    """A tag that was seen in a held-out look: the chance at which it stood at its position, and what it brought."""

    tag: int
    position: int
    chance: float
    reward: float


class HeldOut(NamedTuple):
    """All tags that looks at a scene held, with their records less what these looks brought, and what was seen of them."""

    offers: Sequence[Offer]
    records: Mapping[int, Record]
    impressions: Sequence[Impression]
