"""One attempt at a better model, and the record of each promotion."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from labeling.common.models import TimeStamped
from labeling.datasets.models import Snapshot
from labeling.inference.models import ModelVersion


class TrainingRun(TimeStamped):
    """Snapshot + kind + config + seed → a report and perhaps a version."""

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
    step = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    seconds_left = models.FloatField(null=True, blank=True)
    curve = models.JSONField(default=list)
    report = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    beat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    queued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    version = models.OneToOneField(ModelVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="run")

    def __str__(self) -> str:
        return f"{self.kind} run {self.pk}: {self.state}"


class Promotion(models.Model):
    """A version made live, or refused, with the figures of both on the same test split."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="promotions")
    replaced = models.ForeignKey(ModelVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    accepted = models.BooleanField()
    gate = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
