"""Looks in order, and what people do with them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labeling.catalog.models import Product, Scene, Vertical
from labeling.common.models import TimeStamped
from labeling.tags.models import Tag


class RankerState(TimeStamped):
    """One state of the live re-ranker; the newest live one serves. ``learned_until`` is the last event it has seen."""

    vertical = models.ForeignKey(Vertical, on_delete=models.CASCADE, related_name="ranker_states")
    number = models.PositiveIntegerField()
    state = models.JSONField(default=dict)
    learned_until = models.BigIntegerField(default=0)
    events = models.PositiveBigIntegerField(default=0)
    live = models.BooleanField(default=False)
    frozen = models.BooleanField(default=False)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["vertical", "number"], name="serving_ranker_number"),
            models.UniqueConstraint(fields=["vertical"], condition=Q(live=True), name="serving_one_live_ranker"),
        )


class Experiment(TimeStamped):
    """A randomised comparison of two rankings; ``share`` of the visitors get the treatment."""

    vertical = models.ForeignKey(Vertical, on_delete=models.CASCADE, related_name="experiments")
    name = models.CharField(max_length=100)
    share = models.FloatField(default=0.5)
    running = models.BooleanField(default=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["vertical", "name"], name="serving_experiment_name"),
            models.UniqueConstraint(
                fields=["vertical"], condition=Q(running=True), name="serving_one_experiment_at_a_time"
            ),
            models.CheckConstraint(condition=Q(share__gt=0, share__lt=1), name="serving_experiment_share"),
        )


class EngagementEvent(models.Model):
    """What a shopper did with a tag at a position of a served look. Append-only; the client's UUID makes a repeat harmless."""

    class Kind(models.TextChoices):
        IMPRESSION = "impression", _("impression")
        CLOSEUP = "closeup", _("closeup")
        CLICK = "click", _("click-through")
        SAVE = "save", _("save")
        HIDE = "hide", _("hide")

    client_uuid = models.UUIDField(unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    look = models.UUIDField(db_index=True)
    scene = models.ForeignKey(Scene, on_delete=models.CASCADE, related_name="+")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="events")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    propensity = models.FloatField()
    ranker = models.ForeignKey(RankerState, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    arm = models.CharField(max_length=9, blank=True)
    visitor = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["look", "tag", "product", "kind"], name="serving_once_a_look"),
            models.CheckConstraint(condition=Q(propensity__gt=0, propensity__lte=1), name="serving_propensity"),
        )
