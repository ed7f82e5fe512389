"""What hangs on tags that nobody judged: asked about in that order, a grade is worth most where shoppers look.

The re-ranker bets little on them in a scene that much of all traffic comes to (``docs/decisions/0008-what-clicks-may-cost.md``),
and all the more once somebody has looked.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from labeling.catalog.models import Vertical
from labeling.serving.evidence import NOTHING, Record
from labeling.serving.offers import Offer, offers_live
from labeling.serving.ranker import AT_RISK, BEST_DCG, Ranking, rank, unsaid
from labeling.serving.records import records_of
from labeling.serving.selectors import ranker_live, ranking_of, scenes_shown, traffic_of
from labeling.tags.models import Tag

LEAST_STAKE = AT_RISK / 20
"""What less hangs on is not worth a person's time."""
SCENES_MOST = 500
COUNTED = 5


def stakes(
    offers: Sequence[Offer],
    records: Mapping[int, Record],
    ranking: Ranking,
    *,
    share: float,
    now: datetime | None = None,
) -> dict[int, float]:
    """How much of nDCG@5, over all looks, hangs on each tag of a scene that nobody judged, by tag.

    That is the scene's ``share`` of all looks, in [0, 1], times what the place is worth that shoppers would give the tag if
    there were no limit to how far it may climb. Beyond the fifth nothing hangs on it.
    """
    wanted = rank(offers, records, replace(ranking, looked=0.0), seed=None, now=now)
    return {
        each.offer.tag: share / math.log2(place + 1) / BEST_DCG if place <= COUNTED else 0.0
        for place, each in enumerate(wanted, start=1)
        if unsaid(each.offer, records.get(each.offer.tag, NOTHING))
    }


def tags_at_stake(*, vertical: Vertical) -> list[int]:
    """Live tags that nobody judged or was asked about, as audits ask: that on which most hangs first, none under ``LEAST_STAKE``.

    Empty where nothing is re-ranked yet, or nobody looks.
    """
    live = ranker_live(vertical=vertical)
    traffic = {} if live is None else traffic_of(vertical=vertical)
    looks = sum(traffic.values())
    least = LEAST_STAKE * BEST_DCG * looks
    scenes = [pk for pk in heapq.nlargest(SCENES_MOST, traffic, key=lambda pk: traffic[pk]) if traffic[pk] >= least]
    if live is None or not scenes:
        return []
    claimed = {pk for pk, scene in scenes_shown(scenes=scenes).items() if scene.claimed}
    shown: dict[int, list[Offer]] = defaultdict(list)
    for offer in offers_live(scenes=scenes, claimed=claimed):
        shown[offer.scene].append(offer)
    tags = [offer.tag for each in shown.values() for offer in each]
    records, ranking = records_of(tags=tags), ranking_of(live.pk, live.created_at)
    hangs: dict[int, float] = {}
    for scene, offers in shown.items():
        hangs |= stakes(offers, records, ranking, share=traffic[scene] / looks)
    askable = Tag.objects.filter(pk__in=hangs, audit=None, proposal__isnull=False).values_list("pk", flat=True)
    return sorted((tag for tag in askable if hangs[tag] >= LEAST_STAKE), key=lambda tag: (-hangs[tag], tag))
