"""Looks in order, and what people do with them."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labeling.catalog.models import Product, Scene, Vertical
from labeling.common.models import TimeStamped
from labeling.serving.transactions import CurrentTransaction
from labeling.tags.models import Tag


class RankerState(TimeStamped):
    """One version of the live re-ranker; the live one serves. Its models never change once it is written.

    What shoppers do meanwhile goes into the records of the version that is live, so that a step back leaves it behind.
    ``snapshot`` says which events were learned from, as PostgreSQL writes what a transaction of this ``cluster`` can see (null
    where nobody noted which), and ``learned_until`` is an id at and below which none is looked at again, which stands in for it
    after a restore; ``heard`` says which decisions by people its grades are in line with, as ``selectors.decisions_lately``
    tells them. ``lessons`` is the file its models were fitted to, ``report`` what the fit and the guards saw; ``snapshot_hash``
    is that of the snapshot of pairs that it was fitted to, empty where it was fitted to all that was known; ``served`` says that
    one may go back to it: not to one that they refused, nor to one that was left for an earlier one. ``events`` counts
    lessons: a product at a tag of a look, or what was done to it later.
    """

    vertical = models.ForeignKey(Vertical, on_delete=models.CASCADE, related_name="ranker_states")
    number = models.PositiveIntegerField()
    state = models.JSONField(default=dict)
    snapshot = models.TextField(blank=True)
    cluster = models.BigIntegerField(null=True, blank=True)
    learned_until = models.BigIntegerField(default=0)
    learned_at = models.DateTimeField(null=True, blank=True)
    events = models.PositiveBigIntegerField(default=0)
    heard = models.JSONField(default=list, blank=True)
    live = models.BooleanField(default=False)
    served = models.BooleanField(default=False)
    frozen = models.BooleanField(default=False)
    reason = models.CharField(max_length=300, blank=True)
    report = models.JSONField(default=dict, blank=True)
    lessons = models.CharField(max_length=100, blank=True)
    snapshot_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["vertical", "number"], name="serving_ranker_number"),
            models.UniqueConstraint(fields=["vertical"], condition=Q(live=True), name="serving_one_live_ranker"),
        )


class TagRecord(models.Model):
    """What shoppers did with a product at a tag while a ``version`` of the ranking was live.

    ``seen`` sums the probability that each impression was looked at, ``taken`` what was done to it. Both fade: they are kept in
    the weight of a fixed day, see :mod:`labeling.serving.records`.
    """

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="+", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", db_index=False)
    version = models.PositiveIntegerField()
    seen = models.FloatField(default=0.0)
    taken = models.FloatField(default=0.0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tag", "product", "version"], name="serving_tag_record"),)
        # What becomes of old versions.
        indexes = (models.Index(fields=["version"], name="serving_tag_records_of"),)


class ProductRecord(models.Model):
    """The same of a product at all its tags."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", db_index=False)
    version = models.PositiveIntegerField()
    seen = models.FloatField(default=0.0)
    taken = models.FloatField(default=0.0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["product", "version"], name="serving_product_record"),)
        indexes = (models.Index(fields=["version"], name="serving_product_records_of"),)


class TagGrade(models.Model):
    """What people said of a product at a tag: ``gain`` is 1 for exact, 0 for none, between for similar."""

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="+", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", db_index=False)
    gain = models.FloatField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["tag", "product"], name="serving_tag_grade"),
            models.CheckConstraint(condition=Q(gain__gte=0, gain__lte=1), name="serving_gain"),
        )


class Experiment(TimeStamped):
    """A randomised comparison of the re-ranker with the usual order; ``share`` of the visitors get the treatment.

    ``plan`` is what it was started for: the lift to be found, the power and the visitors that takes. ``snapshot``,
    ``cluster`` and ``counted_until`` say which events were counted, as those of a :class:`RankerState` say what was learned.
    """

    vertical = models.ForeignKey(Vertical, on_delete=models.CASCADE, related_name="experiments")
    name = models.CharField(max_length=100)
    share = models.FloatField(default=0.5)
    running = models.BooleanField(default=True)
    plan = models.JSONField(default=dict, blank=True)
    snapshot = models.TextField(blank=True)
    cluster = models.BigIntegerField(null=True, blank=True)
    counted_until = models.BigIntegerField(default=0)
    measured_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    conclusion = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["vertical", "name"], name="serving_experiment_name"),
            models.UniqueConstraint(
                fields=["vertical"], condition=Q(running=True), name="serving_one_experiment_at_a_time"
            ),
            models.CheckConstraint(condition=Q(share__gt=0, share__lt=1), name="serving_experiment_share"),
        )


class ExperimentVisitor(models.Model):
    """What one visitor did in one arm: the unit that was given an arm, and so the unit that is counted."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="visitors", db_index=False)
    visitor = models.CharField(max_length=64)
    arm = models.CharField(max_length=9)
    impressions = models.PositiveIntegerField(default=0)
    closeups = models.PositiveIntegerField(default=0)
    clicks = models.PositiveIntegerField(default=0)
    saves = models.PositiveIntegerField(default=0)
    hides = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["experiment", "visitor", "arm"], name="serving_experiment_visitor"),
        )


class ExperimentPoint(models.Model):
    """What an experiment showed at a moment: visitors of both arms, and the lift of clicks with its always-valid interval."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="points")
    visitors = models.PositiveIntegerField()
    lift = models.FloatField(null=True, blank=True)
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)


class EngagementEvent(models.Model):
    """What a shopper did with a tag at a position of a served look. Append-only; the client's UUID makes a repeat harmless.

    ``propensity`` is how likely a shopper looks at that position at all, ``chance`` how likely the tag was to stand there.
    An event with a ``void`` is kept on record, but teaches nothing and counts nowhere. ``xact`` is the transaction that wrote
    it: events are learned from as they become visible, since one may commit after others of a higher id.

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
    xact = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)
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
            # What has not been learned from.
            BrinIndex(fields=["xact"], pages_per_range=16, autosummarize=True, name="serving_by_transaction"),
        )
