"""What blind audits say of each automation, in all and in each category."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from labeling.catalog.models import Category, Vertical
from labeling.tags.calibration import ALPHA, Precision, precision_watch
from labeling.tags.models import Audit, AutomationPolicy
from labeling.tags.selectors import categories_apart


@dataclass(frozen=True, slots=True)
class Watched:
    """A policy, in all (``category`` is its own, or None where it is pooled) or in one category, and what audits say of it."""

    policy: AutomationPolicy
    category: Category | None
    precision: Precision


def policies_watched(*, vertical: Vertical) -> list[Watched]:
    """Every policy of a vertical that is on, with what its audits since it was switched on say, in the order judged.

    A pooled policy is watched in each category and in all: half of the error that a false alarm is allowed goes to the
    whole, the other half is shared out among the categories of the vertical, so that all of them together keep to it.
    Categories that stand apart by now are left out of it.
    """
    watched = []
    apart, shares = categories_apart(vertical=vertical), max(vertical.categories.count(), 1)
    for policy in AutomationPolicy.objects.filter(vertical=vertical, enabled=True).select_related(
        "vertical", "category"
    ):
        audits = audits_of(policy=policy)
        if policy.category is not None:
            watched.append(Watched(policy, policy.category, _seen(policy, audits, ALPHA)))
            continue
        audits = [audit for audit in audits if audit.tag.category is None or audit.tag.category.slug not in apart]
        by_category: dict[Category, list[Audit]] = defaultdict(list)
        for audit in audits:
            if audit.tag.category is not None:
                by_category[audit.tag.category].append(audit)
        watched += [
            Watched(policy, category, _seen(policy, mine, ALPHA / 2 / shares))
            for category, mine in sorted(by_category.items(), key=lambda item: item[0].name)
        ]
        watched.append(Watched(policy, None, _seen(policy, audits, ALPHA / 2)))
    return watched


def audits_of(*, policy: AutomationPolicy) -> list[Audit]:
    """The judged audits, drawn at random, of what a policy published since it was last switched on, in the order judged."""
    audits = Audit.objects.filter(policy=policy, drawn=True, judged_at__isnull=False)
    if policy.resumed_at is not None:
        audits = audits.filter(created_at__gte=policy.resumed_at)
    return list(audits.select_related("tag__category").order_by("judged_at", "pk"))


def _seen(policy: AutomationPolicy, audits: list[Audit], alpha: float) -> Precision:
    return precision_watch(right=[bool(audit.correct) for audit in audits], target=policy.target_precision, alpha=alpha)
