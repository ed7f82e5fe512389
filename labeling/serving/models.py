"""Looks in order, and what people do with them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
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
    """What a shopper did with a tag at a position of a served look. Append-only; the client's UUID makes a repeat harmless.

    ``propensity`` is how likely a shopper looks at that position at all, ``chance`` how likely the tag was to stand there.
    An event with a ``void`` is kept on record, but teaches nothing and counts nowhere.

    The table is partitioned by month of ``served_on``, the day (UTC) on which the look was served. The token says it, so all
    events of a look lie in one partition, and what must be unique is so within it.
    """

    class Kind(models.TextChoices):
        IMPRESSION = "impression", _("impression")
        CLOSEUP = "closeup", _("closeup")
        CLICK = "click", _("click-through")
        SAVE = "save", _("save")
        HIDE = "hide", _("hide")

    class Void(models.TextChoices):
        ROBOT = "robot", _("a program, by its own account")
        OWN = "own", _("somebody who is signed in here")
        HASTY = "hasty", _("sooner than a hand can be")
        REPEAT = "repeat", _("done to the same product before, the same day")
        FLOOD = "flood", _("more than a person does")

    client_uuid = models.UUIDField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    void = models.CharField(max_length=6, choices=Void.choices, blank=True)
    look = models.UUIDField()
    served_on = models.DateField(default=timezone.localdate)
    scene = models.ForeignKey(Scene, on_delete=models.CASCADE, related_name="+")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="events")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", db_index=False)
    position = models.PositiveSmallIntegerField()
    propensity = models.FloatField()
    chance = models.FloatField(default=1.0)
    # The number stays when old rankings are cleared away: nothing is written to an event afterwards.
    ranker = models.ForeignKey(
        RankerState,
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    arm = models.CharField(max_length=9, blank=True)
    visitor = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["client_uuid", "served_on"], name="serving_event_uuid"),
            models.UniqueConstraint(fields=["look", "tag", "product", "kind", "served_on"], name="serving_once_a_look"),
            models.CheckConstraint(condition=Q(propensity__gt=0, propensity__lte=1), name="serving_propensity"),
            models.CheckConstraint(condition=Q(chance__gt=0, chance__lte=1), name="serving_chance"),
        )
        indexes = (
            # What a visitor has done lately.
            models.Index(fields=["visitor", "created_at"], condition=~Q(kind="impression"), name="serving_deeds"),
        )
