"""Labeling jobs, as a curator sets them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labeling.catalog.models import Category, Vertical
from labeling.common.models import ImageFields, TimeStamped


class Kind(models.TextChoices):
    """What one assignment holds: a whole scene, many objects of one category, or the question of what is missing."""

    SCENE = "scene", _("whole scenes")
    MATCH_BURST = "match_burst", _("bursts of matches")
    BOX_BURST = "box_burst", _("bursts of boxes")
    COVERAGE = "coverage", _("coverage checks")


class PriorityRule(models.TextChoices):
    """Which work is lent first. Workers write the priorities; a click only reads them."""

    ARRIVAL = "arrival", _("first come, first lent")
    UNSURE = "unsure", _("the least sure first")
    SURE = "sure", _("the surest first")
    WORTH = "worth", _("what teaches and unlocks most first")
    LEARN = "learn", _("what the next models learn most from first")


def scenes_only() -> list[str]:
    """The kinds of a campaign that says nothing else."""
    return [Kind.SCENE.value]


class Campaign(TimeStamped):
    """One labeling job: ``overlap`` people judge each object; ``bulk_confirm`` allows confirming all that is left at once.

    With both whole scenes and bursts among ``kinds``, a scene goes in bursts where each of its proposals has a match of
    at least ``burst_floor``, a cosine; the others are judged as a whole. No ``categories`` means all of them.

    An outcome less sure than ``sure_at``, a probability, asks for another pair of eyes: at most ``more_eyes`` beyond the
    overlap, then for an adjudicator. ``gold_share`` of what a person is shown is gold, ``trick_share`` of that shown
    wrongly on purpose. Who surely falls under ``pass_score``, a share of right answers, is paused; with ``entry_test``
    as many gold objects at least are to be judged, at that score, before anything else is lent.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        PAUSED = "paused", _("paused")
        CLOSED = "closed", _("closed")

    vertical = models.ForeignKey(Vertical, on_delete=models.CASCADE, related_name="campaigns")
    name = models.CharField(max_length=200)
    instructions = models.TextField(blank=True)
    kinds = ArrayField(models.CharField(max_length=11, choices=Kind.choices), default=scenes_only)
    categories = models.ManyToManyField(Category, blank=True, related_name="campaigns")
    priority_rule = models.CharField(max_length=7, choices=PriorityRule.choices, default=PriorityRule.ARRIVAL)
    burst_size = models.PositiveSmallIntegerField(default=24)
    burst_floor = models.FloatField(default=0.5)
    overlap = models.PositiveSmallIntegerField(default=1)
    bulk_confirm = models.BooleanField(default=True)
    admit_pairs = models.BooleanField(default=True)
    blind_audit = models.BooleanField(default=False)
    sure_at = models.FloatField(default=0.7)
    more_eyes = models.PositiveSmallIntegerField(default=3)
    gold_share = models.FloatField(default=0.0)
    trick_share = models.FloatField(default=0.5)
    pass_score = models.FloatField(null=True, blank=True)
    entry_test = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["vertical", "name"], name="annotation_campaign_name"),
            models.CheckConstraint(condition=Q(overlap__gte=1), name="annotation_campaign_overlap"),
            models.CheckConstraint(condition=Q(burst_size__gte=1), name="annotation_campaign_burst_size"),
            models.CheckConstraint(condition=Q(kinds__len__gte=1), name="annotation_campaign_kinds"),
            models.CheckConstraint(condition=Q(sure_at__gte=0.5, sure_at__lt=1), name="annotation_campaign_sure_at"),
            models.CheckConstraint(
                condition=Q(gold_share__gte=0, gold_share__lte=0.5, trick_share__gte=0, trick_share__lte=1),
                name="annotation_campaign_gold",
            ),
            models.CheckConstraint(
                condition=Q(pass_score__isnull=True, entry_test=0) | Q(pass_score__gt=0, pass_score__lte=1),
                name="annotation_campaign_pass",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def lends_bursts(self) -> bool:
        """Whether objects are judged in bursts and nothing else, so that they may come one by one."""
        return bool(self.kinds) and set(self.kinds) <= {Kind.BOX_BURST, Kind.MATCH_BURST}


class CampaignPicture(ImageFields):
    """A picture of the instructions, with what it shows."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="pictures")
    position = models.PositiveSmallIntegerField()
    caption = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("position",)
        constraints = (models.UniqueConstraint(fields=["campaign", "position"], name="annotation_picture_position"),)
