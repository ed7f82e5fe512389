"""Writes of training, by subject: runs, comparisons, promotions, schedules."""

from labeling.training.services.comparing import comparison_ask, comparison_fail, comparison_record, comparisons_sweep
from labeling.training.services.promoting import (
    promotion_alive,
    promotion_ask,
    promotion_beat,
    promotion_conclude,
    promotion_fail,
    promotion_take,
    version_step_back,
)
from labeling.training.services.running import (
    Finished,
    run_alive,
    run_beat,
    run_cancel,
    run_fail,
    run_finish,
    run_judged,
    run_queue,
    run_take,
)
from labeling.training.services.scheduling import schedule_follow, schedule_set

__all__ = [
    "Finished",
    "comparison_ask",
    "comparison_fail",
    "comparison_record",
    "comparisons_sweep",
    "promotion_alive",
    "promotion_ask",
    "promotion_beat",
    "promotion_conclude",
    "promotion_fail",
    "promotion_take",
    "run_alive",
    "run_beat",
    "run_cancel",
    "run_fail",
    "run_finish",
    "run_judged",
    "run_queue",
    "run_take",
    "schedule_follow",
    "schedule_set",
    "version_step_back",
]
