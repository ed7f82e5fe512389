"""What people are asked next: what teaches the calibration, proves a threshold, or gives a scene its first tag."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
from django.db import transaction
from django.db.models import F

from labeling.annotation.models import Assignment, BurstItem, Campaign, PriorityRule
from labeling.annotation.services import objects_ask
from labeling.inference.models import Proposal
from labeling.tags.calibration import probabilities_of
from labeling.tags.evidence import Evidence, evidence_of
from labeling.tags.fitting import TEACHES
from labeling.tags.models import AutomationPolicy, Tag
from labeling.tags.worth import Progress, Standing, chosen, gain_of, shares, worth_of

NO_TRAFFIC: Mapping[int, float] = {}
NO_LOOKS: Mapping[int, Mapping[int, float]] = {}
BATCH = 1000


@transaction.atomic
def objects_offer(
    *, campaign: Campaign, count: int, traffic: Mapping[int, float] = NO_TRAFFIC, evidence: Evidence | None = None
) -> int:
    """Ask a campaign about the ``count`` objects that are worth most, one a scene, in bursts; returns how many are new.

    Never about what was decided, asked or tagged already. ``traffic`` says by scene how often it was looked at.
    """
    evidence = evidence or evidence_of(vertical=campaign.vertical)
    policy = _pooled(campaign)
    standing = _standing(campaign, evidence, policy, traffic)
    picked = chosen(standing, shares(standing.progress), count)
    proposals = Proposal.objects.in_bulk(picked)
    return objects_ask(campaign=campaign, proposals=[proposals[pk] for pk in picked])


@transaction.atomic
def objects_offer_best(
    *, campaigns: Iterable[Campaign], count: int, traffic: Mapping[int, Mapping[int, float]] = NO_LOOKS
) -> Campaign | None:
    """Offer objects to that one of these campaigns, of a vertical each, where a decision is expected to bring most scenes a tag.

    Returns the campaign, or None where none has anything left to ask. For people who work for several verticals.
    ``traffic`` says by vertical and scene how often it was looked at.
    """
    found = []
    for campaign in campaigns:
        evidence, policy = evidence_of(vertical=campaign.vertical), _pooled(campaign)
        found.append((gain_of(_standing(campaign, evidence, policy, NO_TRAFFIC)), campaign, evidence))
    for _, campaign, evidence in sorted(found, key=lambda each: -each[0]):
        looks = traffic.get(campaign.vertical_id, NO_TRAFFIC)
        if objects_offer(campaign=campaign, count=count, traffic=looks, evidence=evidence):
            return campaign
    return None


@transaction.atomic
def work_order(
    *, campaign: Campaign, traffic: Mapping[int, float] = NO_TRAFFIC, evidence: Evidence | None = None
) -> int:
    """Bring what waits in a campaign into the order of its worth, the mean over its objects; returns how many seats moved.

    Seats that are lent, and those asked for because of a tie, keep their place.
    """
    if campaign.priority_rule != PriorityRule.WORTH:
        return 0
    evidence = evidence or evidence_of(vertical=campaign.vertical)
    standing = _standing(campaign, evidence, _pooled(campaign), traffic)
    worth = worth_of(standing)
    by_scene: dict[int, list[float]] = defaultdict(list)
    by_proposal: dict[int, float] = {}
    for slate, value in zip(evidence.slates, worth.tolist(), strict=True):
        by_scene[slate.scene].append(value)
        by_proposal[slate.proposal] = value
    by_burst: dict[int, list[float]] = defaultdict(list)
    for burst, proposal in BurstItem.objects.filter(campaign=campaign, burst__isnull=False).values_list(
        "burst", "proposal"
    ):
        by_burst[burst].append(by_proposal.get(proposal, 0.0))
    waiting = Assignment.objects.filter(
        campaign=campaign, state=Assignment.State.WAITING, annotator=None, slot__lt=F("campaign__overlap")
    ).select_for_update(of=("self",), skip_locked=True)
    moved = []
    for seat in waiting.order_by("pk"):
        values = by_burst[seat.burst_id] if seat.burst_id is not None else by_scene[seat.scene_id or 0]
        priority = float(np.mean(values)) if values else 0.0
        if seat.priority != priority:
            seat.priority = priority
            moved.append(seat)
    Assignment.objects.bulk_update(moved, ["priority"], batch_size=BATCH)
    return len(moved)


def _pooled(campaign: Campaign) -> AutomationPolicy | None:
    return AutomationPolicy.objects.filter(vertical=campaign.vertical, category=None).first()


def _standing(
    campaign: Campaign, evidence: Evidence, policy: AutomationPolicy | None, traffic: Mapping[int, float]
) -> Standing:
    vertical = campaign.vertical
    shown = Tag.objects.filter(scene__vertical=vertical).exclude(state=Tag.State.HIDDEN)
    tagged_scenes = set(shown.values_list("scene", flat=True))
    gone = set(Tag.objects.filter(scene__vertical=vertical, proposal__isnull=False).values_list("proposal", flat=True))
    gone |= set(BurstItem.objects.filter(campaign__vertical=vertical).values_list("proposal", flat=True))
    gone |= evidence.decided.keys()
    lessons = sum(slate.half == TEACHES and slate.proposal in evidence.decided for slate in evidence.slates)
    probabilities, tested, proven = None, 0, False
    if policy is not None:
        tested, proven = policy.report.get("tested", 0), policy.threshold is not None
    if policy is not None and policy.calibration:
        probabilities = probabilities_of(
            confidence=policy.calibration, signals=evidence.signals, categories=evidence.categories
        )
    return Standing(
        slates=evidence.slates,
        probabilities=probabilities,
        open=np.array([slate.proposal not in gone for slate in evidence.slates], dtype=bool),
        covered=np.array([slate.scene in tagged_scenes for slate in evidence.slates], dtype=bool),
        traffic=traffic,
        surest_only=policy is not None and policy.reach == AutomationPolicy.Reach.SCENE,
        asked=Counter(slate.category for slate in evidence.slates if slate.proposal in evidence.decided),
        progress=Progress(lessons, tested, proven),
        target=policy.target_precision if policy is not None else 1.0,
    )
