"""Scenes of a snapshot that people judged as a whole: where no pair stands in them, they saw nothing to pair."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from labeling.annotation.models import Assignment, Kind, Purpose, Resolution
from labeling.datasets.models import Snapshot
from models_ml.types import Box

ASKED_WHAT_IS_MISSING = (Kind.SCENE, Kind.COVERAGE)


class Unpaired(NamedTuple):
    """An object that people accepted and found no product for, or whose pair is not in the snapshot."""

    box: Box
    category: str


def scenes_whole(*, snapshot: Snapshot, scenes: Iterable[int]) -> dict[int, list[Unpaired]]:
    """Those of these scenes in which somebody was asked for all there is, by id, with the objects that no pair tells of.

    A campaign over some categories alone says nothing of the others. An object without a category says that something of
    unknown kind is there, so its scene is left out.
    """
    seen = Assignment.objects.filter(
        scene__in=list(scenes), kind__in=ASKED_WHAT_IS_MISSING, state=Assignment.State.SUBMITTED, purpose=Purpose.WORK
    )
    whole = set(seen.filter(campaign__categories=None).values_list("scene", flat=True))
    accepted = Resolution.objects.filter(scene__in=whole, accepted=True).exclude(pair__snapshot_rows__snapshot=snapshot)
    unpaired: dict[int, list[Unpaired]] = defaultdict(list)
    for each in accepted.select_related("category").order_by("pk"):
        if each.category is None:
            whole.discard(each.scene_id)
        else:
            unpaired[each.scene_id].append(Unpaired(each.box, each.category.slug))
    return {scene: unpaired[scene] for scene in whole if scene is not None}
