"""Serving looks, taking in what people do with them, and learning from it."""

from labeling.serving.services.events import PERSON, Happening, Sender, events_record
from labeling.serving.services.experimenting import experiment_measure, experiment_start, experiment_stop, plan_of
from labeling.serving.services.fitting import ranker_fit, version_refits
from labeling.serving.services.grading import grades_refresh
from labeling.serving.services.learning import (
    Replay,
    ranker_freeze,
    ranker_learn,
    ranker_resume,
    ranker_step_back,
    version_open,
    version_replay,
)
from labeling.serving.services.looks import SALT, TOKEN_SECONDS, Look, PlacedTag, look_serve, looks_serve
from labeling.serving.services.partitions import partitions_drop, partitions_kept, partitions_make
from labeling.serving.services.querying import picture_answer
from labeling.serving.services.refitting import FIT, fit_queue, fit_run, ranker_fit_frozen

__all__ = [
    "FIT",
    "PERSON",
    "SALT",
    "TOKEN_SECONDS",
    "Happening",
    "Look",
    "PlacedTag",
    "Replay",
    "Sender",
    "events_record",
    "experiment_measure",
    "experiment_start",
    "experiment_stop",
    "fit_queue",
    "fit_run",
    "grades_refresh",
    "look_serve",
    "looks_serve",
    "partitions_drop",
    "partitions_kept",
    "partitions_make",
    "picture_answer",
    "plan_of",
    "ranker_fit",
    "ranker_fit_frozen",
    "ranker_freeze",
    "ranker_learn",
    "ranker_resume",
    "ranker_step_back",
    "version_open",
    "version_refits",
    "version_replay",
]
