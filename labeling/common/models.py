"""What rows of several apps share, and the two tables that know no noun of ours: the audit log and jobs."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from models_ml.types import Box


class TimeStamped(models.Model):
    """A row that knows when it was made and last changed."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class BoxFields(models.Model):
    """A rectangle in image fractions, kept true by the database."""

    left = models.FloatField()
    top = models.FloatField()
    right = models.FloatField()
    bottom = models.FloatField()

    class Meta:
        abstract = True
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_box",
                condition=Q(
                    left__gte=0, top__gte=0, right__lte=1, bottom__lte=1, left__lt=F("right"), top__lt=F("bottom")
                ),
            ),
        )

    @property
    def box(self) -> Box:
        """The rectangle as the models know it."""
        return Box(self.left, self.top, self.right, self.bottom)


class ImageFields(models.Model):
    """A picture in content-addressed storage: ``image`` is its path under MEDIA_ROOT, ``sha256`` names its bytes."""

    image = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, db_index=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        abstract = True

    @property
    def image_url(self) -> str:
        """Where a browser finds the picture."""
        return f"{settings.MEDIA_URL}{self.image}"


class AuditEvent(models.Model):
    """A privileged act: who did what to which row, with what detail. Append-only."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = (
            # The history of one row.
            models.Index(fields=["subject", "subject_id", "id"]),
        )

    def __str__(self) -> str:
        return f"{self.verb} {self.subject} {self.subject_id}"


class Job(TimeStamped):
    """Long work that a person waits for: how far it is and how it ended."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    kind = models.CharField(max_length=60)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    message = models.TextField(blank=True)
    parameters = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}: {self.state}"
