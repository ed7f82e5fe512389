"""The second look: where people contradict what automation is sure of, others are asked, who do not know of it.

A right tag that one careless decision contradicts would count against automation as much as a wrong one. Whoever looks again
sees what the first saw, and nobody's answer. What this does to the proof: ``docs/decisions/0007-the-second-look.md``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from django.db.models import Count

from labeling.accounts.models import Role, User
from labeling.annotation.models import BurstItem, Campaign, Dispute, Resolution
from labeling.annotation.services import objects_ask_again
from labeling.inference.models import Proposal
from labeling.tags.calibration import probabilities_of
from labeling.tags.evidence import Evidence
from labeling.tags.fitting import contenders_of
from labeling.tags.models import Audit, AutomationPolicy
from labeling.tags.selectors import slates_under

SURE = 0.6
"""What automation holds less likely than this is never looked at again."""
TRIAL, PAYS = 20, 0.1
"""So many objects are asked about at once; after the first so many only while this share of all came out for the tag."""
PEOPLE = 3
"""The one who contradicted, and two who may find for the tag."""


def contradictions_ask(*, policy: AutomationPolicy, evidence: Evidence) -> int:
    """Ask others about what one person alone decided against a sure tag of this policy; returns how many are asked about.

    Each object once, the surest first, while it pays, in campaigns that are open, and only where there are enough people for
    an answer. What an adjudicator was asked about is left to them. One transaction a campaign.
    """
    if not policy.calibration or not _people_enough():
        return 0
    askable = _of_one_word(_contradicted(policy, evidence), blind_audit=False)
    known = evidence.looked_again
    turned = sum(evidence.decided.get(proposal, False) for proposal in known)
    pays = len(known) >= TRIAL and turned >= PAYS * len(known)
    return _ask(askable[: TRIAL if pays else max(0, TRIAL - len(known))])


def audits_ask_again(*, policy: AutomationPolicy) -> int:
    """Ask others about the tags of this policy that an audit found wrong by one person's word; returns how many are new."""
    if not _people_enough():
        return 0
    wrong = Audit.objects.filter(policy=policy, correct=False, tag__proposal__isnull=False)
    known = BurstItem.objects.filter(campaign__vertical=policy.vertical, campaign__blind_audit=True, look__gt=1)
    fresh = wrong.exclude(tag__proposal__in=known.values("proposal")).order_by("pk")
    return _ask(_of_one_word(list(fresh.values_list("tag__proposal", flat=True)), blind_audit=True))


def _contradicted(policy: AutomationPolicy, evidence: Evidence) -> list[int]:
    """Proposals that automation might publish by its own word and people decided against, the surest first."""
    probabilities = probabilities_of(
        confidence=policy.calibration, signals=evidence.signals, categories=evidence.categories
    )
    mine = slates_under(policy=policy, slates=evidence.slates)
    contend = mine & contenders_of(
        evidence.slates,
        np.where(mine, probabilities, -1.0),
        target=policy.target_precision,
        surest_only=policy.reach == AutomationPolicy.Reach.SCENE,
    )
    # What is as sure as they are may be the surest of its scene by the next fit.
    lowest = max(SURE, float(probabilities[contend].min(initial=1.0)))
    sure = np.flatnonzero(mine & (probabilities >= lowest))
    ranked = [evidence.slates[i].proposal for i in sure[np.argsort(-probabilities[sure], kind="stable")]]
    return [each for each in ranked if evidence.decided.get(each) is False and each not in evidence.looked_again]


def _of_one_word(proposals: Sequence[int], *, blind_audit: bool) -> list[tuple[int, int]]:
    """Those of these that one person decided, in their order, as (open campaign, proposal); not what waits for a ruling."""
    settled = Resolution.objects.filter(
        proposal__in=proposals, campaign__blind_audit=blind_audit, campaign__state=Campaign.State.OPEN
    )
    alone = settled.annotate(people=Count("annotations__annotator", distinct=True)).order_by("pk")
    latest = dict(alone.values_list("proposal", "campaign").filter(people=1))
    ruled = set(Dispute.objects.filter(proposal__in=proposals).values_list("campaign", "proposal"))
    found = [(latest[proposal], proposal) for proposal in proposals if proposal in latest]
    return [each for each in found if each not in ruled]


def _ask(wanted: Sequence[tuple[int, int]]) -> int:
    by_campaign: dict[int, list[int]] = defaultdict(list)
    for campaign, proposal in wanted:
        by_campaign[campaign].append(proposal)
    return sum(
        objects_ask_again(campaign=campaign, proposals=Proposal.objects.filter(pk__in=by_campaign[campaign.pk]))
        for campaign in Campaign.objects.filter(pk__in=by_campaign).order_by("pk")
    )


def _people_enough() -> bool:
    return User.objects.filter(is_active=True, role__in=(Role.ANNOTATOR, Role.STAFF)).count() >= PEOPLE
