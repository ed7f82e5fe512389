"""Which campaigns that live by what work is worth have run out, and which of them the same people work for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db.models import Count
from django.utils import timezone

from labeling.annotation.models import Assignment, Campaign, Purpose
from labeling.annotation.selectors.campaigns import campaigns_by_worth

LATELY = timedelta(days=7)
SAME = 0.9
"""Campaigns are the same people's where so much of what was done lately in each was done by people who worked in the other."""


def campaigns_to_feed() -> list[list[Campaign]]:
    """Campaigns of bursts by worth that have run out, in groups that share one budget: the same people work for them.

    A group holds one campaign a vertical, and is left out while work waits in any of it, since its people are busy there.
    Whoever works for one vertical alone is never kept waiting by another, nor is a campaign that nobody has worked in yet.
    """
    fed = [(campaign, waiting) for campaign, waiting in campaigns_by_worth() if campaign.lends_bursts]
    groups = _by_people([campaign for campaign, _ in fed])
    busy = {campaign.pk for campaign, waiting in fed if waiting}
    return [group for group in groups if not busy & {campaign.pk for campaign in group}]


def _by_people(campaigns: Sequence[Campaign]) -> list[list[Campaign]]:
    """In groups of the same people, one campaign a vertical."""
    several = len({campaign.vertical_id for campaign in campaigns}) > 1
    done = _done_lately(campaigns) if several else {}
    groups: list[list[Campaign]] = []
    for campaign in campaigns:
        for group in groups:
            if all(
                each.vertical_id != campaign.vertical_id and _same(done.get(each.pk, {}), done.get(campaign.pk, {}))
                for each in group
            ):
                group.append(campaign)
                break
        else:
            groups.append([campaign])
    return groups


def _done_lately(campaigns: Sequence[Campaign]) -> dict[int, dict[int, int]]:
    """By campaign, how many seats each person finished there."""
    seats = Assignment.objects.filter(
        campaign__in=campaigns, purpose=Purpose.WORK, annotator__isnull=False, finished_at__gt=timezone.now() - LATELY
    ).exclude(state=Assignment.State.WAITING)
    done: dict[int, dict[int, int]] = defaultdict(dict)
    for campaign, annotator, n in seats.order_by().values_list("campaign", "annotator").annotate(n=Count("pk")):
        done[campaign][annotator] = n
    return done


def _same(one: Mapping[int, int], other: Mapping[int, int]) -> bool:
    both = one.keys() & other.keys()
    return bool(both) and all(sum(each[who] for who in both) >= SAME * sum(each.values()) for each in (one, other))
