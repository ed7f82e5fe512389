"""How far each person's word is trusted, what that rests on, and what people could not settle among themselves."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labeling.annotation.models.jobs import Campaign
from labeling.annotation.models.said import Annotation, Grade, Resolution
from labeling.annotation.models.work import Assignment
from labeling.catalog.models import Category, Product, Scene, Vertical
from labeling.common.models import BoxFields, TimeStamped
from labeling.inference.models import Proposal


class Question(models.TextChoices):
    """What is asked of an object, one after the other; of each a person keeps what is shown or changes it."""

    OBJECT = "object", _("is it an object")
    CATEGORY = "category", _("which category")
    PRODUCT = "product", _("which product")


class Skill(TimeStamped):
    """How well a person answers one question in a vertical; written by a worker, read when people's votes are weighed.

    ``keep`` is the probability that they keep what is shown where it is right, ``catch`` that they change it where it is
    wrong; ``answers`` is how many answers that rests on.
    """

    vertical = models.ForeignKey(Vertical, on_delete=models.CASCADE, related_name="skills")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="skills")
    question = models.CharField(max_length=8, choices=Question.choices)
    keep = models.FloatField()
    catch = models.FloatField()
    answers = models.PositiveIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["vertical", "annotator", "question"], name="annotation_one_skill"),
            models.CheckConstraint(
                condition=Q(keep__gt=0, keep__lt=1, catch__gt=0, catch__lt=1), name="annotation_skill_range"
            ),
        )


class Gold(BoxFields):
    """An object whose answer is known. ``authors`` decided it, so what they say of it later measures nothing."""

    vertical = models.ForeignKey(Vertical, on_delete=models.CASCADE, related_name="golds")
    scene = models.ForeignKey(Scene, on_delete=models.CASCADE, related_name="golds")
    proposal = models.OneToOneField(Proposal, on_delete=models.CASCADE, related_name="gold")
    accepted = models.BooleanField()
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    grade = models.CharField(max_length=7, choices=Grade.choices, blank=True)
    resolution = models.ForeignKey(Resolution, null=True, blank=True, on_delete=models.SET_NULL, related_name="golds")
    authors = ArrayField(models.BigIntegerField(), default=list, blank=True)
    retired = models.BooleanField(default=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(BoxFields.Meta):
        constraints = (*BoxFields.Meta.constraints,)
        indexes = (
            # What may be planted.
            models.Index(fields=["vertical", "scene"], condition=Q(retired=False), name="annotation_gold_to_plant"),
        )


class Plant(BoxFields):
    """A gold object as it is shown in one place: a seat of its own at a whole scene, or an item of a burst.

    The box, ``category`` and ``slate`` are those shown; ``slate`` is ``[{"product": id, "rank": 1.., "score": cosine}]``.
    """

    gold = models.ForeignKey(Gold, on_delete=models.CASCADE, related_name="plants")
    assignment = models.ForeignKey(Assignment, null=True, blank=True, on_delete=models.CASCADE, related_name="plants")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    slate = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(BoxFields.Meta):
        constraints = (
            *BoxFields.Meta.constraints,
            models.UniqueConstraint(fields=["assignment", "gold"], name="annotation_plant_once"),
        )


class Mark(models.Model):
    """How a person answered one planted object, by their first answer.

    ``wrong`` names what was shown wrongly: empty where all of it was right, ``box`` where the box was moved or shows no
    object. ``fooled`` says that they kept what was wrong, or changed what was right; ``right`` that nothing is left wrong.
    """

    class Wrong(models.TextChoices):
        NOTHING = "", _("nothing")
        BOX = "box", _("the box")
        CATEGORY = "category", _("the category")
        PRODUCT = "product", _("the product")

    plant = models.ForeignKey(Plant, on_delete=models.CASCADE, related_name="marks")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="marks")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="marks")
    annotation = models.OneToOneField(Annotation, on_delete=models.CASCADE, related_name="mark")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    wrong = models.CharField(max_length=8, choices=Wrong.choices, blank=True)
    fooled = models.BooleanField()
    right = models.BooleanField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["plant", "annotator"], name="annotation_mark_once"),)
        indexes = (
            # A person's latest marks in a campaign.
            models.Index(fields=["campaign", "annotator", "-id"], name="annotation_marks_of"),
        )


class Standing(TimeStamped):
    """Whether a person may work in a campaign. Without a row they may, unless the campaign asks for a test first.

    Marks up to ``since_mark`` are forgiven: a curator reinstated the person after them.
    """

    class State(models.TextChoices):
        TRAINING = "training", _("in training")
        ADMITTED = "admitted", _("admitted")
        PAUSED = "paused", _("paused")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="standings")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="standings")
    state = models.CharField(max_length=8, choices=State.choices)
    reason = models.CharField(max_length=300, blank=True)
    since_mark = models.BigIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["campaign", "annotator"], name="annotation_one_standing"),)


class Dispute(BoxFields):
    """An object on which people are tied and no more of them are asked: an adjudicator rules, with all answers in sight.

    One with a ``reason`` was settled: a curator asks for a second look, and what was settled holds until the ruling.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="disputes")
    scene = models.ForeignKey(Scene, on_delete=models.CASCADE, related_name="disputes")
    proposal = models.ForeignKey(Proposal, null=True, blank=True, on_delete=models.SET_NULL, related_name="disputes")
    annotations = models.ManyToManyField(Annotation, related_name="disputes")
    accepted = models.BooleanField(null=True, blank=True)
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    grade = models.CharField(max_length=7, choices=Grade.choices, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    ruled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    ruled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(BoxFields.Meta):
        constraints = (
            *BoxFields.Meta.constraints,
            models.UniqueConstraint(fields=["campaign", "proposal"], name="annotation_one_dispute"),
        )
        indexes = (
            # What waits for an adjudicator, oldest first.
            models.Index(fields=["id"], condition=Q(ruled_at__isnull=True), name="annotation_open_disputes"),
            models.Index(fields=["campaign", "scene"], name="annotation_dispute_scene"),
        )
