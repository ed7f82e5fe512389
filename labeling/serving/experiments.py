"""What experiments have counted, and what traffic promises the next one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from labeling.catalog.models import Vertical
from labeling.serving.models import Experiment
from labeling.serving.trials import Arm

BASELINE_DAYS = 14
MEASURES = ("clicks", "closeups", "saves", "hides")

SUMS = """
SELECT arm, count(*), sum(n)::float8, sum(c)::float8, sum(n * n)::float8, sum(c * c)::float8, sum(n * c)::float8
FROM (SELECT arm, impressions AS n, LEAST({what}, impressions) AS c FROM serving_experimentvisitor
    WHERE experiment_id = %s AND impressions > 0) visitors
GROUP BY arm
"""
BASELINE = """
SELECT count(*), sum(n)::float8, sum(c)::float8, sum(n * n)::float8, sum(c * c)::float8, sum(n * c)::float8
FROM (SELECT event.visitor, count(*) FILTER (WHERE kind = 'impression') AS n, count(*) FILTER (WHERE kind = 'click') AS c
    FROM serving_engagementevent event JOIN catalog_scene scene ON scene.id = event.scene_id
    WHERE scene.vertical_id = %s AND event.void = '' AND event.served_on >= %s GROUP BY event.visitor) visitors
WHERE n > 0
"""


@dataclass(frozen=True, slots=True)
class Baseline:
    """Traffic of late: clicks an impression, impressions a visitor, visitors a day, and how many times more clicks vary
    between visitors than if each impression were a toss of its own."""

    rate: float
    impressions: float
    visitors_a_day: float
    spread: float


def experiments_of(*, vertical: Vertical) -> QuerySet[Experiment]:
    """All experiments of a vertical, the newest first."""
    return Experiment.objects.filter(vertical=vertical).order_by("-pk")


def arms_of(*, experiment: Experiment, what: str) -> dict[str, Arm]:
    """The sums of both arms, ``what`` being one of ``MEASURES``; a visitor's takings never exceed their impressions."""
    if what not in MEASURES:
        raise ValueError(f"{what} is not measured; measures are {', '.join(MEASURES)}")
    with connection.cursor() as cursor:
        cursor.execute(SUMS.format(what=what), [experiment.pk])
        found = {arm: Arm(*sums) for arm, *sums in cursor.fetchall()}
    return {arm: found.get(arm, Arm()) for arm in ("control", "treatment")}


def baseline_of(*, vertical: Vertical) -> Baseline | None:
    """The traffic of the last ``BASELINE_DAYS``; None while there are too few clicks to judge by."""
    today = timezone.now().date()
    with connection.cursor() as cursor:
        cursor.execute(BASELINE, [vertical.pk, today - timedelta(days=BASELINE_DAYS)])
        (row,) = cursor.fetchall()
    arm = Arm(*(value or 0 for value in row))
    rate = arm.rate
    if rate is None or arm.c < 10 or arm.visitors < 10 or rate >= 1:
        return None
    chance = (1 - rate) / arm.c
    return Baseline(rate, arm.n / arm.visitors, arm.visitors / BASELINE_DAYS, max(arm.log_variance / chance, 0.1))


def experiments_running() -> list[Experiment]:
    """Those that split visitors now."""
    return list(Experiment.objects.filter(running=True).select_related("vertical"))


def points_of(*, experiment: Experiment) -> list[dict[str, Any]]:
    """What it showed, moment by moment, where anything could be said."""
    known = experiment.points.filter(low__isnull=False)
    return [{"visitors": p.visitors, "lift": p.lift, "low": p.low, "high": p.high} for p in known]
