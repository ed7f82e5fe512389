"""What keeps a ranking from doing harm: when a new version may not serve, and when the live one must stop. Pure."""

from __future__ import annotations

import math
from typing import Protocol

Z = 1.6448536269514722
"""One-sided 95 %."""
LEAST_EFFECTIVE = 200.0
"""Fair impressions that an estimate must be worth before it is believed: its effective sample size."""
LEAST_LISTS = 20


class Estimate(Protocol):
    """What an order earns an impression, with its standard error and effective sample size."""

    @property
    def mean(self) -> float: ...
    @property
    def error(self) -> float: ...
    @property
    def effective(self) -> float: ...


def worse(one: Estimate, other: Estimate) -> bool:
    """Whether one is proven to earn less than the other; nothing is proven on little evidence."""
    if min(one.effective, other.effective) < LEAST_EFFECTIVE:
        return False
    return one.mean + Z * math.hypot(one.error, other.error) < other.mean


def below_the_floor(ndcg: float | None, usual: float | None, *, lists: int, slack: float) -> bool:
    """Whether people's word, on enough lists, puts an order more than ``slack`` under the usual one."""
    return ndcg is not None and usual is not None and lists >= LEAST_LISTS and ndcg < usual - slack


def refusal(*, new: Estimate, live: Estimate, ndcg: float | None, usual: float | None, lists: int, slack: float) -> str:
    """Why a new version may not serve; empty where it may."""
    if below_the_floor(ndcg, usual, lists=lists, slack=slack):
        return f"nDCG@5 by people's word would be {ndcg:.3f}; the usual order has {usual:.3f}."
    if worse(new, live):
        return f"It would earn {new.mean:.4f} an impression, the live one {live.mean:.4f}."
    return ""


def alarm(
    *, live: Estimate, usual_order: Estimate, ndcg: float | None, usual: float | None, lists: int, slack: float
) -> str:
    """Why the live version must stop learning and give way; empty where all is well."""
    if below_the_floor(ndcg, usual, lists=lists, slack=slack):
        return f"nDCG@5 by people's word fell to {ndcg:.3f}; the usual order has {usual:.3f}."
    if worse(live, usual_order):
        return f"It earns {live.mean:.4f} an impression, the usual order would earn {usual_order.mean:.4f}."
    return ""
