"""One attempt at a better model, two versions side by side, the record of each promotion, and what trains by itself."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from labeling.catalog.models import Vertical
from labeling.common.models import TimeStamped
from labeling.datasets.models import Snapshot
from labeling.inference.models import IndexBuild, ModelVersion


class TrainingRun(TimeStamped):
    """Snapshot + kind + config + seed → a report and perhaps a version.

    ``curve`` is ``[[step, loss], ...]``, ``judgements`` what the model was worth on the way (see
    :func:`labeling.training.runs.judgements`), ``pictures`` a few test scenes with what it makes of them now. ``attempts``
    counts the workers that took the run up: only the last one may write.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="runs")
    kind = models.CharField(max_length=10, choices=ModelVersion.Kind.choices)
    config = models.JSONField(default=dict)
    seed = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    step = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    seconds_left = models.FloatField(null=True, blank=True)
    curve = models.JSONField(default=list)
    judgements = models.JSONField(default=list)
    pictures = models.JSONField(default=list)
    report = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    beat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    promotes = models.BooleanField(default=False)
    queued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # The same weights may come of two runs: a run repeated by seed makes them again.
    version = models.ForeignKey(ModelVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="runs")

    def __str__(self) -> str:
        return f"{self.kind} run {self.pk}: {self.state}"


class Comparison(TimeStamped):
    """Two versions of one kind, judged on the test and val splits of one snapshot, which no run learns from.

    ``report`` is :class:`models_ml.comparison.Comparison` as JSON, empty until a worker has made it; ``error`` says why it
    could not.
    """

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="comparisons")
    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="+")
    report = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    nudged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["snapshot", "version", "other"], name="training_compared_once"),)

    def __str__(self) -> str:
        return f"{self.version} beside {self.other}"


class Promotion(models.Model):
    """A version asked to go live: ``accepted`` is None while that is on its way or where ``error`` says why it failed, True
    where it went live, False where the gate refused it.

    ``gate`` holds what the comparison on the same held-out scenes came to. ``done`` of ``total`` products are in the index so
    far. A step ``back`` to the version that was live before asks no gate.
    """

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="promotions")
    replaced = models.ForeignKey(ModelVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    snapshot = models.ForeignKey(Snapshot, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    comparison = models.ForeignKey(Comparison, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    index = models.ForeignKey(IndexBuild, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    back = models.BooleanField(default=False)
    accepted = models.BooleanField(null=True, blank=True)
    gate = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True)
    error = models.TextField(blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    beat_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            # Two promotions of one version at a time would build its index twice.
            models.UniqueConstraint(
                fields=["version"], condition=Q(accepted=None, error=""), name="training_one_promotion_under_way"
            ),
        )
        indexes = (
            # What is under way, swept by the beat.
            models.Index(fields=["id"], condition=Q(accepted=None, error=""), name="training_promotions_open"),
        )

    def __str__(self) -> str:
        return f"promotion of {self.version}"


class Schedule(TimeStamped):
    """Retrain a kind of model of a vertical whenever ``every_pairs`` pairs were admitted since it last did.

    ``last_pair`` is the newest one it knew then. ``promotes`` asks for the promotion of what comes of it; the gate decides.
    """

    vertical = models.ForeignKey(Vertical, on_delete=models.CASCADE, related_name="schedules")
    kind = models.CharField(max_length=10, choices=ModelVersion.Kind.choices)
    every_pairs = models.PositiveIntegerField()
    config = models.JSONField(default=dict)
    enabled = models.BooleanField(default=True)
    promotes = models.BooleanField(default=False)
    last_pair = models.BigIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["vertical", "kind"], name="training_one_schedule_a_kind"),
            models.CheckConstraint(condition=Q(every_pairs__gt=0), name="training_schedule_pairs"),
        )

    def __str__(self) -> str:
        return f"{self.vertical.slug} {self.kind} every {self.every_pairs} pairs"
