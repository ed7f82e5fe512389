"""Schedules: retraining by itself when enough new pairs are in."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from labeling.accounts.models import User
from labeling.catalog.models import Vertical
from labeling.common.audit import audit_record
from labeling.common.errors import ApplicationError
from labeling.datasets.services import snapshot_freeze
from labeling.training import selectors
from labeling.training.models import Schedule, TrainingRun
from labeling.training.services.running import run_queue


@transaction.atomic
def schedule_set(
    *,
    vertical: Vertical,
    kind: str,
    every_pairs: int,
    config: Mapping[str, float],
    enabled: bool = True,
    promotes: bool = False,
    actor: User | None = None,
) -> Schedule:
    """Say after how many new pairs a kind of model is trained anew; they are counted from now on where it is switched on."""
    if every_pairs < 1:
        raise ApplicationError("Retrain after one new pair or more.", fields={"every_pairs": "range"})
    before = Schedule.objects.select_for_update().filter(vertical=vertical, kind=kind).first()
    values: dict[str, object] = {
        "every_pairs": every_pairs, "config": dict(config), "enabled": enabled, "promotes": promotes,
    }  # fmt: skip
    counted = {} if before is not None and before.enabled else {"last_pair": selectors.pair_last(vertical=vertical)}
    schedule, _ = Schedule.objects.update_or_create(vertical=vertical, kind=kind, defaults=values | counted)
    audit_record(actor=actor, verb="schedule_set", subject=schedule, kind=kind, **values)
    return schedule


@transaction.atomic
def schedule_follow(*, schedule_id: int) -> TrainingRun | None:
    """Freeze a snapshot and queue a run on it where a schedule is due; None where it is not, or a run is under way.

    Enqueue ``execute_run`` with what comes back.
    """
    schedule = (
        Schedule.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("vertical")
        .filter(pk=schedule_id)
        .first()
    )
    if schedule is None or not schedule.enabled:
        return None
    new = selectors.pairs_new(vertical=schedule.vertical, after=schedule.last_pair)
    if new < schedule.every_pairs or selectors.runs_under_way(schedule.vertical, schedule.kind):
        return None
    last = selectors.pair_last(vertical=schedule.vertical)
    snapshot = snapshot_freeze(vertical=schedule.vertical, note=f"{new} new pairs")
    run = run_queue(snapshot=snapshot, kind=schedule.kind, config=schedule.config, promotes=schedule.promotes)
    schedule.last_pair = last
    schedule.save(update_fields=["last_pair", "updated_at"])
    return run
