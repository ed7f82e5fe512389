"""Experiments: started with their power known, counted as events become visible, stopped by a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from labeling.accounts.models import User
from labeling.catalog.models import Vertical
from labeling.common.audit import audit_record
from labeling.common.errors import ApplicationError, ConflictError
from labeling.serving import trials
from labeling.serving.experiments import arms_of, baseline_of
from labeling.serving.models import Experiment, ExperimentPoint
from labeling.serving.selectors import NOTHING_YET
from labeling.serving.services.learning import TOKEN_DAYS
from labeling.serving.services.restoring import cluster_now, experiment_mind

POINTS_APART = timedelta(minutes=10)


COUNT = """
WITH fresh AS MATERIALIZED (
    SELECT event.visitor, event.arm, event.kind, CASE
        WHEN event.xact >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint THEN event.id END AS restored
    FROM serving_engagementevent event JOIN catalog_scene scene ON scene.id = event.scene_id
    WHERE scene.vertical_id = %(vertical)s AND event.void = '' AND event.arm <> '' AND event.created_at >= %(started)s
        AND event.served_on >= %(since)s AND event.id > %(floor)s
        AND event.xact >= pg_snapshot_xmin(%(snapshot)s::pg_snapshot)::text::bigint
        AND NOT pg_visible_in_snapshot(event.xact::text::xid8, %(snapshot)s::pg_snapshot)
), counted AS (
    INSERT INTO serving_experimentvisitor AS kept
        (experiment_id, visitor, arm, impressions, closeups, clicks, saves, hides)
    SELECT %(experiment)s, visitor, arm, count(*) FILTER (WHERE kind = 'impression'),
        count(*) FILTER (WHERE kind = 'closeup'), count(*) FILTER (WHERE kind = 'click'),
        count(*) FILTER (WHERE kind = 'save'), count(*) FILTER (WHERE kind = 'hide')
    FROM fresh GROUP BY visitor, arm
    ON CONFLICT (experiment_id, visitor, arm) DO UPDATE SET impressions = kept.impressions + excluded.impressions,
        closeups = kept.closeups + excluded.closeups, clicks = kept.clicks + excluded.clicks,
        saves = kept.saves + excluded.saves, hides = kept.hides + excluded.hides
)
SELECT pg_current_snapshot()::text, (SELECT count(*) FROM fresh), (SELECT max(restored) FROM fresh)
"""


@transaction.atomic
def experiment_start(*, vertical: Vertical, name: str, share: float, lift: float, actor: User) -> Experiment:
    """Split visitors from the next look on; the plan says what power the traffic so far promises for a true ``lift``.

    Raises ApplicationError for an impossible share or lift or a name that was used, ConflictError while another one runs.
    """
    if not 0 < share < 1:
        raise ApplicationError("The treated share must lie between 0 and 1.")
    if not 0 < lift <= 5:
        raise ApplicationError("The lift to be found must lie between 0 and 5: 0.07 is seven percent.")
    Vertical.objects.select_for_update(no_key=True).get(pk=vertical.pk)
    if not name.strip() or Experiment.objects.filter(vertical=vertical, name=name.strip()).exists():
        raise ApplicationError("Give the experiment a name of its own: visitors are split by it.")
    if running := Experiment.objects.filter(vertical=vertical, running=True).first():
        raise ConflictError(f"{running.name} is running. Stop it first: visitors can be split one way at a time.")
    experiment = Experiment.objects.create(
        vertical=vertical, name=name.strip(), share=share, plan=plan_of(vertical=vertical, share=share, lift=lift)
    )
    audit_record(actor=actor, verb="experiment_start", subject=experiment, share=share, lift=lift)
    return experiment


@transaction.atomic
def experiment_stop(*, experiment: Experiment, conclusion: str, actor: User) -> Experiment:
    """Everybody gets the re-ranker from the next look on; what was found stays. Stopped twice is stopped once."""
    experiment = Experiment.objects.select_for_update().get(pk=experiment.pk)
    if experiment.running:
        experiment_measure(experiment=experiment)
        experiment.running, experiment.ended_at, experiment.conclusion = False, timezone.now(), conclusion[:300]
        experiment.save(update_fields=["running", "ended_at", "conclusion", "updated_at"])
        audit_record(actor=actor, verb="experiment_stop", subject=experiment, conclusion=conclusion)
    return experiment


@transaction.atomic
def experiment_measure(*, experiment: Experiment) -> int:
    """Count the events that became visible since the last time, each once; returns how many. Keeps a point now and then."""
    locked = Experiment.objects.select_for_update().get(pk=experiment.pk)
    if experiment_mind(experiment=locked):
        locked.refresh_from_db()
    since = (locked.measured_at or locked.created_at) - timedelta(days=TOKEN_DAYS)
    told: dict[str, Any] = {
        "vertical": locked.vertical_id,
        "experiment": locked.pk,
        "started": locked.created_at,
        "since": since.date(),
        "snapshot": locked.snapshot or NOTHING_YET,
        "floor": locked.counted_until,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNT, told)
        ((locked.snapshot, fresh, restored),) = cursor.fetchall()
    locked.measured_at, locked.counted_until = timezone.now(), restored or locked.counted_until
    locked.cluster = cluster_now()
    locked.save(update_fields=["snapshot", "cluster", "counted_until", "measured_at", "updated_at"])
    last = locked.points.order_by("-id").first()
    if fresh and (last is None or last.created_at < locked.measured_at - POINTS_APART):
        control, treatment = (arms_of(experiment=locked, what="clicks")[arm] for arm in ("control", "treatment"))
        found = trials.finding(control, treatment)
        ExperimentPoint.objects.create(
            experiment=locked,
            visitors=control.visitors + treatment.visitors,
            lift=found.lift,
            low=found.low,
            high=found.high,
        )
    experiment.refresh_from_db()
    return int(fresh)


def plan_of(*, vertical: Vertical, share: float, lift: float) -> dict[str, Any]:
    """What an experiment could show, judged by the traffic of late: the visitors that find a true ``lift`` four times of five,
    the days that takes, and the power after some days. The figures are None where there is no traffic to judge by."""
    base = baseline_of(vertical=vertical)
    plan: dict[str, Any] = {"lift": lift, "share": share, "visitors": None, "days": None, "power": []}
    if base is None:
        return plan
    known = {"rate": base.rate, "share": share, "impressions": base.impressions, "spread": base.spread}
    visitors = trials.visitors_needed(lift, **known)
    return plan | {
        "rate": base.rate,
        "a_day": base.visitors_a_day,
        "visitors": visitors,
        "days": visitors / base.visitors_a_day,
        "power": [
            [days, trials.power(lift, visitors=round(base.visitors_a_day * days), **known)]
            for days in (1, 3, 7, 14, 28)
        ],
    }
