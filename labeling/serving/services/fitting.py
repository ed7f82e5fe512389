"""Fitting a new version of the ranking, and the guards that decide whether it serves."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from labeling.catalog.models import Vertical
from labeling.common.errors import ConflictError
from labeling.serving import guards, ranker, selectors
from labeling.serving.lessons import Known, known_of
from labeling.serving.models import RankerState
from labeling.serving.services.grading import grades_refresh
from labeling.serving.services.learning import ranker_freeze, ranker_step_back, version_open

LEAST_LESSONS = 200
"""New lessons since the last fit without which there is nothing to fit anew."""


def ranker_fit(*, vertical: Vertical) -> RankerState | None:
    """Fit a version to all that is known, and let it serve if the guards have nothing against it; None where nothing is new.

    Nothing is locked while it computes, so that learning goes on. A version that the guards refuse is kept on record with the
    reason. Where the live one itself fails them, it gives way to the one before, which is frozen, or is frozen as it is.
    """
    live = selectors.ranker_live(vertical=vertical)
    if live is None or live.frozen:
        return None
    fitted_at = selectors.ranker_history(vertical=vertical).exclude(lessons="").values_list("report", flat=True).first()
    if live.events - (fitted_at or {}).get("learned", 0) < LEAST_LESSONS:
        return None
    with transaction.atomic():
        grades_refresh(vertical=vertical)
    now = timezone.now()
    known = known_of(vertical=vertical, now=now)
    taught = ranker.version_fit(known.teaching, known.showings, now=now, slack=ranker.SLACK)
    fitted = ranker.version_fit(known.lessons, known.showings, now=now, slack=ranker.SLACK)
    values = {
        "new": ranker.worth(known.held, taught.ranking),
        "live": ranker.worth(known.held, selectors.ranking_of(live.pk, live.created_at)),
        "usual": ranker.worth(known.held, None),
    }
    report = {
        **fitted.report.to_dict(),
        "learned": live.events,
        "worth": {k: told_as_json(asdict(v)) for k, v in values.items()},
    }
    stop = _alarm(known, live, values)
    seen = fitted.report
    why = guards.refusal(
        new=values["new"], live=values["live"], ndcg=seen.ndcg5, usual=seen.usual_ndcg5, lists=seen.lists_judged,
        slack=ranker.SLACK,
    )  # fmt: skip
    name = "" if stop else ranker.lessons_keep(fitted, settings.RANKER_ROOT)
    with transaction.atomic():
        Vertical.objects.select_for_update(no_key=True).get(pk=vertical.pk)
        now_live = selectors.ranker_live(vertical=vertical)
        if now_live is None or now_live.pk != live.pk or now_live.frozen:
            return None  # Somebody stepped back or froze it meanwhile.
        if stop:
            return _give_way(vertical, stop)
        return version_open(
            vertical=vertical,
            ranking=fitted.ranking,
            reason=f"Refused: {why}" if why else f"Fitted to {len(known.lessons)} products at tags.",
            report=report,
            lessons=name,
            live=not why,
        )


def version_refits(*, version: RankerState) -> bool:
    """Whether the lessons that a version was fitted to make the very same models again."""
    if not version.lessons:
        return bool(version.state == ranker.Ranking().to_state())
    made = ranker.version_refit(settings.RANKER_ROOT / version.lessons, slack=ranker.SLACK)
    return bool(made == version.state["model"])


def _alarm(known: Known, live: RankerState, values: dict[str, Any]) -> str:
    usual, ndcg, lists = ranker.human_ndcg5(known.teaching, selectors.ranking_of(live.pk, live.created_at))
    return guards.alarm(
        live=values["live"], usual_order=values["usual"], ndcg=ndcg, usual=usual, lists=lists, slack=ranker.SLACK
    )


def _give_way(vertical: Vertical, reason: str) -> RankerState:
    try:
        return ranker_step_back(vertical=vertical, reason=f"Stopped by itself: {reason}")
    except ConflictError:
        return ranker_freeze(vertical=vertical, reason=f"Stopped by itself: {reason}")


def told_as_json(values: dict[str, Any]) -> dict[str, Any]:
    """The same with None for NaN, which is not JSON."""
    return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in values.items()}
