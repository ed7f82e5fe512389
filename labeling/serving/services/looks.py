"""Serving looks: the live tags of scenes in the order that serves now, with the token that events come back under."""

from __future__ import annotations

import hashlib
import time
import uuid as uuids
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core import signing

from labeling.common.errors import NotFoundError
from labeling.serving import ranker, selectors
from labeling.serving.dots import dot_positions
from labeling.serving.evidence import Record
from labeling.serving.exploring import explored
from labeling.serving.offers import Offer, offers_live
from labeling.serving.records import records_of
from labeling.serving.selectors import SceneShown

SALT = "looktag.look"
TOKEN_SECONDS = 24 * 3600
FRESH_SECONDS = 6 * 3600
"""A visitor who asks again within these sees the same order, and a kept look's token is never older."""


@dataclass(frozen=True, slots=True)
class PlacedTag:
    """A tag at its position (from 1) in a look, with its dot; ``chance`` is how likely it was to stand there, in (0, 1]."""

    offer: Offer
    position: int
    dot: tuple[float, float]
    chance: float


@dataclass(frozen=True, slots=True)
class Look:
    """What is served for a scene. ``version`` differs as soon as anything shown does; ``at`` is in seconds since 1970.

    ``own`` says that somebody of the house looks, who is no shopper.
    """

    scene: SceneShown
    tags: list[PlacedTag]
    visitor: str
    own: bool
    ranker: int | None
    arm: str
    version: str
    at: float
    uuid: uuids.UUID

    @property
    def token(self) -> str:
        """Signed: events come back with it, so that none can be made up."""
        claims = {
            "look": self.uuid.hex,
            "at": int(self.at * 1000) / 1000,
            "scene": self.scene.id,
            "tags": {p.offer.tag: (p.position, p.offer.product, round(p.chance, 6)) for p in self.tags},
            "ranker": self.ranker,
            "made": self.scene.ranker_made and self.scene.ranker_made.isoformat(),
            "arm": self.arm,
            "experiment": self.scene.experiment,
            "visitor": self.visitor,
            "own": self.own,
        }
        return signing.dumps(claims, salt=SALT)


def look_serve(*, scene: int, visitor: str, own: bool = False) -> Look:
    """The look of one scene. Raises :class:`NotFoundError`."""
    looks = looks_serve(scenes=[scene], visitor=visitor, own=own)
    if not looks:
        raise NotFoundError(f"There is no scene {scene}.")
    return looks[0]


def looks_serve(*, scenes: Sequence[int], visitor: str, own: bool = False) -> list[Look]:
    """The looks of those of these scenes that exist, in the order asked, in three statements however many they are, two
    where nothing is ranked."""
    found = selectors.scenes_shown(scenes=scenes)
    claimed = {pk for pk, scene in found.items() if scene.claimed}
    by_scene: dict[int, list[Offer]] = defaultdict(list)
    for offer in offers_live(scenes=found, claimed=claimed):
        by_scene[offer.scene].append(offer)
    now = time.time()
    ranked = any(scene.ranker is not None for scene in found.values())
    records = records_of(tags=[offer.tag for each in by_scene.values() for offer in each]) if ranked else {}
    return [_look(found[pk], by_scene[pk], records, visitor, own, now) for pk in dict.fromkeys(scenes) if pk in found]


def _look(
    scene: SceneShown, offers: list[Offer], records: dict[int, Record], visitor: str, own: bool, now: float
) -> Look:
    """The tags in the order of the live re-ranker; a control group gets them by confidence. A share of both is explored."""
    arm = "" if scene.experiment is None else _arm(scene.experiment, visitor, scene.share or 0.0)
    period = int(now // FRESH_SECONDS)
    seed, share = f"{scene.id}/{visitor}/{period}", settings.EXPLORE_SHARE
    if scene.ranker is not None and arm != "control":
        ranking = selectors.ranking_of(scene.ranker, scene.ranker_made)
        ranked = ranker.rank(offers, records, ranking, seed=seed, explore=share)
        shown, chances = [each.offer for each in ranked], [each.chance for each in ranked]
    else:
        sound = sum(ranker.relevance(offer) >= ranker.RELEVANCE_FLOOR for offer in offers)
        shown, chances = explored(offers, share=share, seed=seed, depth=sound)
    dots = dot_positions([offer.box for offer in shown], aspect=scene.width / scene.height)
    placed = [
        PlacedTag(offer, position, dot, chance)
        for position, (offer, dot, chance) in enumerate(zip(shown, dots, chances, strict=True), start=1)
    ]
    # Neither the ranking's number nor the chances: they move every few seconds, and most of their steps move no tag.
    said = repr((scene.title, scene.image, shown, visitor, own, arm, period))
    version = hashlib.blake2b(said.encode(), digest_size=12).hexdigest()
    return Look(scene, placed, visitor, own, scene.ranker, arm, version, now, uuids.uuid4())


def _arm(experiment: str, visitor: str, share: float) -> str:
    """The arm of a visitor: always the same one, as a hash of both names says."""
    point = int.from_bytes(hashlib.sha256(f"{experiment}/{visitor}".encode()).digest()[:8], "big") / 2**64
    return "treatment" if point < share else "control"
